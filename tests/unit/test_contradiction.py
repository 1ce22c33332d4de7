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


def by_type(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("cell_type")


def judged(*inputs: str) -> pd.DataFrame:
    rows = [{"input": name, "cell_type": kind, "verdict": "good"} for name in inputs for kind in ("", *TYPES)]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("arm", "expected"), [(0.05, [0.15, 0.15, 0]), (0.15, [0.05, 0.05, 0]), (0.3, [0, 0, 0])])
def test_a_type_is_contradicted_as_far_as_the_interval_of_its_difference_lies_from_0(arm, expected):
    for one, other in ((BULK, SECTION), (SECTION, BULK)):
        found = beyond(
            by_type(difference(one, other, arm)), *(by_type(estimated(each))["proportion"] for each in (one, other))
        )
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("bulk", "section", "expected"), [(0.4, 0.3, 0.1), (0.3, 0.4, 0), (0.9, 0.1, 0.15)])
def test_the_estimates_must_differ_as_the_interval_says(bulk, section, expected):
    names = pd.Index(["a"])
    interval = pd.DataFrame({"ci_low": [0.15], "ci_high": [0.25]}, index=names)
    assert beyond(interval, pd.Series(bulk, names), pd.Series(section, names))["a"] == pytest.approx(expected)


def test_inputs_that_contradict_each_other_are_doubtful_at_best():
    table = compared(judged("bulk", "section"), estimated(BULK), estimated(SECTION), difference(BULK, SECTION))
    rows = table.set_index(["input", "cell_type"])
    for name in ("bulk", "section"):
        assert rows.loc[(name, ""), "contradiction"] == pytest.approx(0.15)
        assert rows.loc[(name, ""), "verdict"] == "doubtful"
        assert [rows.loc[(name, kind), "verdict"] for kind in TYPES] == ["doubtful", "doubtful", "good"]
    assert rows.loc[("section", "b"), ["proportion", "ci_low", "ci_high"]].tolist() == pytest.approx([0.5, 0.45, 0.55])
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
