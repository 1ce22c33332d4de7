"""Cells to spots by one linear assignment on correlation, as in CytoSPACE (Vahid et al. 2023, Nat Biotechnol 41:1543).

The number of cells of each type in the whole section is given. The assignment decides which spot gets which type.
"""

import numpy as np
from bulk2space.numerics.axes import standardize, unit_rows
from bulk2space.spots.assign import Placement
from bulk2space.spots.marker_space import Expression
from scipy.optimize import linear_sum_assignment

SPOTS_AT_ONCE = 200  # with their part of the cells, drawn at random: time grows with the cube of the places


def drawn(types: np.ndarray, totals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the wanted number of cells of each type, in random order.

    A cell repeats only after all cells of its type have been drawn.

    Parameters
    ----------
    types
        Type of each cell, (cells,).
    totals
        Cells wanted of each type, (types,); a wanted type has at least one cell.
    rng
        Random generator.
    """
    found = [np.empty(0, dtype=int)]
    for code in np.flatnonzero(totals):
        members = rng.permutation(np.flatnonzero(types == code))
        found.append(np.resize(members, totals[code]))
    return rng.permutation(np.concatenate(found))


def best_places(correlation: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each cell a place so that the total correlation is largest.

    Parameters
    ----------
    correlation
        Correlation of each spot and cell, spots × cells.
    size
        Places in each spot, (spots,); their sum is the number of cells.

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
        Cells, spots × types. Only the sums are used: of a row for the cells of a spot, of a column for the cells of a
        type in the section.
    rng
        Random generator.

    Returns
    -------
    Placement with the fit (1 + correlation) / 2.
    """
    x, y = (unit_rows(standardize(rows.log().toarray().T).T) for rows in (spots, cells))
    chosen = drawn(cells.types, quotas.sum(axis=0), rng)
    size = quotas.sum(axis=1)
    order = rng.permutation(len(size))
    parts, first = [], 0
    for start in range(0, len(order), SPOTS_AT_ONCE):
        rows = order[start : start + SPOTS_AT_ONCE]
        here = chosen[first : first + size[rows].sum()]
        first += len(here)
        correlation = x[rows] @ y[here].T
        spot, cell = best_places(correlation, size[rows])
        parts.append((rows[spot], here[cell], (1 + correlation[spot, cell]) / 2))
    spot, cell, score = (np.concatenate(part) for part in zip(*parts, strict=True))
    by_spot = np.lexsort((cell, cells.types[cell], spot))
    return Placement(spot[by_spot], cell[by_spot], np.clip(score[by_spot], 0, 1))
