"""Compositions of spots, smoothed over neighbouring spots."""

import numpy as np
from scipy.spatial import cKDTree

NEIGHBOURS = 6  # of a spot on a hexagonal lattice


def smoothed(proportions: np.ndarray, spatial: np.ndarray, filled: np.ndarray, weight: float) -> np.ndarray:
    """Mix each spot's proportions with the mean of its nearest neighbours' proportions.

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
    near = cKDTree(spatial[rows]).query(spatial[rows], k=number + 1)[1][:, 1:]
    result[rows] = (1 - weight) * proportions[rows] + weight * proportions[rows][near].mean(axis=1)
    return result
