"""Library sizes and scaling of rows: sums, counts per 10 000, log1p of these."""

import numpy as np
import scipy.sparse as sp

TARGET_SUM = 1e4  # counts per 10 000, the paper's "LogNormalize"


def totals(matrix: sp.csr_matrix) -> np.ndarray:
    """Return the sum of each row, (rows,), float64."""
    return np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()


def factors_to(target: float, matrix: sp.csr_matrix) -> np.ndarray:
    """Return the factor that brings the sum of each row to a target, (rows,), float64; 0 for rows of zeros."""
    sums = totals(matrix)
    return np.divide(target, sums, out=np.zeros_like(sums), where=sums > 0)


def normalize_total(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Scale every row of a non-negative matrix to 10 000; rows of zeros stay zero.

    Parameters
    ----------
    matrix
        Linear expression or counts, observations × genes.

    Returns
    -------
    float32 matrix of the same shape.
    """
    matrix = sp.csr_matrix(matrix, dtype=np.float32)
    factors = factors_to(TARGET_SUM, matrix).astype(np.float32)
    scaled = matrix.data * np.repeat(factors, np.diff(matrix.indptr))
    return sp.csr_matrix((scaled, matrix.indices.copy(), matrix.indptr.copy()), shape=matrix.shape)


def log_normalize(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Return log1p of counts per 10 000 (the paper's "LogNormalize"), observations × genes, float32."""
    scaled = normalize_total(counts)
    np.log1p(scaled.data, out=scaled.data)
    return scaled
