"""Correlations row by row."""

import numpy as np

CONSTANT = 1e-12  # product of the lengths of two centred rows, below which a row is constant


def of_rows(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of each row of one table with the same row of another, (rows,).

    It is 0 where a row is constant.

    Parameters
    ----------
    first, second
        Tables of one shape.
    """
    first, second = (values - values.mean(axis=1, keepdims=True) for values in (first, second))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > CONSTANT)
