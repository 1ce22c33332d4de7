"""Tables of scores while cells are assigned: one per cell type, some spots × the cells of the type.

A value of 0 or more is a score. A pair that was not scored has a value below 0, which is higher for a cell that looks
more like the spot, so that the assignment falls back on such cells where a spot's shortlist is used up.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .pairs import Pairs

UNLISTED = -1.0  # highest value of a pair that was not scored


class Kind(NamedTuple):
    """One cell type in the assignment.

    Attributes
    ----------
    members
        Row numbers of its cells.
    quota
        Cells of the type that each spot of the section takes, (spots,).
    capacity
        How often each of its cells may still be used, (members,); goes down as cells are placed.
    """

    members: np.ndarray
    quota: np.ndarray
    capacity: np.ndarray


def blank(similarity: np.ndarray, kind: Kind, rows: np.ndarray, *, shortlist: int | None) -> np.ndarray:
    """Return a table without scores, spots × cells: 0 where a score is wanted, a value below 0 elsewhere.

    A score is wanted for the spots that take cells of the type and for the cells that have uses left.

    Parameters
    ----------
    similarity
        Cosine of spots and cells, spots × cells.
    kind
        The cell type.
    rows
        Row numbers of the spots, (spots,).
    shortlist
        How many cells to score for each spot, those most similar to it; None for all.
    """
    wanted = (kind.quota[rows] > 0)[:, None] & (kind.capacity > 0)
    if shortlist is not None and shortlist < similarity.shape[1]:
        nearest = np.argpartition(np.where(wanted, -similarity, np.inf), shortlist - 1, axis=1)[:, :shortlist]
        listed = np.zeros(similarity.shape, dtype=bool)
        np.put_along_axis(listed, nearest, True, axis=1)
        wanted &= listed
    return np.where(wanted, 0.0, UNLISTED + (similarity.astype(float) - 1) / 2)


def fill(
    tables: Sequence[np.ndarray],
    wanted: Sequence[np.ndarray],
    kinds: Sequence[Kind],
    rows: np.ndarray,
    score: Callable[[Pairs], np.ndarray],
) -> None:
    """Write the scores of the wanted pairs into the tables, asking for all of them at once.

    Parameters
    ----------
    tables
        One table per cell type, spots × cells of the type.
    wanted
        Masks of the same shapes.
    kinds
        The cell types.
    rows
        Row numbers of the spots, (spots,).
    score
        Function from pairs to their scores, (pairs,).
    """
    found = [np.nonzero(mask) for mask in wanted]
    spot = np.concatenate([rows[row] for row, _ in found])
    cell = np.concatenate([kind.members[column] for kind, (_, column) in zip(kinds, found, strict=True)])
    if not len(spot):
        return
    scores = np.split(score(Pairs(spot, cell)), np.cumsum([len(row) for row, _ in found])[:-1])
    for table, mask, values in zip(tables, wanted, scores, strict=True):
        table[mask] = values


def unscored(table: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return a mask of the table's shape: which of the given pairs have no score yet."""
    mask = np.zeros(table.shape, dtype=bool)
    mask[row, column] = True
    return mask & (table < 0)
