"""Which generated cell goes to which spot (step 2, spots): the largest total score that keeps all quotas."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ..contract.progress import Progress
from ..numerics.axes import unit_rows
from .blocks import assign_block, blocks, reuse_bound
from .marker_space import Expression, MarkerSpace
from .pairs import Pairs
from .score_tables import Kind, Table, blank, fill, unscored
from .scorers import Scorer

log = logging.getLogger(__name__)

SPOTS_AT_ONCE = 512  # spots whose scores are in memory together


class Placement(NamedTuple):
    """Placed cells, one entry per cell, sorted by spot, then cell type.

    Attributes
    ----------
    spot, cell
        Row numbers, (placed,).
    fit
        The scorer's value, 0..1, (placed,).
    """

    spot: np.ndarray
    cell: np.ndarray
    fit: np.ndarray


class BlockAssigner:
    """Assigns cells to spots, each cell type by itself, one block of spots after the other.

    Within a block a cell is used at most once and the total score is the largest possible. Over all blocks a cell is
    used at most ``max_reuse`` times. A spot holds a cell twice only where too few other cells have uses left.

    Parameters
    ----------
    types
        Names of the types, for warnings; without any, their numbers stand for them.
    max_reuse
        How often a cell may be placed (:func:`.blocks.pool_reuse`). It rises to the smallest value that fits where a
        type has too few cells.
    shortlist
        Cells scored for a spot and type, in multiples of the spot's quota; those most similar to the spot by cosine in
        the space of marker components.
    least
        Smallest size of a shortlist.
    block
        Largest number of cells that are assigned at once.
    """

    def __init__(
        self,
        *,
        types: Sequence[str] | None = None,
        max_reuse: int = 10,
        shortlist: int = 16,
        least: int = 60,
        block: int = 512,
    ):
        self.types = types
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
            Decides the order in which spots are served.
        """
        space = MarkerSpace().fit(cells)
        spot_axes, cell_axes = unit_rows(space.transform(spots)), unit_rows(space.transform(cells))
        kinds = self._kinds(cells.types, quotas)
        score = partial(scorer.score, spots, cells)
        order = rng.permutation(np.flatnonzero(quotas.sum(axis=1)))  # no part of the section is served first
        placed, progress = [], Progress(log, "spots filled with cells", len(order))
        for start in range(0, len(order), SPOTS_AT_ONCE):
            rows = order[start : start + SPOTS_AT_ONCE]
            tables = [
                blank(
                    kind,
                    needy,
                    spot_axes[needy] @ cell_axes[kind.members].T,
                    shortlist=None if scorer.exhaustive else self._shortlist_size(kind, needy),
                )
                for kind in kinds
                if len(needy := rows[kind.quota[rows] > 0])
            ]
            chosen = self._choose(tables, score)
            for table, (row, column) in zip(tables, chosen, strict=True):
                placed.append((table.rows[row], table.kind.members[column], table.scores[row, column]))
            progress.add(len(rows))
        return _placement(placed, cells.types)

    def _kinds(self, types: np.ndarray, quotas: np.ndarray) -> list[Kind]:
        """Return the types that any spot takes, each with its cells' full capacity."""
        kinds = []
        for code in np.flatnonzero(quotas.sum(axis=0)):
            members, quota = np.flatnonzero(types == code), quotas[:, code]
            name = f"type {code}" if self.types is None else str(self.types[code])
            bound = reuse_bound(quota.sum(), len(members), self.max_reuse, name)
            kinds.append(Kind(members, quota, np.full(len(members), bound)))
        return kinds

    def _shortlist_size(self, kind: Kind, rows: np.ndarray) -> int:
        return max(self.least, self.shortlist * int(kind.quota[rows].max()))

    def _choose(
        self, tables: Sequence[Table], score: Callable[[Pairs], np.ndarray]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Score what the tables want, then assign; return rows and columns of each table, all of them scored."""
        fill(tables, [table.scores >= 0 for table in tables], score)
        chosen = [self._assign_kind(table) for table in tables]
        missing = [unscored(table, *pair) for table, pair in zip(tables, chosen, strict=True)]
        fill(tables, missing, score)
        return chosen

    def _assign_kind(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        """Assign block by block and lower the capacity of what is used; return rows and columns of the table."""
        parts = []
        kind, quota = table.kind, table.kind.quota[table.rows]
        for block in blocks(np.arange(len(quota)), quota, kind.capacity, limit=self.block):
            row, column = assign_block(table.scores[block], quota[block], kind.capacity)
            np.subtract.at(kind.capacity, column, 1)
            parts.append(np.stack([block[row], column]))
        row, column = np.hstack(parts)
        return row, column


def _placement(placed: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], types: np.ndarray) -> Placement:
    """Join the parts (spot, cell and score of each placed cell) and sort them."""
    if not placed:
        return Placement(np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0))
    spot, cell, score = (np.concatenate(part) for part in zip(*placed, strict=True))
    first = np.lexsort((cell, types[cell], spot))
    return Placement(spot[first], cell[first], score[first])
