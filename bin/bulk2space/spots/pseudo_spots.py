"""Pseudo-spots: sums of generated cells whose members are known, for a scorer to learn from."""

import logging

import numpy as np
import scipy.sparse as sp

from .marker_space import Expression

log = logging.getLogger(__name__)

PSEUDO_SPOTS = 500  # how many a scorer learns from; the paper does not say
CELLS_PER_PSEUDO_SPOT = 10  # the paper's k
# UMI: a pseudo-spot with more than the first is thinned to the second (paper, Methods)
DEEPEST_SPOT, THINNED_SPOT = 25_000, 20_000


def pseudo_spots(
    cells: Expression, *, number: int, size: int, rng: np.random.Generator, thin: bool = True
) -> tuple[np.ndarray, Expression]:
    """Draw pseudo-spots: sums of cells taken at random (paper, Methods, "Deep forest for spot recommendation").

    Parameters
    ----------
    cells
        Generated cells.
    number
        Number of pseudo-spots.
    size
        Cells per pseudo-spot; all cells where there are fewer.
    rng
        Random generator.
    thin
        Whether values are counts, so that deep pseudo-spots are thinned (binomially).

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
    spots = Expression(sp.csr_matrix(sums @ cells.values, dtype=np.float64), sums @ cells.library)
    return members, thinned(spots, rng) if thin else spots


def thinned(spots: Expression, rng: np.random.Generator) -> Expression:
    """Return the spots; each deep one keeps a random part of its counts, expected to be as many as THINNED_SPOT."""
    deep = spots.library > DEEPEST_SPOT
    if not deep.any():
        return spots
    keep = np.where(deep, THINNED_SPOT / np.maximum(spots.library, 1), 1.0)  # (spots,)
    values = spots.values.copy()
    chance = np.repeat(keep, np.diff(values.indptr))
    values.data = rng.binomial(np.rint(values.data).astype(np.int64), chance).astype(np.float64)
    values.eliminate_zeros()
    log.info("%d of %d pseudo-spots thinned to %d UMI", deep.sum(), len(deep), THINNED_SPOT)
    return Expression(values, spots.library * keep)
