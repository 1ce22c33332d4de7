"""Measure how well a share of mRNA is told that comes from a cell type which the reference lacks.

Bulks of cells of the same and of another laboratory, real mixtures of cell lines, and blood whose cells were counted by
sorting; each type is removed from the reference in turn, and none. Keeps unknown.csv.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bulk2space.composition.unknown import unknown_share
from bulk2space.contract.verdicts import MUCH_UNKNOWN
from bulk2space.numerics.values import is_whole

from ..cases import lacking
from ..cases.bulks import LINES
from ..cases.data_sets import BLOOD
from ..page import unknown
from .common import keep, options, publish


def main() -> None:
    """Estimate all shares, keep the table, write the page."""
    args = options(__doc__).parse_args()
    logging.disable(logging.WARNING)
    table = keep(map(measured, cases(args.data)), args.results / "unknown.csv")
    publish(args.docs, "unknown", unknown.text(table))


def cases(data: Path) -> Iterator[lacking.Case]:
    """Yield all bulks and references; all sets are tuning sets."""
    for name in (BLOOD, lacking.HAO, LINES):
        yield from lacking.simulated(data, name, 0)
    yield from lacking.other_laboratory(data, BLOOD, lacking.HAO, 0)
    yield from lacking.other_laboratory(data, lacking.HAO, BLOOD, 0)
    yield from lacking.real_mixtures(data, 0)
    for name in (BLOOD, lacking.HAO):
        yield from lacking.sorted_blood(data, name)


def measured(case: lacking.Case) -> dict:
    """Return a row of the table."""
    genes = case.profile.columns.intersection(case.values.index)
    values = case.values[genes].to_numpy(dtype=float)
    depth = values.sum() if is_whole(values) else np.inf
    share = unknown_share(values, case.profile[genes].to_numpy(dtype=float), depth=depth)
    row = {"bulk": case.kind, "reference": case.reference, "removed": case.removed or "nothing", "truth": case.truth}
    return row | {"likeness": case.likeness, "unknown": share, "noticed": bool(share >= MUCH_UNKNOWN)}


if __name__ == "__main__":
    main()
