"""Moran's I: how alike neighbouring places are in the values of many genes at once."""

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

NEIGHBOURS = 6  # as the spots of a hexagonal lattice have


def nearest_neighbours(positions: np.ndarray, k: int = NEIGHBOURS) -> sp.csr_matrix:
    """Return weights of the ``k`` nearest neighbours of each place; rows sum to 1, a place is none of its own.

    Parameters
    ----------
    positions
        Places × 2, coordinate units.
    k
        Number of neighbours; all other places where there are fewer.

    Returns
    -------
    Places × places.
    """
    n = len(positions)
    k = min(k, n - 1)
    if k < 1:
        return sp.csr_matrix((n, n))
    nearest = cKDTree(positions).query(positions, k=k + 1)[1]
    itself = nearest == np.arange(n)[:, None]
    itself[~itself.any(axis=1), -1] = True  # of many places at one location, another one is met first
    others = nearest[~itself].reshape(n, k)
    return sp.csr_matrix((np.full(n * k, 1 / k), others.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))


def morans_i(values: sp.csr_matrix | np.ndarray, weights: sp.csr_matrix) -> np.ndarray:
    """Return Moran's I of each column: about 0 without a pattern, towards 1 where neighbours are alike.

    With z the values minus their mean, I = (n / Σ w) · Σ w_ij z_i z_j / Σ z_i² (Moran 1950, Biometrika 37:17). The mean
    is taken out of the sums, so that sparse values stay sparse.

    Parameters
    ----------
    values
        Places × genes.
    weights
        Places × places, not negative; zeros on the diagonal.

    Returns
    -------
    (genes,); NaN for a gene that is the same everywhere, and for all where no place has a neighbour.
    """
    x = sp.csc_matrix(values, dtype=np.float64)
    n, total = x.shape[0], weights.sum()
    if n == 0 or total == 0:
        return np.full(x.shape[1], np.nan)
    mean = np.asarray(x.mean(axis=0)).ravel()
    squares = np.asarray(x.multiply(x).sum(axis=0)).ravel() - n * mean**2
    products = np.asarray(x.multiply(weights @ x).sum(axis=0)).ravel()
    ends = np.asarray(weights.sum(axis=0)).ravel() + np.asarray(weights.sum(axis=1)).ravel()
    products = products - mean * (x.T @ ends) + mean**2 * total
    constant = squares <= 1e-9 * n * np.maximum(mean**2, 1e-12)
    return np.divide(n * products, total * squares, out=np.full(x.shape[1], np.nan), where=~constant)
