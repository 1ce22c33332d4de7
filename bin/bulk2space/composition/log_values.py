"""The published fit: least squares on log values (paper, Methods, eq. 1 and 2)."""

import numpy as np
import scipy.sparse as sp

from ..numerics.nnls import nnls_gram


def fit(expression: sp.csr_matrix, log_means: np.ndarray) -> np.ndarray:
    """Return the coefficients of each sample, samples × types, at least 0; zeros for a sample without expression.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    log_means
        Mean of log1p of counts per 10 000 of each type, types × genes.
    """
    return nnls_gram(log_means @ log_means.T, expression.astype(float).log1p() @ log_means.T)
