"""Moran's I: how alike the values of neighbouring places are."""

import numpy as np
import scipy.sparse as sp
from scipy.stats import pearson3

from .dealt_at_random import FEWEST_PLACES, moments


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


def p_values(found: np.ndarray, values: sp.csr_matrix | np.ndarray, neighbours: sp.csr_matrix) -> np.ndarray:
    """Return the one-sided p value of each I: how often chance makes neighbours at least as alike.

    Chance deals the same values to the places at random. Few values above 0, or some much larger than the others, make
    a large I more frequent than a normal distribution has it. So the distribution has their skewness, too (Pearson's
    type III).

    Parameters
    ----------
    found
        From :func:`morans_i`, (columns,).
    values, neighbours
        As there.

    Returns
    -------
    (columns,); NaN where I is, and for all where there are too few places to tell chance.
    """
    if len(neighbours.indptr) - 1 < FEWEST_PLACES:
        return np.full(len(found), np.nan)
    x = sp.csr_matrix(values, dtype=np.float64)
    chance = moments(x, neighbours)
    mean = np.asarray(x.mean(axis=0)).ravel()
    spread = np.asarray(x.multiply(x).sum(axis=0)).ravel() - x.shape[0] * mean**2
    products = found * spread * neighbours.sum() / x.shape[0]  # Σ w_ij z_i z_j
    with np.errstate(invalid="ignore", divide="ignore"):
        standard = (products - chance.mean) / chance.deviation
    p = pearson3.sf(standard, chance.skewness)
    return np.where(np.isnan(found), np.nan, p)
