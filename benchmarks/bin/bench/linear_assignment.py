"""Cells to spots by one linear assignment on correlation: CytoSPACE's formulation (Vahid et al. 2023, Nat Biotechnol).

How many cells of each type the whole section holds is given; which spot gets which type is not: the correlation of
cells and spots decides on that, too.
"""

import numpy as np
from bulk2space.numerics.axes import standardize, unit_rows
from bulk2space.spots.assign import Placement
from bulk2space.spots.marker_space import Expression
from scipy.optimize import linear_sum_assignment

BLOCK = 200  # spots assigned at a time, with a random share of the cells: time grows with the cube of the places


def drawn(types: np.ndarray, totals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return positions of cells, as many of each type as asked for, in random order.

    Each cell of a type comes once before one comes twice.

    Parameters
    ----------
    types
        Type of each cell, (cells,).
    totals
        Cells wanted of each type, (types,); a type that is wanted has a cell.
    rng
        Random generator.
    """
    found = [np.empty(0, dtype=int)]
    for code in np.flatnonzero(totals):
        members = rng.permutation(np.flatnonzero(types == code))
        found.append(np.resize(members, totals[code]))
    return rng.permutation(np.concatenate(found))


def best_places(correlation: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the cells places with the largest total correlation.

    Parameters
    ----------
    correlation
        Of spots and cells, spots × cells.
    size
        Places in each spot, (spots,); as many in all as cells.

    Returns
    -------
    Spots and cells, (places,) each.
    """
    spot = np.repeat(np.arange(len(size)), size)
    place, cell = linear_sum_assignment(correlation[spot], maximize=True)
    return spot[place], cell


def assign(spots: Expression, cells: Expression, quotas: np.ndarray, rng: np.random.Generator) -> Placement:
    """Place cells with the largest total Pearson correlation of log markers.

    Parameters
    ----------
    spots, cells
        Marker expression.
    quotas
        Cells, spots × types; rows say how many cells a spot holds, columns how many of each type the section holds.
    rng
        Random generator.

    Returns
    -------
    Placement with the score (1 + correlation) / 2 and a margin of 0.
    """
    x, y = (unit_rows(standardize(rows.log().T).T) for rows in (spots, cells))
    chosen = drawn(cells.types, quotas.sum(axis=0), rng)
    size = quotas.sum(axis=1)
    order = rng.permutation(len(size))
    parts, first = [], 0
    for start in range(0, len(order), BLOCK):
        rows = order[start : start + BLOCK]
        here = chosen[first : first + size[rows].sum()]
        first += len(here)
        correlation = x[rows] @ y[here].T
        spot, cell = best_places(correlation, size[rows])
        parts.append((rows[spot], here[cell], (1 + correlation[spot, cell]) / 2))
    spot, cell, score = (np.concatenate(part) for part in zip(*parts, strict=True))
    by_spot = np.lexsort((cell, cells.types[cell], spot))
    return Placement(spot[by_spot], cell[by_spot], np.clip(score[by_spot], 0, 1), np.zeros(len(spot)))
