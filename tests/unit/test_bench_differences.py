"""The benchmark of tests between samples: what its rows count."""

import numpy as np
import pandas as pd
import pytest
from bench.cases.differing_cohorts import COMMON, NONE, RARE, Pool
from bench.judges import differences

TYPES = list("ABCDE")


@pytest.fixture
def pool(monkeypatch):
    """Compositions in which A falls in the second third of the samples, and B in the last; C follows age."""
    monkeypatch.setattr(differences, "COHORTS", 20)
    rng = np.random.default_rng(0)
    falls, age = np.repeat([NONE, COMMON, RARE], 80), rng.normal(50, 12, 240)
    parts = np.tile([0.3, 0.25, 0.2, 0.15, 0.1], (240, 1))
    parts[falls == COMMON, 0] *= 0.3
    parts[falls == RARE, 1] *= 0.3
    parts[:, 2] *= 2 ** (0.05 * (age - 50))
    proportion = pd.DataFrame([rng.dirichlet(60 * row / row.sum()) for row in parts], columns=TYPES)
    return Pool(proportion, proportion + 0.02, falls, age, {COMMON: "A", RARE: "B"}, "C")


def test_nothing_is_found_where_nothing_differs_unless_age_is_left_out(pool):
    table = pd.DataFrame(differences.permuted(pool, np.random.default_rng(0))).set_index(["samples", "model"])
    valid = table.drop(index=differences.AGE_IGNORED, level="model")["p below 0.05"]
    assert valid.mean() <= 0.06
    assert table.loc[(40, differences.AGE_IGNORED), "p below 0.05"] > 2 * valid.mean()
    assert (table["tests"] == 20 * len(TYPES)).all()


def test_a_type_that_falls_is_found_more_often_in_more_samples(pool):
    table = pd.DataFrame(differences.true(pool, np.random.default_rng(0))).set_index(["falls", "samples"])
    for name in ("A (common)", "B (rare)"):
        assert table.loc[(name, 40), "found"] > 0.9
        assert table.loc[(name, 12), "found"] <= table.loc[(name, 40), "found"]
        assert table.loc[(name, 40), "effect"] == pytest.approx(np.log2(0.3), abs=0.3)
    assert (table["others found"] < 0.1).all()
