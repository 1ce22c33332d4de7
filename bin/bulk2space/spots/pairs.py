"""Pairs of a spot and a cell: their features, and labelled ones to learn from."""

import logging
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import unit_rows
from .marker_space import Expression
from .scorers import DEEPEST_SPOT, THINNED_SPOT

log = logging.getLogger(__name__)

PSEUDO_SPOTS = 500
CELLS_PER_PSEUDO_SPOT = 10  # the paper's k


class Pairs(NamedTuple):
    """Pairs of a spot and a cell, by their row numbers, each (pairs,)."""

    spot: np.ndarray
    cell: np.ndarray


def pseudo_spots(
    cells: Expression, *, number: int, size: int, rng: np.random.Generator, thin: bool = True
) -> tuple[np.ndarray, Expression]:
    """Draw pseudo-spots: sums of cells taken at random (paper, Methods, "Deep forest for spot recommendation").

    Parameters
    ----------
    cells
        Generated cells.
    number, size
        How many pseudo-spots, of how many cells.
    rng
        Random generator.
    thin
        Whether values are counts, so that a pseudo-spot of more than 25 000 UMI is thinned (binomially) to 20 000
        expected ones.

    Returns
    -------
    Row numbers of the members, number × size, and the pseudo-spots' expression.
    """
    n_cells = len(cells.library)
    members = np.sort(np.argsort(rng.random((number, n_cells)), axis=1)[:, :size], axis=1)
    sums = sp.csr_matrix(
        (np.ones(members.size), members.ravel(), np.arange(number + 1) * members.shape[1]),
        shape=(number, n_cells),
    )
    values, library = sp.csr_matrix(sums @ cells.values, dtype=np.float64), sums @ cells.library
    deep = library > DEEPEST_SPOT
    if thin and deep.any():
        keep = np.where(deep, THINNED_SPOT / np.maximum(library, 1), 1.0)
        chance = np.repeat(keep, np.diff(values.indptr))
        values.data = rng.binomial(np.rint(values.data).astype(np.int64), chance).astype(np.float64)
        values.eliminate_zeros()
        library = library * keep
        log.info("%d of %d pseudo-spots thinned to %d UMI", deep.sum(), number, THINNED_SPOT)
    return members, Expression(values, library)


def training_pairs(
    members: np.ndarray, types: np.ndarray, *, same_type: bool, rng: np.random.Generator
) -> tuple[Pairs, np.ndarray]:
    """Pair each pseudo-spot with its members (label 1) and with as many other cells (label 0).

    Parameters
    ----------
    members
        Rows of the member cells, pseudo-spots × members.
    types
        Cell types of all cells, (cells,).
    same_type
        Whether the other cell has the member's type, so that states are learnt and not types.
    rng
        Random generator.

    Returns
    -------
    Pairs and labels. A negative that happens to be a member of its pseudo-spot, as in a type of one cell, is left out.
    """
    spot = np.repeat(np.arange(len(members)), members.shape[1])
    positive = members.ravel()
    if same_type:
        order = np.argsort(types, kind="stable")
        sizes = np.bincount(types)
        first = np.cumsum(sizes) - sizes
        own = types[positive]
        negative = order[first[own] + (rng.random(len(positive)) * sizes[own]).astype(int)]
    else:
        negative = rng.integers(len(types), size=len(positive))
    other = ~np.isin(spot * len(types) + negative, spot * len(types) + positive)
    pairs = Pairs(np.concatenate([spot, spot[other]]), np.concatenate([positive, negative[other]]))
    return pairs, np.repeat([1, 0], [len(positive), other.sum()])


def pair_features(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return ``[spot; cell; spot − cell]`` for each pair, pairs × 3·features, float32."""
    spot, cell = spots[pairs.spot], cells[pairs.cell]
    return np.hstack([spot, cell, spot - cell]).astype(np.float32)


def pair_features_and_cosine(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return ``[spot; cell; spot − cell; cosine]`` for each pair, pairs × (3·features + 1), float32.

    A tree that cuts one axis at a time hardly finds the angle between two vectors; given it, the forest improves on it.
    """
    cosine = pair_cosine(spots, cells, pairs)
    return np.hstack([pair_features(spots, cells, pairs), cosine[:, None]]).astype(np.float32)


def pair_cosine(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return the cosine of each pair, (pairs,)."""
    return np.einsum("pc,pc->p", unit_rows(spots)[pairs.spot], unit_rows(cells)[pairs.cell])
