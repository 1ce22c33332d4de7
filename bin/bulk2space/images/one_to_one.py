"""One generated cell for each imaged cell (step 2, images): linear assignment in blocks."""

import logging

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import euclidean_distances

log = logging.getLogger(__name__)

BLOCK = 500  # imaged cells assigned at once


def one_to_one(cells: np.ndarray, section: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose a generated cell for each imaged cell, near ones, no cell twice before all are used.

    Within a block the sum of squared distances is the smallest possible; blocks are taken at random places, one after
    the other, from the cells that are left.

    Parameters
    ----------
    cells, section
        Coordinates in one space, cells × axes and imaged cells × axes.
    rng
        Decides the order of the imaged cells.

    Returns
    -------
    Row number of the cell, (imaged cells,).
    """
    if len(section) > len(cells):
        log.warning(
            "%d imaged cells and %d generated ones: a generated cell is used up to %d times; cell_ratio makes more",
            len(section), len(cells), -(-len(section) // len(cells)),
        )  # fmt: skip
    order, chosen, free = rng.permutation(len(section)), np.empty(len(section), dtype=int), np.arange(len(cells))
    while len(order):
        rows, order = np.split(order, [min(BLOCK, len(free))])
        place, cell = linear_sum_assignment(euclidean_distances(section[rows], cells[free], squared=True))
        chosen[rows[place]] = free[cell]
        free = np.delete(free, cell)
        if not len(free):
            free = np.arange(len(cells))
    return chosen


def one_hot(chosen: np.ndarray, n_cells: int) -> sp.csr_matrix:
    """Return weights of 1 for the chosen cells, imaged cells × cells."""
    return sp.csr_matrix((np.ones(len(chosen)), chosen, np.arange(len(chosen) + 1)), shape=(len(chosen), n_cells))
