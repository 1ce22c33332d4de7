"""Pairs of a spot and a cell: labelled ones to learn from, and their features."""

from typing import NamedTuple

import numpy as np

from ..numerics.axes import unit_rows


class Pairs(NamedTuple):
    """Pairs of a spot and a cell, by their row numbers, each (pairs,)."""

    spot: np.ndarray
    cell: np.ndarray


def training_pairs(
    members: np.ndarray, types: np.ndarray, *, same_type: bool, rng: np.random.Generator
) -> tuple[Pairs, np.ndarray]:
    """Pair each pseudo-spot with its members (label 1) and with as many other cells (label 0).

    Parameters
    ----------
    members
        Row numbers of the member cells, pseudo-spots × members.
    types
        Cell types of all cells, (cells,).
    same_type
        Whether the other cell has the member's type, so that states are learned and not types.
    rng
        Random generator.

    Returns
    -------
    Pairs and labels. A drawn cell that is a member of its pseudo-spot after all makes no pair of label 0; a type of one
    cell therefore has none.
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

    A tree that cuts one axis at a time hardly finds the angle between two vectors. Given the angle, it improves on it.
    """
    cosine = pair_cosine(spots, cells, pairs)
    return np.hstack([pair_features(spots, cells, pairs), cosine[:, None]]).astype(np.float32)


def pair_cosine(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return the cosine of each pair, (pairs,)."""
    return np.einsum("pc,pc->p", unit_rows(spots)[pairs.spot], unit_rows(cells)[pairs.cell])
