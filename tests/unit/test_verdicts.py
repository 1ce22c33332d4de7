import numpy as np
import pandas as pd
import pytest
from bulk2space.contract import verdicts


@pytest.mark.parametrize(("agreement", "verdict"), [(0.9, "good"), (0.5, "good"), (0.45, "doubtful"), (0.2, "poor")])
def test_the_agreement_decides_on_the_whole(agreement, verdict):
    assert verdicts.of_fit(agreement, np.nan) == verdict
    assert verdicts.of_fit(agreement, 0.1) == verdict


@pytest.mark.parametrize(("agreement", "verdict"), [(0.9, "doubtful"), (0.45, "doubtful"), (0.2, "poor")])
def test_with_a_large_unknown_share_the_verdict_is_at_best_doubtful(agreement, verdict):
    assert verdicts.of_fit(agreement, 0.3) == verdict


def test_a_large_unknown_share_is_said_of_inputs_that_are_not_poor():
    table = pd.DataFrame(
        {
            "input": ["bulk", "bulk", "section", "third", "fourth"],
            "cell_type": ["", "A", "", "", ""],
            "verdict": ["doubtful", "good", "poor", "good", "good"],
            "unknown": [0.3, np.nan, 0.9, 0.1, np.nan],
        }
    )
    assert verdicts.much_unknown(table)["input"].tolist() == ["bulk"]
    assert verdicts.unknown_in_words("bulk", 0.3).startswith("about 30% of the mRNA of the bulk comes from a cell type")


@pytest.mark.parametrize(
    ("missing", "ratio", "spread", "verdict"),
    [
        (0.0, -0.3, 0.5, "good"),
        (0.25, -0.3, 0.5, "doubtful"),
        (0.0, -0.3, 1.6, "doubtful"),
        (0.5, -0.3, 0.5, "poor"),
        (0.1, -3.0, 0.5, "poor"),
        (np.nan, np.nan, np.nan, "doubtful"),
    ],
)
def test_own_markers_decide_on_a_type(missing, ratio, spread, verdict):
    assert verdicts.of_type(missing, ratio, spread) == verdict


def test_the_worst_verdict_on_an_input_is_that_of_the_sample():
    table = pd.DataFrame(
        {"input": ["bulk", "bulk", "section"], "cell_type": ["", "A", ""], "verdict": ["good", "poor", "doubtful"]}
    )
    assert verdicts.worst(table) == "doubtful"
    assert verdicts.poor_inputs(table) == []
    table["verdict"] = ["poor", "good", "poor"]
    assert verdicts.poor_inputs(table) == ["bulk", "section"]
    sentence = verdicts.poor_in_words("s", verdicts.poor_inputs(table))
    assert sentence.startswith("s: the reference does not explain the bulk and the section: ")
