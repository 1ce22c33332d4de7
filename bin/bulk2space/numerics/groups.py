"""Means over groups of rows."""

import numpy as np
import scipy.sparse as sp


def type_means(matrix: sp.csr_matrix, labels: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Average the rows of each cell type.

    Parameters
    ----------
    matrix
        Cells × genes.
    labels
        Cell type of each row, (cells,).

    Returns
    -------
    Sorted names of the types and their means, types × genes (float64).
    """
    types, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    cells = np.arange(len(codes))
    members = sp.csr_matrix((np.ones(len(codes)), (codes, cells)), shape=(len(types), len(codes)))
    means = (members @ matrix).toarray() / np.bincount(codes)[:, None]
    return list(types), means
