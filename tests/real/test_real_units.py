"""Units and genes of the real data sets, as the door finds them."""

import numpy as np
import pytest
from bulk2space.inputs import door

UNITS = {
    "bulk_celllines_rnamix_celseq2": "counts",
    "sc_pancreas_panc8_small": "linear",  # five technologies, one of them with fractional counts
    "sc_pancreas_xin": "log2",
    "sc_pbmc68k_reduced": "log1p",
    "sc_mob_tepe": "counts",
    "st_mob_rep11": "counts",
}


@pytest.mark.parametrize("name", UNITS)
def test_units_are_recognised(data, name):
    path = data / f"{name}.h5ad"
    if name.startswith("bulk"):
        adata = door.bulk(path)
    elif name.startswith("sc"):
        adata = door.reference(path, None)
    else:
        adata = door.section(path, None, platform="spot")
    assert adata.uns["units"]["input"] == UNITS[name]


def test_counts_come_back_from_rounded_logarithms(data):
    reference = door.reference(data / "sc_pbmc68k_reduced.h5ad", None)
    units = reference.uns["units"]
    assert units["done"] == "counts recovered"
    assert units["largest_deviation"] < 0.25
    counts = reference.layers["counts"].data
    assert np.array_equal(counts, np.rint(counts))
