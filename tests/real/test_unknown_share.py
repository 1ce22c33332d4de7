"""Floors of the unknown share on real data: blood whose cells were sorted, types removed from the reference.

`make bench-trust` prints the same for all references.
"""

import numpy as np
from bench.cases import lacking
from bench.cases.data_sets import BLOOD
from bench.commands.unknown import measured


def test_common_types_of_sorted_blood_are_noticed_when_the_reference_lacks_them(data):
    rows = [measured(case) for case in lacking.sorted_blood(data, BLOOD)]
    common = [row for row in rows if row["removed"] != "nothing" and row["truth"] >= 0.2]
    complete = [row for row in rows if row["removed"] == "nothing"]
    assert len(common) == 15
    assert sum(row["noticed"] for row in common) >= 12
    assert np.mean([abs(row["unknown"] - row["truth"]) for row in common]) < 0.15
    assert not any(row["noticed"] for row in complete)


def test_no_share_is_told_where_bulk_and_reference_were_measured_too_differently(data):
    rows = [measured(case) for case in lacking.sorted_blood(data, lacking.HAO)]
    common = [row for row in rows if row["removed"] != "nothing" and row["truth"] >= 0.2]
    assert len(common) == 15
    assert all(np.isnan(row["unknown"]) for row in common)
