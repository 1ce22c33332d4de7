"""Sparse matrices of damaged files, which would end the program itself: SciPy trusts their indices."""

import numpy as np
import scipy.sparse as sp


def check_indices(matrix: sp.csr_matrix | sp.csc_matrix) -> None:
    """Check that a matrix's indices lie in its shape.

    Raises
    ------
    ValueError
        If they do not, or are no whole numbers.
    """
    for places in (matrix.indices, matrix.indptr):
        if places.dtype.kind != "i":
            raise ValueError(f"the places of its values are of the type {places.dtype}")
    if (np.diff(matrix.indptr) < 0).any():  # SciPy does not look at these where the last of them is 0
        raise ValueError("the numbers of values by row or column fall below 0")
    matrix.check_format(full_check=True)
