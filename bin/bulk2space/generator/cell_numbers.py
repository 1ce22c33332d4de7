"""How many cells of each type are generated."""

import logging

import numpy as np

from ..numerics.shares import largest_remainder

log = logging.getLogger(__name__)

CELLS_OF_A_RARE_TYPE = 10  # enough for a section that shows the type to have cells to choose from
CELLS_PER_RARE_CELL = 100  # a type that would get no cell takes at most one in a hundred of all cells


def whole_cells(proportions: np.ndarray, upper: np.ndarray, total: int) -> np.ndarray:
    """Divide the cells to generate among the types, with some cells for every type that the bulk does not exclude.

    Numbers follow the proportions by largest remainder. A rare type is often estimated as 0 even though its interval
    includes larger values. A type that would get no cell gets ten, but at most one in a hundred of all cells and at
    most as many as its interval allows. So a section that shows the type has cells to place. The other types divide
    what remains.

    Parameters
    ----------
    proportions
        Proportion of each type, (types,).
    upper
        Upper end of each proportion's interval, (types,).
    total
        Number of cells to generate.

    Returns
    -------
    Whole numbers, (types,), that add up to the total.
    """
    numbers = largest_remainder(proportions[None], np.array([total]))[0]
    most = min(CELLS_OF_A_RARE_TYPE, -(-total // CELLS_PER_RARE_CELL))
    rare = np.where(numbers == 0, np.minimum(most, np.floor(upper * total)), 0).astype(np.int64)
    if not rare.any() or rare.sum() >= total:
        return numbers
    log.info("%d rare types get more cells than estimated, because the bulk does not exclude them", (rare > 0).sum())
    others = largest_remainder(np.where(rare > 0, 0, proportions)[None], np.array([total - rare.sum()]))[0]
    return rare + others
