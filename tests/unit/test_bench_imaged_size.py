"""The benchmark of a large imaged section: its simulated files hold what the steps read."""

import anndata as ad
import numpy as np
import pandas as pd
from bench.cases import large_image
from bench.commands import imaged_size
from bench.page import imaged_size as page
from bench.runner.start import Ended
from bulk2space.contract.tables import PROPORTIONS, VERDICT


def test_the_simulated_sample_has_the_files_of_all_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(large_image, "GENES", 200)
    monkeypatch.setattr(large_image, "REFERENCE", 3)
    large_image.write(tmp_path, imaged=30, generated=60, panel=5)
    large_image.write_sample(tmp_path, "one")
    cells, section, reference = (
        ad.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("one.cells", "section", "reference")
    )
    assert cells.shape == (60, 200)
    assert section.shape == (30, 5)
    assert section.obsm["spatial"].shape == (30, 2)
    assert set(section.var_names) < set(cells.var_names)
    for made in (cells, section, reference):
        counts = made.layers["counts"].data
        assert (counts == np.rint(counts)).all()
    assert reference.obs["cell_type"].value_counts().max() == 3
    assert set(reference.obs_names) == set(cells.obs["source_cell"])
    assert PROPORTIONS.read(tmp_path / "one.proportions.csv")["n_cells"].sum() == 60
    assert list(VERDICT.read(tmp_path / "one.verdict.csv")["input"]) == ["bulk", "section"]


def test_a_step_is_within_the_limits_by_time_and_memory():
    column = f"within {imaged_size.MINUTES} min and {imaged_size.GIB} GiB"
    rows = [
        imaged_size.row("MAP_CELLS", 300_000, Ended(seconds, gib * 1024, "", 1.0))
        for seconds, gib in ((60 * imaged_size.MINUTES, 8), (60 * imaged_size.MINUTES + 1, 8), (1, 8.1))
    ]
    assert [row[column] for row in rows] == ["yes", "no", "no"]
    assert "| MAP_CELLS | 300000 |" in page.text(pd.DataFrame(rows))
