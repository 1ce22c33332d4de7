"""Sparse matrices of damaged files, which would end the program itself: SciPy trusts their indices."""

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ...contract.keys import Layers
from ...contract.problems import InputError


def check_indices(matrix: sp.csr_matrix | sp.csc_matrix) -> None:
    """Check that a matrix's indices lie in its shape.

    Raises
    ------
    ValueError
        If they do not.
    """
    if (np.diff(matrix.indptr) < 0).any():  # SciPy does not look at these where the last of them is 0
        raise ValueError("the numbers of values by row or column fall below 0")
    matrix.check_format(full_check=True)


def require_sound(adata: ad.AnnData, name: str) -> None:
    """Refuse an AnnData of which a matrix that may be read has indices outside its shape.

    Raises
    ------
    InputError
        Which names the matrix.
    """
    matrices = {"X": adata.X, f"layers['{Layers.COUNTS}']": adata.layers.get(Layers.COUNTS)}
    if adata.raw is not None:
        matrices["raw.X"] = adata.raw.X
    for place, matrix in matrices.items():
        if sp.issparse(matrix):
            try:
                check_indices(matrix)
            except ValueError as error:
                raise InputError(f"{name}: {place} is damaged ({error}); check that the file is complete") from None
