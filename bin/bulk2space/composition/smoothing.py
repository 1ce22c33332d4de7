"""Compositions of spots, smoothed over neighbouring spots."""

import numpy as np
from scipy.spatial import cKDTree

from ..numerics.lattice import neighbour_distance

NEIGHBOURS = 6  # of a spot on a hexagonal lattice
FARTHEST = 10  # distances of neighbouring spots, beyond which a spot is of another piece of tissue


def smoothed(proportions: np.ndarray, spatial: np.ndarray, filled: np.ndarray, weight: float) -> np.ndarray:
    """Mix each spot's proportions with the mean of its nearest neighbours' proportions.

    Spots of another piece of tissue are no neighbours. A spot without any neighbour stays as it is.

    Parameters
    ----------
    proportions
        Spots × types.
    spatial
        Centres of the spots, spots × 2.
    filled
        Which spots take part, (spots,), boolean.
    weight
        Weight of the neighbours' mean, 0 to 1.

    Returns
    -------
    Spots × types.
    """
    rows = np.flatnonzero(filled)
    number = min(NEIGHBOURS, len(rows) - 1)
    result = proportions.copy()
    if weight == 0 or number < 1:
        return result
    apart, near = (found[:, 1:] for found in cKDTree(spatial[rows]).query(spatial[rows], k=number + 1))
    joined = apart <= FARTHEST * neighbour_distance(spatial[rows])
    some = joined.any(axis=1)
    rows, near, joined = rows[some], rows[near[some]], joined[some, :, None]
    mean = (proportions[near] * joined).sum(axis=1) / joined.sum(axis=1)
    result[rows] = (1 - weight) * proportions[rows] + weight * mean
    return result
