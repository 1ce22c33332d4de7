"""How a section's composition and that of its bulk are brought together."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..composition.raking import distance, raked, within
from ..contract import remarks

log = logging.getLogger(__name__)

COMPOSITIONS = ("section", "bulk", "both")


class Reconciled(NamedTuple):
    """Proportions of the spots after the bulk had its say.

    Attributes
    ----------
    proportions
        Spots × types.
    of_section
        Proportions of the whole section before the bulk had its say, (types,).
    distance
        Which proportion of it had to change type to become the bulk's, 0 to 1.
    """

    proportions: np.ndarray
    of_section: np.ndarray
    distance: float


def reconciled(
    proportions: np.ndarray, size: np.ndarray, bulk: pd.DataFrame, types: list[str], *, composition: str
) -> Reconciled:
    """Rescale the spots' proportions to those of the bulk, if asked for.

    Parameters
    ----------
    proportions
        Spots × types.
    size
        Cells of each spot, (spots,).
    bulk
        Columns `proportion`, `ci_low` and `ci_high`; one row per type, in the order of `types`.
    types
        Names of the types.
    composition
        ``section``: leave the spots as they are; ``bulk``: give the section the bulk's proportions; ``both``: only as
        far as the bulk's intervals contradict the section.
    """
    of_section = size @ proportions / max(size.sum(), 1)
    estimate = bulk["proportion"].to_numpy(dtype=float)
    apart = distance(of_section, estimate)
    log.info("bulk and section differ in the type of %.3g of their cells", apart)
    if composition == "section":
        return Reconciled(proportions, of_section, apart)
    target = estimate
    if composition == "both":
        low, high = bulk[["ci_low", "ci_high"]].to_numpy(dtype=float).T
        target = within(of_section, estimate, low, high)
    result = raked(proportions, size, target)
    _report(
        [types[code] for code in result.unreached],
        {types[code]: float(of_section[code]) for code in np.flatnonzero((of_section > 0) & (target == 0))},
    )
    return Reconciled(result.shares, of_section, apart)


def _report(unreached: list[str], removed: dict[str, float]) -> None:
    """Warn of types that only the bulk has, and of types that only the section has (their proportions)."""
    if unreached:
        remarks.warn(
            log, "type_in_bulk_only",
            f"no spot shows {', '.join(unreached)}, although the bulk does, or no cell of them was generated: the "
            "other types take their place (--composition section leaves the spots as they are)",
            types=unreached,
        )  # fmt: skip
    if removed:
        remarks.warn(
            log, "type_in_section_only",
            f"the bulk has no {', '.join(removed)}, but the section does ({np.sum(list(removed.values())):.2g} of its "
            "cells): the other types take their place (--composition section keeps them)",
            types=removed,
        )  # fmt: skip
