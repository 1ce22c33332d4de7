"""How many cells of each type are generated."""

import logging

import numpy as np

from ..numerics.shares import largest_remainder

log = logging.getLogger(__name__)

CELLS_OF_A_RARE_TYPE = 10  # enough for a section that shows the type to have cells to choose from
CELLS_PER_RARE_CELL = 100  # a type that would get no cell takes at most one in a hundred of all cells
USES_OF_A_CELL = 10  # a type whose cells would be placed more often than this gets more of them


def whole_cells(
    proportions: np.ndarray, upper: np.ndarray, total: int, of_section: np.ndarray | None = None
) -> np.ndarray:
    """Divide the cells to generate among the types, with some cells for every type that the bulk does not exclude.

    Numbers follow the proportions by largest remainder. A rare type is often estimated as 0 even though its interval
    includes larger values. Two kinds of types get more cells, but at most as many as their interval allows, and the
    other types divide what remains:

    - A type that would get no cell gets ten, but at most one in a hundred of all cells.
    - A type of which the section shows so much more than the bulk that its cells would be placed ten times and more
      gets as many as the section shows.

    Parameters
    ----------
    proportions
        Proportion of each type, (types,).
    upper
        Upper end of each proportion's interval, (types,).
    total
        Number of cells to generate.
    of_section
        Proportion of each type in the sample's section of spots, (types,); None without one.

    Returns
    -------
    Whole numbers, (types,), that add up to the total.
    """
    numbers = largest_remainder(proportions[None], np.array([total]))[0]
    few = min(CELLS_OF_A_RARE_TYPE, -(-total // CELLS_PER_RARE_CELL))
    shown = np.zeros(len(numbers)) if of_section is None else of_section * total
    scarce = numbers * USES_OF_A_CELL < shown
    asked = np.maximum(np.where(numbers == 0, few, 0), np.where(scarce, shown, 0))
    raised = np.minimum(asked, upper * total).astype(np.int64)
    raised[raised <= numbers] = 0
    if not raised.any() or raised.sum() >= total:
        return numbers
    log.info("%d rare types get more cells than estimated, because the bulk does not exclude them", (raised > 0).sum())
    others = largest_remainder(np.where(raised > 0, 0, proportions)[None], np.array([total - raised.sum()]))[0]
    return raised + others
