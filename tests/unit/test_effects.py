"""The table of what differs: the medians of a row are those of the groups that it compares."""

import pandas as pd
from bulk2space.report import effects

PROPORTIONS = pd.DataFrame(
    {"sample": ["c1", "a1", "a2", "b1", "b2"], "cell_type": "T", "proportion": [0.9, 0.2, 0.4, 0.5, 0.7]}
)
ROW = {"level": "proportion", "cell_type": "T", "gene": "", "follows": "", "effect": 1.0, "ci_low": 0.5}
ROW |= {"ci_high": 1.5, "p": 0.01, "p_adjusted": 0.02}


def test_medians_are_those_of_the_two_groups_and_of_tested_samples():
    tested = {
        name: {"condition": name[0], "covariate_age": float(n)} for n, name in enumerate(["a1", "a2", "b1", "b2"])
    }
    medians = effects.medians_of(PROPORTIONS, tested)
    rows = pd.DataFrame(
        [ROW | {"term": "condition[b]", "against": "a"}, ROW | {"term": "covariate_age", "against": ""}]
    )
    page = effects.table(rows, medians, "cohorts/one")
    assert "30.0% → 60.0%" in page
    assert "<td><b>–</b></td>" in page, "a number has no groups"
