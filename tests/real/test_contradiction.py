"""Floor of the comparison of bulk and section on real cells: silent on tissues of the same composition.

`make bench-trust` prints the same figures of all sets.
"""

import numpy as np
from bench.cases import beside, pairs
from bench.commands.contradiction import rows

SET, SEED = "sc_mob_tepe", 0


def test_bulk_and_section_of_one_composition_do_not_contradict_each_other(data):
    case = beside.simulate(data, SET, SEED)
    found = list(rows(case.section, case.bulk, pairs.with_markers(case.reference)))
    beyond = np.array([row["beyond"] for row in found])
    print("\napart", case.apart.round(2), "beyond both intervals", beyond.round(3))
    assert (beyond[case.apart < 0.15] == 0).all()
    assert [row["contradiction"] for row in found][:2] == ["no", "no"]
    assert (np.diff([row["estimated apart"] for row in found][1:]) > 0).all(), (
        "the estimates themselves follow the truth"
    )
