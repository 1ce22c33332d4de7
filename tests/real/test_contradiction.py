"""Floors of the comparison of bulk and section on real cells: silent on one tissue, and loud on tissues far apart.

`make bench-trust` prints the same figures of all sets.
"""

import numpy as np
from bench.cases import beside, pairs
from bench.commands.contradiction import rows

SET, SEED = "sc_mob_tepe", 0


def test_bulk_and_section_contradict_each_other_only_where_their_tissues_are_far_apart(data):
    case = beside.simulate(data, SET, SEED)
    found = list(rows(case.section, case.bulk, pairs.with_markers(case.reference)))
    beyond = np.array([row["beyond"] for row in found])
    print("\napart", case.apart.round(2), "beyond both intervals", beyond.round(3))
    assert (beyond[case.apart < 0.15] == 0).all()
    assert [row["contradiction"] for row in found if row["beyond"] == 0] == ["no"] * int((beyond == 0).sum())
    assert found[-1]["contradiction"] == "yes"
    assert beyond[-1] > 0.1
