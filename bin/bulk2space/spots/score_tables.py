"""Tables of scores while cells are assigned: one per cell type, spots that take it × the cells of the type.

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


class Table(NamedTuple):
    """Scores of one cell type in some spots.

    Attributes
    ----------
    kind
        The type.
    rows
        Row numbers of the spots, all of which take cells of the type.
    scores
        Spots × cells of the type, float32.
    """

    kind: Kind
    rows: np.ndarray
    scores: np.ndarray


def blank(kind: Kind, rows: np.ndarray, similarity: np.ndarray, *, shortlist: int | None) -> Table:
    """Return a table without scores: 0 where a score is wanted, a value below 0 elsewhere.

    A score is wanted for the cells that have uses left.

    Parameters
    ----------
    kind
        The cell type.
    rows
        Row numbers of spots that take cells of the type.
    similarity
        Cosine of these spots and the cells, spots × cells of the type.
    shortlist
        How many cells to score for each spot, those most similar to it; None for all.
    """
    scores = UNLISTED + (similarity.astype(np.float32, copy=False) - 1) / 2
    left = kind.capacity > 0
    if shortlist is None or shortlist >= left.sum():
        scores[:, left] = 0
        return Table(kind, rows, scores)
    usable = np.flatnonzero(left)
    last = len(usable) - shortlist
    nearest = np.argpartition(scores if left.all() else scores[:, usable], last, axis=1)[:, last:]
    np.put_along_axis(scores, usable[nearest], 0, axis=1)
    return Table(kind, rows, scores)


def fill(tables: Sequence[Table], wanted: Sequence[np.ndarray], score: Callable[[Pairs], np.ndarray]) -> None:
    """Write the scores of the wanted pairs into the tables, asking for all of them at once.

    Parameters
    ----------
    tables
        One table per cell type.
    wanted
        Masks of the shapes of their scores.
    score
        Function from pairs to their scores, (pairs,).
    """
    found = [np.nonzero(mask) for mask in wanted]
    spot = np.concatenate([table.rows[row] for table, (row, _) in zip(tables, found, strict=True)])
    cell = np.concatenate([table.kind.members[column] for table, (_, column) in zip(tables, found, strict=True)])
    if not len(spot):
        return
    scores = np.split(score(Pairs(spot, cell)), np.cumsum([len(row) for row, _ in found])[:-1])
    for table, place, values in zip(tables, found, scores, strict=True):
        table.scores[place] = values


def unscored(table: Table, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return a mask of the table's shape: which of the given pairs have no score yet."""
    mask = np.zeros(table.scores.shape, dtype=bool)
    mask[row, column] = True
    return mask & (table.scores < 0)
