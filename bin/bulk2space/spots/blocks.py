"""Blocks of spots that are assigned together: how large they are, and the best assignment within one.

A *place* is room for one cell in a spot: a spot with a quota of three cells of a type has three places for that type.
"""

import logging
import math
from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..contract import remarks

log = logging.getLogger(__name__)


def pool_reuse(places: int, n_cells: int, max_reuse: int) -> int:
    """Return how often a cell may be used: the given bound, times the places of a cell on average where these are more.

    Where fewer cells than places were generated, the cells are a pool, and all of them have to be used more often.
    """
    each = places / n_cells
    if each <= 1:
        return max_reuse
    most = math.ceil(each * max_reuse)
    remarks.note(
        log, "cells_are_a_pool",
        f"{places:,} cells are placed from a pool of {n_cells:,} generated ones, {each:.1f} places for each on "
        f"average: a cell may be used {most} times instead of {max_reuse}",
        places=places, cells=n_cells, uses=most, bound=max_reuse,
    )  # fmt: skip
    return most


def reuse_bound(places: int, n_cells: int, max_reuse: int, cell_type: str) -> int:
    """Return how often a cell of a type may be used: the given bound, or the smallest that fills all places."""
    least = -(-int(places) // n_cells)
    if least > max_reuse:
        remarks.warn(
            log, "cells_reused_beyond_bound",
            f"{cell_type}: {places} cells are to be placed, but only {n_cells} were generated, because the bulk holds "
            f"few or none: each may be used {least} times instead of {max_reuse}",
            types=[cell_type], places=places, cells=n_cells, uses=least, bound=max_reuse,
        )  # fmt: skip
    return max(least, max_reuse)


def blocks(order: np.ndarray, quota: np.ndarray, capacity: np.ndarray, *, limit: int) -> Iterator[np.ndarray]:
    """Yield blocks of spots whose places are at most the limit, and at most half of the cells that are left.

    Only half of the cells, so that the last spots of a block still have a choice. The capacity is read again for each
    block, because the caller lowers it as cells are placed.

    Parameters
    ----------
    order
        Row numbers of the spots, in the order in which they are served.
    quota
        Places of each spot, indexed by those row numbers.
    capacity
        How often each cell may still be used, (cells,).
    limit
        Largest number of places in a block; a spot with more makes a block by itself.
    """
    start = 0
    while start < len(order):
        room = min(limit, max(1, int((capacity > 0).sum()) // 2))
        places = np.cumsum(quota[order[start:]])
        stop = start + max(1, int(np.searchsorted(places, room, side="right")))
        yield order[start:stop]
        start = stop


def assign_block(scores: np.ndarray, quota: np.ndarray, capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose cells for the spots of a block, with the largest total score and each cell once.

    Parameters
    ----------
    scores
        Spots × cells.
    quota
        Places of each spot, (spots,).
    capacity
        How often each cell may still be used, (cells,). Where fewer cells than places have any use left, cells enter
        several times.

    Returns
    -------
    Row number (spot) and column number (cell) of each place.
    """
    places = np.repeat(np.arange(len(quota)), quota)
    copies = np.minimum(capacity, 1)
    while copies.sum() < len(places):
        if (copies == capacity).all():
            raise ValueError(f"{len(places)} places and {capacity.sum()} uses of cells left")
        copies = np.minimum(capacity, copies + 1)
    columns = np.repeat(np.arange(scores.shape[1]), copies)
    row, column = linear_sum_assignment(scores[np.ix_(places, columns)], maximize=True)
    return places[row], columns[column]
