"""The judge and the page of the certainty of imaged cells."""

import numpy as np
import pandas as pd
import pytest
from bench.judges.imaged_trust import calibration_error, reliability, summary_of_cells
from bench.page import imaged_trust as page


def cells(number=400, seed=0):
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.5, 1, number)
    right = rng.random(number) < score
    types = np.where(right, "a", "b")
    table = {"truth": "a", "votes type": types, "votes": 1.0, "probability type": types, "probability": score}
    return pd.DataFrame(table | {"set": "demo, generated cells", "role": "tuning", "seed": 0})


def test_a_score_that_says_the_truth_has_a_small_error_and_a_sure_one_a_large():
    table = cells(4000)
    found = summary_of_cells(table.assign(truth=np.where(np.arange(4000) < 3999, "a", "c")))
    assert found["ECE, probability"] < 0.04
    assert found["ECE, votes"] == pytest.approx(0.25, abs=0.03)
    assert found["AUC, votes"] == 0.5
    assert found["AUC, probability"] > 0.6


def test_error_is_the_mean_distance_over_the_cells():
    score, right = pd.Series([0.95, 0.95, 0.55, 1.0]), pd.Series([True, False, True, True])
    table = reliability(score, right)
    assert list(table["cells"]) == [1, 3]
    assert calibration_error(score, right) == pytest.approx((0.45 + 3 * abs(2.9 / 3 - 2 / 3)) / 4)


def test_page_and_figure_come_from_the_tables(tmp_path):
    genes = pd.DataFrame({"gene": range(5), "expected": [0.1, 0.2, 0.3, 0.4, 0.5], "pcc": [0.0, 0.2, 0.1, 0.4, 0.6]})
    genes = genes.assign(coverage=0.9, set="MERFISH", role="tuning", seed=0)
    text = page.text(cells(), genes)
    assert "| MERFISH | tuning | 5 | 0.900 |" in text
    assert "| demo, generated cells | 0.5 to 0.6 | 0 |" in text
    page.draw(cells(), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
