"""The benchmark of places: sections whose truth is known, and judges that tell a right answer from a wrong one."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import fine_bins, imaged_spots
from bench.cases.known_spots import Source
from bench.judges import within_spots
from bench.page import places as page
from bulk2space.numerics.scaling import log_normalize

RNG = np.random.default_rng(0)


def striped(number=3000):
    """Cells of two types, each on its own side of many borders."""
    places = np.random.default_rng(1).random((number, 2)) * 1000
    return places, (places[:, 0] // 125 % 2).astype(int)


def test_spots_hold_the_cells_that_lie_in_them():
    places, code = striped()
    made = imaged_spots.laid(places, code, 10, 0.55)
    spot = 7
    inside = np.hypot(*(places - made.centres[spot]).T) <= made.diameter / 2
    assert made.true[spot].tolist() == np.bincount(code[inside], minlength=2).tolist()
    assert imaged_spots.laid(places[:50], code[:50], 20, 0.55) is None


def test_neighbours_bring_cells_nearer_where_types_lie_in_stripes():
    places, code = striped()
    rows = within_spots.distances(imaged_spots.laid(places, code, 10, 1.0))
    true = next(row for row in rows if row["composition"] == "true")
    assert true["from"] > 0
    assert true["best of the tries"] < true["by neighbours"] < true["uniform"]


def test_bins_hold_all_cells_and_squares_hold_their_bins(tmp_path):
    names = ["a", "b"] * 40
    counts = sp.csr_matrix(RNG.poisson(20.0, (80, 30)).astype(np.float32))
    cells = ad.AnnData(
        log_normalize(counts), obs=pd.DataFrame({"cell_type": names}, index=[f"c{n}" for n in range(80)])
    )
    cells.layers["counts"] = counts
    image = ad.AnnData(np.zeros((200, 1)), obs=pd.DataFrame({"cell_type": ["x", "y", "z", "x"] * 50}))
    image.obsm["spatial"] = RNG.random((200, 2)) * 100
    image.write_h5ad(tmp_path / "image.h5ad")
    made = fine_bins.binned(tmp_path, Source(cells, cells), "image", 50)
    assert made.area.sum() == pytest.approx(200)
    assert made.counts.shape[0] == np.prod(made.shape) == len(made.area)
    assert abs(made.counts.sum() / min(np.prod(made.shape), 200 * np.pi * 25 / 64) - 50) < 5
    square = fine_bins.squares(made.shape, 2)
    assert np.bincount(square).max() == 4
    assert square[0] == square[made.shape[1] + 1]


def test_the_page_counts_wins():
    expected = pd.DataFrame(
        {
            "role": "tuning", "section": np.repeat(["s", "t"], 3), "genes": 9,
            "way": [page.MEANS, page.EXPECTED, page.SUM] * 2,
            "over spots": [0.1, 0.2, 0.0, 0.3, 0.2, 0.0], "over genes": [0.5, 0.6, 0.3] * 2,
        }
    )  # fmt: skip
    within = pd.DataFrame({"gap": ["Visium's", "no gap"], "gain, %": [0.5, 6.0]})
    bins = pd.DataFrame(
        {"role": "tuning", "cells of": "c", "places of": "p", "counts": 50,
         "squares": ["8 µm", "16 µm", "16 µm", "56 µm", "56 µm"],
         "way": [page.CHOSEN, page.CHOSEN, page.BLIND, page.CHOSEN, page.BLIND], "PCC": [0.5, 0.8, 0.7, 0.8, 0.9],
         "RMSE": 0.1, "pooling": [0.5, 0.5, np.nan, 0.5, np.nan]}
    )  # fmt: skip
    text = page.text(expected, within, bins)
    assert "in 1 of 2 sections" in text
    assert "no gap: 6.0 %" in text
    assert f"| 16 µm | {page.CHOSEN} | 0.800 | 0.100 | 1 of 1 |" in text
    assert f"| 56 µm | {page.CHOSEN} | 0.800 | 0.100 | 0 of 1 |" in text
    assert "pools counts in 1 of 1 sections" in text
    assert "by +0.100 at 16 µm (higher in 1 of 1, +0.100 to +0.100)" in text
