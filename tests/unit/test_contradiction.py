"""Whether bulk and section contradict each other: each estimate lies outside the interval of the other."""

import numpy as np
import pandas as pd
import pytest
from bulk2space.composition.contradiction import beyond, compared
from bulk2space.contract import verdicts

TYPES = ["a", "b", "c"]


def estimated(proportion, arm) -> pd.DataFrame:
    proportion = np.array(proportion)
    return pd.DataFrame(
        {"cell_type": TYPES, "proportion": proportion, "ci_low": proportion - arm, "ci_high": proportion + arm}
    )


def judged(*inputs: str) -> pd.DataFrame:
    rows = [{"input": name, "cell_type": kind, "verdict": "good"} for name in inputs for kind in ("", *TYPES)]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("arm_of_bulk", "arm_of_section", "expected"),
    [(0.05, 0.02, [0.15, 0.15, 0.0]), (0.02, 0.05, [0.15, 0.15, 0.0]), (0.3, 0.02, [0, 0, 0]), (0.02, 0.3, [0, 0, 0])],
)
def test_a_type_is_contradicted_where_neither_interval_holds_the_other_estimate(arm_of_bulk, arm_of_section, expected):
    bulk, section = estimated([0.5, 0.3, 0.2], arm_of_bulk), estimated([0.3, 0.5, 0.2], arm_of_section)
    found = beyond(bulk.set_index("cell_type"), section.set_index("cell_type"))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_ends_that_face_each_other_count():
    bulk = pd.DataFrame({"proportion": [0.5], "ci_low": [0.45], "ci_high": [0.95]}, index=["a"])
    section = pd.DataFrame({"proportion": [0.3], "ci_low": [0.0], "ci_high": [0.31]}, index=["a"])
    assert beyond(bulk, section)["a"] == pytest.approx(0.15), "the long arms point away from each other"
    assert beyond(section, bulk)["a"] == pytest.approx(0.15)


def test_inputs_that_contradict_each_other_are_doubtful_at_best():
    table = compared(judged("bulk", "section"), estimated([0.5, 0.3, 0.2], 0.05), estimated([0.3, 0.5, 0.2], 0.05))
    by_type = table.set_index(["input", "cell_type"])
    for name in ("bulk", "section"):
        assert by_type.loc[(name, ""), "contradiction"] == pytest.approx(0.15)
        assert by_type.loc[(name, ""), "verdict"] == "doubtful"
        assert [by_type.loc[(name, kind), "verdict"] for kind in TYPES] == ["doubtful", "doubtful", "good"]
    assert by_type.loc[("section", "b"), ["proportion", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [0.5, 0.45, 0.55]
    )
    said = verdicts.contradiction_in_words(table)
    assert said.endswith("(proportions in bulk and section: a 50% and 30%, b 30% and 50%)")


def test_a_poor_verdict_stays_poor_and_agreement_stays_good():
    far = estimated([0.3, 0.5, 0.2], 0.05)
    table = compared(judged("bulk", "section").assign(verdict="poor"), estimated([0.5, 0.3, 0.2], 0.05), far)
    assert set(table["verdict"]) == {"poor"}
    table = compared(judged("bulk", "section"), far, far)
    assert set(table["verdict"]) == {"good"}
    assert (table["contradiction"] == 0).all()
    assert verdicts.contradiction_in_words(table) == ""


def test_without_a_section_nothing_is_compared():
    table = compared(judged("bulk"), estimated([0.5, 0.3, 0.2], 0.05), None)
    assert table["contradiction"].isna().all()
    assert table.set_index("cell_type").loc["a", "ci_high"] == pytest.approx(0.55)
    assert set(table["verdict"]) == {"good"}
    assert verdicts.contradiction_in_words(table) == ""
