"""Gene names: duplicates summed, names shared between files."""

import numpy as np
import scipy.sparse as sp


def sum_duplicates(matrix: sp.csr_matrix, names: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray, int]:
    """Sum the columns of genes that bear the same name.

    Parameters
    ----------
    matrix
        Observations × genes, linear values.
    names
        Gene names, (genes,).

    Returns
    -------
    The matrix with one column a name, in the order of first appearance; the names; how many columns were merged away.
    """
    names = np.asarray(names, dtype=str)
    _, first, codes = np.unique(names, return_index=True, return_inverse=True)
    if len(first) == len(names):
        return matrix, names, 0
    order = np.argsort(first)
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    joins = sp.csr_matrix(
        (np.ones(len(names), dtype=np.float32), (np.arange(len(names)), position[codes])),
        shape=(len(names), len(first)),
    )
    return sp.csr_matrix(matrix @ joins), names[first[order]], len(names) - len(first)
