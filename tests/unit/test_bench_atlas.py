"""The benchmark of large references: its simulated atlas, what is compared, and its page."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import atlas
from bench.judges import thinned
from bench.page import atlas as page


def test_an_atlas_is_written_in_blocks_with_donors_and_a_rare_type(tmp_path, monkeypatch):
    kinds = np.repeat(["T", "B", "Platelet"], [60, 30, 10])
    counts = np.random.default_rng(0).poisson(4, (100, 30)).astype(np.float32)
    source = ad.AnnData(
        sp.csr_matrix(counts), obs=pd.DataFrame({"cell_type": kinds}, index=[f"c{n}" for n in range(100)])
    )
    source.var_names = [f"g{n}" for n in range(30)]
    source.write_h5ad(tmp_path / "source.h5ad")
    monkeypatch.setattr(atlas, "CELLS_AT_ONCE", 700)
    monkeypatch.setattr(atlas, "RARE_SHARE", 0.01)
    atlas.write(tmp_path / "source.h5ad", tmp_path / "new" / "atlas.h5ad", 2000)
    made = ad.read_h5ad(tmp_path / "new" / "atlas.h5ad")
    assert made.shape == (2000, 30)
    assert (made.X.data == np.rint(made.X.data)).all()
    sizes = made.obs["cell_type"].value_counts(normalize=True)
    assert sizes["T"] == pytest.approx(2 / 3 * 0.99, abs=0.04)
    assert 0 < sizes["Platelet"] < 0.03
    assert made.obs["donor_id"].nunique() == atlas.DONORS
    assert made.obs["library_id"].nunique() == atlas.DONORS * atlas.LIBRARIES
    assert made.X.mean() == pytest.approx(counts.mean(), rel=0.15)


def test_the_overlap_of_markers_counts_the_best_of_each_type():
    def ranking(first: str, second: str) -> pd.DataFrame:
        rows = [("a", first, 1), ("a", second, 2), ("b", "g9", 1), ("b", first, thinned.TOP + 1)]
        return pd.DataFrame(rows, columns=["cell_type", "gene", "rank"])

    assert thinned.overlap(ranking("g1", "g2"), ranking("g2", "g1")) == 1
    assert thinned.overlap(ranking("g1", "g2"), ranking("g2", "g3")) == pytest.approx(2 / 3)


def test_the_page_has_means_over_seeds_and_the_costs():
    row = {"set": "s", "cells": 10, "PCC": 0.9}
    apart = {f"{name}, {which}": 0.5 for name in page.COMPARED for which in (page.FROM_ALL, page.BETWEEN)}
    curve = pd.DataFrame(
        [row | apart | {"cells of a type": most, "seed": seed, "RMSE": error}
         for most, seed, error in (("50", 0, 0.03), ("50", 1, 0.05), (page.ALL, 0, 0.02))]
    )  # fmt: skip
    gained = page.gained(curve).set_index("cells of a type")
    assert gained.loc["50", "RMSE"] == pytest.approx(0.04)
    assert gained.loc["50", "RMSE, sd of seeds"] == pytest.approx(np.std([0.03, 0.05], ddof=1))
    assert list(page.noise(curve)["cells of a type"]) == ["50"]  # all cells are not compared with themselves
    text = page.text(curve, pd.DataFrame(), pd.DataFrame({"cells": [100], "within": ["yes"]}))
    assert "## Generated cells" not in text
    made = pd.DataFrame({"set": ["s"], "mean": [0.9]})
    assert "of enough held-out cells.\n\n| set | mean |" in page.text(curve, made, pd.DataFrame())
    assert "| s | 50 |" in text
    assert "| 100 | yes |" in text
