"""How many cells of each type are generated."""

import logging

import numpy as np

from ..numerics.shares import largest_remainder

log = logging.getLogger(__name__)

FEWEST_CELLS = 10  # of a type that the bulk does not exclude


def whole_cells(proportions: np.ndarray, upper: np.ndarray, total: int) -> np.ndarray:
    """Share out the cells to generate: by largest remainder, yet some of every type that the bulk does not exclude.

    Least squares often gives a rare type nothing although its interval reaches above zero. A type that would get no
    cell gets ten, yet no more than one in a hundred of all and than its interval allows, so that a section that shows
    it has cells to place; the others share the rest.

    Parameters
    ----------
    proportions
        Share of cells of each type, (types,).
    upper
        Upper end of each share's interval, (types,).
    total
        Cells to generate.

    Returns
    -------
    Whole numbers, (types,), that add up to the total.
    """
    shared = largest_remainder(proportions[None], np.array([total]))[0]
    most = min(FEWEST_CELLS, -(-total // 100))
    kept = np.where(shared == 0, np.minimum(most, np.floor(upper * total)), 0).astype(np.int64)
    if not kept.any() or kept.sum() >= total:
        return shared
    log.info("%d types get more cells than their share, being rare but not excluded by the bulk", (kept > 0).sum())
    rest = largest_remainder(np.where(kept > 0, 0, proportions)[None], np.array([total - kept.sum()]))[0]
    return kept + rest
