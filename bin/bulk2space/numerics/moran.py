"""Moran's I: how alike the values of neighbouring places are."""

import numpy as np
import scipy.sparse as sp
from scipy.stats import norm


def morans_i(values: sp.csr_matrix | np.ndarray, neighbours: sp.csr_matrix) -> np.ndarray:
    """Return Moran's I of every column: 1 where neighbours are equal, about 0 where places are dealt at random.

    ``I = (n / Σ w) · Σ w_ij z_i z_j / Σ z_i²`` with z the distance from the mean (Moran 1950, Biometrika 37:17).

    Parameters
    ----------
    values
        Places × columns.
    neighbours
        Weights w, places × places.

    Returns
    -------
    (columns,); NaN for a column without any variation, and for all where no place has a neighbour.
    """
    x = sp.csr_matrix(values, dtype=np.float64)
    n, total = x.shape[0], neighbours.sum()
    mean = np.asarray(x.mean(axis=0)).ravel()
    squares = np.asarray(x.multiply(x).sum(axis=0)).ravel()
    spread = squares - n * mean**2  # the mean is taken out of sums, so that sparse values stay sparse
    products = np.asarray(x.multiply(neighbours @ x).sum(axis=0)).ravel()
    degree = np.asarray(neighbours.sum(axis=0)).ravel() + np.asarray(neighbours.sum(axis=1)).ravel()
    products = products - mean * (x.T @ degree) + mean**2 * total
    varies = (spread > 1e-9 * squares) & (total > 0)
    return np.divide(n * products, total * spread, out=np.full(len(spread), np.nan), where=varies)


def p_values(found: np.ndarray, neighbours: sp.csr_matrix) -> np.ndarray:
    """Return the one-sided p value of each I: how often chance makes neighbours at least as alike.

    Mean and variance are those of normally distributed values without any pattern (Cliff and Ord 1981, Spatial
    Processes, chapter 2).

    Parameters
    ----------
    found
        From :func:`morans_i`, (columns,).
    neighbours
        As there.
    """
    n, total = len(neighbours.indptr) - 1, neighbours.sum()
    both = neighbours + neighbours.T
    s1 = both.multiply(both).sum() / 2
    s2 = (np.asarray(neighbours.sum(axis=0)).ravel() + np.asarray(neighbours.sum(axis=1)).ravel()) @ np.asarray(
        both.sum(axis=1)
    ).ravel()
    expected = -1 / (n - 1)
    variance = (n**2 * s1 - n * s2 + 3 * total**2) / ((n**2 - 1) * total**2) - expected**2
    return norm.sf((found - expected) / np.sqrt(variance))
