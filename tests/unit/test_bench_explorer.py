"""The benchmark of explorer pages: its simulated sections keep the contract, its page says what was found."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bench.cases import explored
from bench.page import explorer as page
from bulk2space.contract.io import read_genes
from bulk2space.contract.stored import LOGS, Stored
from bulk2space.contract.tables import MARKERS
from bulk2space.numerics.scaling import log_normalize


@pytest.fixture(autouse=True)
def few_genes(monkeypatch):
    for name, value in (("GENES", 60), ("PANEL", 20), ("TYPES", 3), ("GENERATED", 90)):
        monkeypatch.setattr(explored, name, value)


def test_a_simulated_section_of_spots_has_the_files_of_the_step(tmp_path):
    explored.write(tmp_path, "spot", 50)
    section, placed, expected = (Stored(tmp_path / f"{name}.h5ad") for name in ("section", "spatial", "spots"))
    assert section.has_counts
    for (_, logs), (_, counts) in zip(section.blocks(LOGS), section.counts_or_linear(), strict=True):
        np.testing.assert_allclose(logs.toarray(), log_normalize(counts).toarray(), rtol=1e-5)
    assert set(placed.obs["spot"]) == set(section.obs_names) == set(expected.obs_names)
    assert expected.obsm["weights"].shape == (50, 3)
    assert len(MARKERS.read(tmp_path / "markers.csv")) == 180


def test_a_simulated_image_has_predictions_of_all_genes(tmp_path):
    explored.write(tmp_path, "image", 50)
    placed = ad.read_h5ad(tmp_path / "spatial.h5ad", backed="r")
    assert read_genes(placed, ["gene3", "gene59"]).X.nnz > 0
    assert Stored(tmp_path / "section.h5ad").n_vars == 20


def test_a_section_keeps_to_the_limits_by_size_and_both_times():
    good = {"loaded in, s": page.LOADED, "at most, s": page.RECOLOURED, "page, MB": page.MEGABYTES}
    rows = [good, *({**good, name: value * 1.01} for name, value in good.items())]
    assert page.reached(pd.DataFrame(rows)) == "1 of 4 sections keep to all three."
    assert "1 of 4 sections" in page.text(pd.DataFrame(rows))
