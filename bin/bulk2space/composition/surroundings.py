"""What the surroundings of a spot let expect of it, where spots touch and hold few counts.

A section is cut into squares of spots whose sums hold enough counts for a fit of their own. From these sums the factors
of the genes are learned: from few counts a spot they would follow the fits' noise. And the squares around a spot say
what to expect of it, in place of the mean of the whole section. So a spot of few counts resembles its surroundings, and
the spots of an area add up to what their sum says.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ..numerics.groups import indicator
from ..numerics.lattice import neighbour_distance
from ..numerics.scaling import totals
from .cell_noise import CellNoise
from .pooling import Pooled, Touching, weights_within
from .spot_block import Way
from .spot_model import Fit, fit

# Of a square in the genes of the fit (median). Chosen on the tuning sets: from fewer counts, squares miss rare types.
ENOUGH_COUNTS = 1000.0
FEWEST_SQUARES = 40
LARGEST_SIDE = 12  # of a square, in spots
NEAREST = 4  # squares that say what to expect of a spot


class Squares(NamedTuple):
    """A section cut into squares of spots.

    Attributes
    ----------
    of_spot
        Square of each spot, (spots,).
    centres
        Mean places of the squares' spots, squares × 2.
    side
        Length of a side.
    """

    of_spot: np.ndarray
    centres: np.ndarray
    side: float


class Surroundings(NamedTuple):
    """What the squares of a section say.

    Attributes
    ----------
    log_factors
        Logarithms of the gene factors, (genes,).
    expected
        Coefficients to expect of each spot, spots × types.
    """

    log_factors: np.ndarray
    expected: np.ndarray


def squares(spots: Touching) -> Squares | None:
    """Cut a section into the smallest squares that hold ENOUGH_COUNTS; None for a section that is too small.

    A section that is too small for so large squares is cut into FEWEST_SQUARES at least. The first square is half
    outside.
    """
    counts, distance = totals(spots.counts), neighbour_distance(spots.spatial)
    found = None
    for spots_aside in range(2, LARGEST_SIDE + 1):
        side = spots_aside * distance
        place = np.floor((spots.spatial - spots.spatial.min(axis=0)) / side + 0.5).astype(int)
        of_spot = np.unique(place, axis=0, return_inverse=True)[1].ravel()
        held = np.bincount(of_spot, counts)
        if len(held) < FEWEST_SQUARES:
            break
        found = Squares(of_spot, _means(spots.spatial, of_spot), side)
        if np.median(held) >= ENOUGH_COUNTS:
            break
    return found


def pooled_fit(
    spots: Touching, means: np.ndarray, noise: CellNoise, rng: np.random.Generator, way: Way, width: float
) -> Fit:
    """Fit each spot to its pooled counts, given its surroundings.

    Parameters
    ----------
    spots
        The section.
    means, noise, rng, way
        As in :func:`.spot_model.fit`.
    width
        Of the weights of neighbours, as for :func:`.pooling.weights_within`.
    """
    cut = squares(spots)
    if cut is None:
        raise ValueError(f"{len(spots.cells)} spots are too few to have surroundings")
    around = surroundings(spots, cut, means, noise, rng, way)
    pooled = Pooled(spots, weights_within(spots.spatial, width), around.expected)
    return fit(pooled, means, noise, rng, way, log_factors=around.log_factors)


def surroundings(
    spots: Touching, of: Squares, means: np.ndarray, noise: CellNoise, rng: np.random.Generator, way: Way
) -> Surroundings:
    """Fit the sums of all squares, and say what to expect of each spot.

    Parameters
    ----------
    spots, of
        The section and its squares.
    means, noise, rng, way
        As in :func:`.spot_model.fit`.
    """
    sums = Pooled(spots, indicator(of.of_spot, len(of.centres)))
    found = fit(sums, means, noise, rng, way)
    number = min(NEAREST, len(of.centres))
    apart, near = cKDTree(of.centres).query(spots.spatial, k=[*range(1, number + 1)])
    weights = np.exp(-2 * (apart / of.side) ** 2)  # a standard deviation of half a side
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    rows = np.repeat(np.arange(len(near)), number)
    mixed = sp.csr_matrix((weights.ravel(), (rows, near.ravel())), (len(near), len(of.centres)))
    return Surroundings(found.log_factors, mixed @ found.coefficients)


def _means(spatial: np.ndarray, of_spot: np.ndarray) -> np.ndarray:
    """Return the mean place of each square's spots, squares × 2."""
    return np.column_stack([np.bincount(of_spot, axis) for axis in spatial.T]) / np.bincount(of_spot)[:, None]
