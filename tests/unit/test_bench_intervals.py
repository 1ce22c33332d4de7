"""Groups of types and the figures of intervals."""

import numpy as np
import pandas as pd
from bench.cases import blood_types
from bench.cases.known_bulk import simulated
from bench.judges.intervals import grouped
from bench.page import intervals
from three_types import reference


def test_groups_are_sums_of_their_types_and_leave_out_what_was_not_measured():
    cells = reference(np.random.default_rng(0), sizes=(5, 5, 5))
    whole = simulated("kind", "name", cells, cells.X[:1], np.ones((1, 3)))
    np.testing.assert_allclose(whole.truth, 1 / 3)
    proportions = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(grouped(proportions, whole), proportions)
    merged = whole._replace(groups={"a": "one", "b": "one", "c": "two"}, truth=pd.DataFrame({"two": [1], "one": [0]}))
    np.testing.assert_allclose(grouped(proportions, merged), [[0.5, 0.5]])
    partly = whole._replace(groups={"a": "one", "c": "two"}, truth=pd.DataFrame({"two": [1], "one": [0]}))
    np.testing.assert_allclose(grouped(proportions, partly), [[5 / 7, 2 / 7]])


def test_every_type_of_blood_has_a_fine_and_a_broad_group():
    for groups in blood_types.GROUPS.values():
        assert set(groups.values()) <= set(blood_types.FINE)
    assert set(blood_types.FINE) == set(blood_types.BROAD)


def test_the_summary_counts_what_is_covered_too_seldom_and_too_often():
    table = pd.DataFrame(
        {
            "method": "negative_binomial", "kind": "k", "role": "tuning", "coverage": [0.8, 0.9, 1.0, 1.0],
            "width": 0.1, "score": 0.2, "error": 0.05,
        }
    )  # fmt: skip
    found = intervals.summary(table).iloc[0]
    assert (found["cases"], found["lowest coverage"]) == (4, 0.8)
    assert (found[f"below {intervals.LOWEST}"], found[f"above {intervals.HIGHEST}"]) == (1, 2)
