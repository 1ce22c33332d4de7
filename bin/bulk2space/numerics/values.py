"""The values of sparse matrices: whole or not, row by row, as multiples of the smallest of their row."""

import numpy as np
import scipy.sparse as sp


def is_whole(values: np.ndarray) -> bool:
    """Tell whether all values are whole numbers."""
    return bool(np.array_equal(values, np.rint(values)))


def by_row(matrix: sp.csr_matrix) -> list[np.ndarray]:
    """Return the stored values of each row, views into the matrix."""
    return np.split(matrix.data, matrix.indptr[1:-1])


def multiples_of_smallest(matrix: sp.csr_matrix) -> np.ndarray:
    """Return each stored value over the smallest one of its row, in the order of ``matrix.data``."""
    sizes = np.diff(matrix.indptr)
    smallest = np.ones(len(sizes))
    smallest[sizes > 0] = np.minimum.reduceat(matrix.data, matrix.indptr[:-1][sizes > 0])
    return matrix.data / np.repeat(smallest, sizes)
