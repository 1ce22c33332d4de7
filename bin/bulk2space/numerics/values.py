"""The values of sparse matrices: whole or not, row by row, as multiples of the smallest of their row."""

import numpy as np
import scipy.sparse as sp

NOISE = 5e-3
"""Relative distance from a whole number, at most, of a value that is whole but for rounding noise."""
SMALL = 30
"""From here on, most numbers are as near as that to a whole one: only smaller values show whether there is noise."""
FEWEST_SMALL = 20
"""Small values, at least, that show it."""
MOST_SMALL = 0.9
"""Proportion of the small values, at least, that are whole but for noise."""


def is_whole(values: np.ndarray) -> bool:
    """Tell whether all values are whole numbers."""
    return bool(np.array_equal(values, np.rint(values)))


def near_whole(values: np.ndarray) -> np.ndarray:
    """Tell which values are whole numbers but for rounding noise, (values,) bool.

    Counts that were divided by their totals and multiplied again in float32 are no longer exactly whole. Where the
    small values do not show such noise, only exactly whole numbers are.
    """
    nearest = np.rint(values)
    whole = values == nearest
    if whole.all():
        return whole
    small = values < SMALL
    near = np.abs(values - nearest) <= NOISE * values
    has_noise = small.sum() >= FEWEST_SMALL and near[small].mean() >= MOST_SMALL
    return near | (values >= SMALL) if has_noise else whole


def by_row(matrix: sp.csr_matrix) -> list[np.ndarray]:
    """Return the stored values of each row, views into the matrix."""
    return np.split(matrix.data, matrix.indptr[1:-1])


def multiples_of_smallest(matrix: sp.csr_matrix) -> np.ndarray:
    """Return each stored value over the smallest one of its row, in the order of ``matrix.data``."""
    sizes = np.diff(matrix.indptr)
    smallest = np.ones(len(sizes))
    smallest[sizes > 0] = np.minimum.reduceat(matrix.data, matrix.indptr[:-1][sizes > 0])
    return matrix.data / np.repeat(smallest, sizes)
