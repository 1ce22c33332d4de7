"""Standardised columns, principal axes and rows of unit length."""

import numpy as np
from sklearn.utils.extmath import randomized_svd

SMALLEST_SPREAD = 1e-6  # standard deviation of a column that counts as constant


def standardize(values: np.ndarray) -> np.ndarray:
    """Return z-scores of each column; constant columns become zero."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > SMALLEST_SPREAD)


def principal_axes(values: np.ndarray, *, components: int) -> np.ndarray:
    """Return the first principal axes of standardised values, columns × components.

    There are fewer where rows or columns are few, but at least one.
    """
    number = max(1, min(components, *(size - 1 for size in values.shape)))
    return randomized_svd(values, number, random_state=0)[2].T.astype(np.float32)


def unit_rows(values: np.ndarray) -> np.ndarray:
    """Scale each row to length 1; rows of zeros stay zero."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.divide(values, length, out=np.zeros_like(values), where=length > 0)
