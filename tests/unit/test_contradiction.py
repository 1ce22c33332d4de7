"""Whether bulk and section contradict each other: the interval of their difference does not hold 0."""

import numpy as np
import pandas as pd
import pytest
from bulk2space.composition.contradiction import beyond, compared
from bulk2space.contract import verdicts

TYPES = ["a", "b", "c"]
BULK, SECTION = [0.5, 0.3, 0.2], [0.3, 0.5, 0.2]


def estimated(proportion, arm=0.05) -> pd.DataFrame:
    proportion = np.array(proportion)
    return pd.DataFrame(
        {"cell_type": TYPES, "proportion": proportion, "ci_low": proportion - arm, "ci_high": proportion + arm}
    )


def difference(bulk, section, arm=0.05) -> pd.DataFrame:
    return estimated(np.subtract(bulk, section), arm)


def judged(*inputs: str) -> pd.DataFrame:
    rows = [{"input": name, "cell_type": kind, "verdict": "good"} for name in inputs for kind in ("", *TYPES)]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("arm", "expected"), [(0.05, [0.15, 0.15, 0]), (0.15, [0.05, 0.05, 0]), (0.3, [0, 0, 0])])
def test_a_type_is_contradicted_as_far_as_the_interval_of_its_difference_lies_from_0(arm, expected):
    np.testing.assert_allclose(beyond(difference(BULK, SECTION, arm)), expected, atol=1e-12)
    np.testing.assert_allclose(beyond(difference(SECTION, BULK, arm)), expected, atol=1e-12)


def test_inputs_that_contradict_each_other_are_doubtful_at_best():
    table = compared(judged("bulk", "section"), estimated(BULK), estimated(SECTION), difference(BULK, SECTION))
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


def test_wide_intervals_of_each_alone_do_not_hide_a_sure_difference():
    wide = (estimated(one, 0.3) for one in (BULK, SECTION))
    table = compared(judged("bulk", "section"), *wide, difference(BULK, SECTION))
    assert set(table.loc[table["cell_type"] == "", "verdict"]) == {"doubtful"}


def test_a_poor_verdict_stays_poor_and_agreement_stays_good():
    both = estimated(BULK), estimated(SECTION)
    table = compared(judged("bulk", "section").assign(verdict="poor"), *both, difference(BULK, SECTION))
    assert set(table["verdict"]) == {"poor"}
    table = compared(judged("bulk", "section"), *both, difference(BULK, SECTION, 0.3))
    assert set(table["verdict"]) == {"good"}
    assert (table["contradiction"] == 0).all()
    assert verdicts.contradiction_in_words(table) == ""


@pytest.mark.parametrize("section", [None, estimated(SECTION)])
def test_without_a_difference_nothing_is_compared(section):
    table = compared(judged("bulk"), estimated(BULK), section, None)
    assert table["contradiction"].isna().all()
    assert table.set_index("cell_type").loc["a", "ci_high"] == pytest.approx(0.55)
    assert set(table["verdict"]) == {"good"}
    assert verdicts.contradiction_in_words(table) == ""
