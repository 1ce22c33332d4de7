"""One generated cell for each imaged cell (step 2, images): linear assignment in blocks."""

import logging

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import euclidean_distances

from ..contract import remarks

log = logging.getLogger(__name__)

CELLS_AT_ONCE = 500  # imaged cells assigned together: time grows with the cube of their number


def one_to_one(cells: np.ndarray, section: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose a near generated cell for each imaged cell; no cell is used twice before all are used.

    Within a block the sum of squared distances is the smallest possible. Blocks hold imaged cells in random order, and
    each block chooses from the generated cells that the earlier ones left.

    Parameters
    ----------
    cells, section
        Coordinates in one space, cells × axes and imaged cells × axes.
    rng
        Decides the order of the imaged cells.

    Returns
    -------
    Row number of the generated cell, (imaged cells,).
    """
    if len(section) > len(cells):
        uses = -(-len(section) // len(cells))
        remarks.warn(
            log, "cells_used_repeatedly",
            f"there are {len(section)} imaged cells, but {len(cells)} generated ones: a generated cell is used up to "
            f"{uses} times; a larger --cell_ratio makes more cells",
            imaged=len(section), generated=len(cells), uses=uses,
        )  # fmt: skip
    order, chosen, free = rng.permutation(len(section)), np.empty(len(section), dtype=int), np.arange(len(cells))
    while len(order):
        rows, order = np.split(order, [min(CELLS_AT_ONCE, len(free))])
        place, cell = linear_sum_assignment(euclidean_distances(section[rows], cells[free], squared=True))
        chosen[rows[place]] = free[cell]
        free = np.delete(free, cell)
        if not len(free):
            free = np.arange(len(cells))
    return chosen


def one_hot(chosen: np.ndarray, n_cells: int) -> sp.csr_matrix:
    """Return weights of 1 for the chosen cells, imaged cells × cells."""
    return sp.csr_matrix((np.ones(len(chosen)), chosen, np.arange(len(chosen) + 1)), shape=(len(chosen), n_cells))
