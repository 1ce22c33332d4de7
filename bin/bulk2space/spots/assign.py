"""Which cell stands in which spot (step 2, spots): best total score under quotas, by linear assignment in blocks."""

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..numerics.axes import unit_rows
from .marker_space import Expression, MarkerSpace
from .pairs import Pairs
from .scorers import Scorer

log = logging.getLogger(__name__)

CHUNK = 512  # spots scored at a time
UNLISTED = -1.0  # below every score: a cell that was not scored for a spot comes last


class Placement(NamedTuple):
    """Placed cells, one entry each, sorted by spot, then cell type.

    Attributes
    ----------
    spot, cell
        Row numbers, (placed,).
    score
        The scorer's value, 0..1, (placed,).
    margin
        Score minus the same cell's best score in any other spot it was scored for (0 where there is none), (placed,).
    """

    spot: np.ndarray
    cell: np.ndarray
    score: np.ndarray
    margin: np.ndarray


def spot_shares(
    fitted: np.ndarray, types: list[str], codes: np.ndarray, filled: np.ndarray, *, warn: bool = True
) -> np.ndarray:
    """Turn fitted fractions into shares that the generated cells can fill.

    Parameters
    ----------
    fitted
        Fractions of each spot, spots × types.
    types
        Names of the types.
    codes
        Type of each generated cell, (cells,).
    filled
        Whether a spot has counts, (spots,).
    warn
        Whether to log what was changed.

    Returns
    -------
    Spots × types. Types without a generated cell have no share, the others fill up; a spot with counts of which
    nothing is left so has the mean of the other spots; empty spots are zero.
    """
    there = np.isin(np.arange(len(types)), codes)
    shares = np.where(filled[:, None] & there, fitted, 0.0)
    lost = np.divide(
        np.where(filled[:, None] & ~there, fitted, 0.0).sum(), filled.sum(), out=np.zeros(()), where=filled.any()
    )
    totals = shares.sum(axis=1, keepdims=True)
    blank = filled & (totals[:, 0] <= 0)
    shares = np.divide(shares, totals, out=np.zeros_like(shares), where=totals > 0)
    if blank.any():
        others = shares.sum(axis=0)
        if others.sum() == 0:
            others = np.bincount(codes, minlength=len(types)).astype(float)
        shares[blank] = others / others.sum()
    if warn and lost > 0:
        missing = [name for name, present in zip(types, there, strict=True) if not present]
        log.warning(
            "no cell was generated of %s: their mean share of %.3g goes to the other types", ", ".join(missing), lost
        )
    if warn and blank.any():
        log.warning("%d spots with counts match no available type: they get the mean of the other spots", blank.sum())
    return shares


class BlockAssigner:
    """Assigns cells to spots, each cell type by itself, blocks of spots one after the other.

    Within a block a cell is used at most once and the total score is the largest possible. Over all blocks a cell is
    used at most ``max_reuse`` times. A spot holds a cell twice only where too few other cells have uses left.

    Parameters
    ----------
    max_reuse
        How often a cell may be placed; rises to the smallest value that fits where a type has too few cells.
    shortlist
        Cells scored for a spot and type, in multiples of the spot's quota; those nearest by cosine in the space of
        marker components.
    least
        Smallest size of a shortlist.
    block
        Largest number of places of a block.
    """

    def __init__(self, *, max_reuse: int = 10, shortlist: int = 16, least: int = 60, block: int = 512):
        self.max_reuse = max_reuse
        self.shortlist = shortlist
        self.least = least
        self.block = block

    def assign(
        self,
        scorer: Scorer,
        spots: Expression,
        cells: Expression,
        quotas: np.ndarray,
        rng: np.random.Generator,
    ) -> Placement:
        """Place cells so that every spot gets exactly its quota of each type.

        Parameters
        ----------
        scorer
            A fitted scorer.
        spots, cells
            Marker expression.
        quotas
            Whole cells, spots × types; a type with a quota has at least one cell.
        rng
            Decides the order of the spots in blocks.
        """
        space = MarkerSpace().fit(cells)
        spot_axes, cell_axes = unit_rows(space.transform(spots)), unit_rows(space.transform(cells))
        kinds = []
        for code in np.flatnonzero(quotas.sum(axis=0)):
            members, quota = np.flatnonzero(cells.types == code), quotas[:, code]
            bound = reuse_bound(quota.sum(), len(members), self.max_reuse)
            kinds.append(Kind(members, quota, np.full(len(members), bound)))
        order = rng.permutation(np.flatnonzero(quotas.sum(axis=1)))  # no part of the section is served first
        placed, best = [], RunnerUp(len(cells.library))
        for start in range(0, len(order), CHUNK):
            rows = order[start : start + CHUNK]
            tables = [
                self._shortlist(spot_axes[rows] @ cell_axes[kind.members].T, kind, rows, scorer.exhaustive)
                for kind in kinds
            ]
            fill(tables, [table >= 0 for table in tables], scorer, spots, cells, rows, kinds)
            chosen = [self._place(table, kind, rows) for table, kind in zip(tables, kinds, strict=True)]
            unscored = [mark(table, *pair) & (table < 0) for table, pair in zip(tables, chosen, strict=True)]
            fill(tables, unscored, scorer, spots, cells, rows, kinds)
            for table, kind, (row, column) in zip(tables, kinds, chosen, strict=True):
                best.add(np.where(table >= 0, table, -np.inf), rows, kind.members)
                placed.append((rows[row], kind.members[column], table[row, column]))
        if not placed:
            return Placement(*np.empty((2, 0), dtype=int), *np.empty((2, 0)))
        spot, cell, score = (np.concatenate(part) for part in zip(*placed, strict=True))
        first = np.lexsort((cell, cells.types[cell], spot))
        spot, cell, score = spot[first], cell[first], score[first]
        return Placement(spot, cell, score, score - best.elsewhere(spot, cell))

    def _shortlist(self, similarity: np.ndarray, kind: "Kind", rows: np.ndarray, exhaustive: bool) -> np.ndarray:
        """Return spots × cells: 0 where a score is wanted, else a value below every score, higher for nearer cells."""
        wanted = (kind.quota[rows] > 0)[:, None] & (kind.capacity > 0)
        size = max(self.least, self.shortlist * int(kind.quota[rows].max()))
        if not exhaustive and size < similarity.shape[1]:
            nearest = np.argpartition(np.where(wanted, -similarity, np.inf), size - 1, axis=1)[:, :size]
            listed = np.zeros(similarity.shape, dtype=bool)
            np.put_along_axis(listed, nearest, True, axis=1)
            wanted &= listed
        return np.where(wanted, 0.0, UNLISTED + (similarity.astype(float) - 1) / 2)

    def _place(self, table: np.ndarray, kind: "Kind", rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Assign block by block and take what is used from the capacity; return rows and columns of the table."""
        parts = [np.empty((2, 0), dtype=int)]
        needy = np.flatnonzero(kind.quota[rows])
        for block in blocks(needy, kind.quota[rows], kind.capacity, limit=self.block):
            row, column = assign_block(table[block], kind.quota[rows[block]], kind.capacity)
            np.subtract.at(kind.capacity, column, 1)
            parts.append(np.stack([block[row], column]))
        row, column = np.hstack(parts)
        return row, column


class Kind(NamedTuple):
    """One cell type in the assignment.

    Attributes
    ----------
    members
        Row numbers of its cells.
    quota
        Places in each spot of the section, (spots,).
    capacity
        How often each of its cells may still be used, (members,); goes down as cells are placed.
    """

    members: np.ndarray
    quota: np.ndarray
    capacity: np.ndarray


def fill(
    tables: list[np.ndarray],
    wanted: list[np.ndarray],
    scorer: Scorer,
    spots: Expression,
    cells: Expression,
    rows: np.ndarray,
    kinds: list[Kind],
) -> None:
    """Write the scores of the wanted pairs into the types' tables, asking the scorer once."""
    places = [np.nonzero(mask) for mask in wanted]
    spot = np.concatenate([rows[row] for row, _ in places])
    cell = np.concatenate([kind.members[column] for kind, (_, column) in zip(kinds, places, strict=True)])
    if not len(spot):
        return
    scores = np.split(scorer.score(spots, cells, Pairs(spot, cell)), np.cumsum([len(row) for row, _ in places])[:-1])
    for table, mask, values in zip(tables, wanted, scores, strict=True):
        table[mask] = values


def mark(table: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return a mask of the table's shape that is true at the given places."""
    mask = np.zeros(table.shape, dtype=bool)
    mask[row, column] = True
    return mask


class RunnerUp:
    """The two best scores of each cell over all spots seen so far.

    Parameters
    ----------
    n_cells
        Number of cells.
    """

    def __init__(self, n_cells: int):
        self.first_ = np.full(n_cells, -np.inf)
        self.second_ = np.full(n_cells, -np.inf)
        self.spot_ = np.full(n_cells, -1)

    def add(self, scores: np.ndarray, rows: np.ndarray, members: np.ndarray) -> None:
        """Take in the scores of a block, spots × cells, with -inf for pairs that were not scored."""
        top = scores.argmax(axis=0)
        high = scores[top, np.arange(len(members))]
        low = np.partition(scores, -2, axis=0)[-2] if len(rows) > 1 else np.full(len(members), -np.inf)
        new = high > self.first_[members]
        self.second_[members] = np.where(
            new, np.maximum(self.first_[members], low), np.maximum(self.second_[members], high)
        )
        self.first_[members] = np.where(new, high, self.first_[members])
        self.spot_[members] = np.where(new, rows[top], self.spot_[members])

    def elsewhere(self, spot: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """Return the best score of each cell in another spot than the one given; 0 where there is none."""
        other = np.where(self.spot_[cell] == spot, self.second_[cell], self.first_[cell])
        return np.where(np.isfinite(other), other, 0.0)


def reuse_bound(places: int, n_cells: int, max_reuse: int) -> int:
    """Return how often a cell may be used: the given bound, or the smallest that fits all places."""
    least = -(-int(places) // n_cells)
    if least > max_reuse:
        log.warning(
            "%d places for %d cells of a type: a cell may be used %d times instead of %d",
            places, n_cells, least, max_reuse,
        )  # fmt: skip
    return max(least, max_reuse)


def blocks(order: np.ndarray, quota: np.ndarray, capacity: np.ndarray, *, limit: int) -> Iterator[np.ndarray]:
    """Yield blocks of spots whose places stay within the limit and within half of the cells that are left.

    Half, so that the last spots of a block still have a choice. ``capacity`` is read anew for each block.
    """
    start = 0
    while start < len(order):
        room = min(limit, max(1, int((capacity > 0).sum()) // 2))
        places = np.cumsum(quota[order[start:]])
        stop = start + max(1, int(np.searchsorted(places, room, side="right")))
        yield order[start:stop]
        start = stop


def assign_block(scores: np.ndarray, quota: np.ndarray, capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose cells for the spots of a block with the largest total score, each cell once.

    Parameters
    ----------
    scores
        Spots × cells.
    quota
        Whole cells for each spot, (spots,).
    capacity
        How often each cell may still be used, (cells,). Where fewer cells than places have any left, cells enter as
        often as they may.

    Returns
    -------
    Row (spot) and column (cell) of each place.
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
