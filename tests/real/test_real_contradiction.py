"""Floor of the comparison of bulk and section on real cells: silent on tissues of the same composition, and heard where
half of the cells differ.

`make bench-trust` prints the same figures of all sets.
"""

import numpy as np
from bench.commands.contradiction import simulated

SET, SEED = "sc_mob_tepe", 0


def test_bulk_and_section_contradict_each_other_only_where_their_compositions_differ(data):
    found = simulated(data, SET, SEED)
    apart, beyond = (np.array([row[column] for row in found]) for column in ("apart", "beyond"))
    print("\napart", apart, "beyond the interval of the difference", beyond.round(3))
    assert (beyond[apart < 0.15] == 0).all()
    assert [row["contradiction"] for row in found][:2] == ["no", "no"]
    assert found[-1]["apart"] == 0.5
    assert found[-1]["contradiction"] == "yes"
    assert (np.diff([row["estimated apart"] for row in found][1:]) > 0).all(), (
        "the estimates themselves follow the truth"
    )
