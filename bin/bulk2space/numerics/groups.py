"""Groups of rows: who belongs to which, and means over each."""

import numpy as np
import scipy.sparse as sp


def indicator(codes: np.ndarray, n_groups: int) -> sp.csr_matrix:
    """Return which row belongs to which group, groups × rows, with ones.

    Parameters
    ----------
    codes
        Index of the group of each row, (rows,).
    n_groups
        Number of groups.
    """
    return sp.csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(n_groups, len(codes)))


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
    means = (indicator(codes, len(types)) @ matrix).toarray() / np.bincount(codes)[:, None]
    return list(types), means
