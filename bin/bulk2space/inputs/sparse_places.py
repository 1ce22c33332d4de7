"""Sparse matrices of damaged files: SciPy does not look where they point to, and would read beyond its memory."""

from typing import Any

import scipy.sparse as sp


def require_inside(matrix: Any) -> None:
    """Refuse a sparse matrix with places outside it.

    Raises
    ------
    ValueError
        If an index is no whole number or lies outside the matrix.
    """
    if not sp.issparse(matrix) or matrix.format not in ("csr", "csc"):
        return
    for places in (matrix.indices, matrix.indptr):
        if places.dtype.kind != "i":
            raise ValueError(f"the places of its values are of the type {places.dtype}")
    matrix.check_format(full_check=True)
