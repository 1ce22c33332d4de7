"""Proportions: numbers scaled to sum 1, and rounded to whole cells."""

import numpy as np


def rows_to_one(values: np.ndarray) -> np.ndarray:
    """Scale the last axis of non-negative values to sum 1; zeros stay zero."""
    totals = values.sum(axis=-1, keepdims=True)
    return np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)


def largest_remainder(proportions: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Round proportions to whole cells so that every row has exactly its total.

    Parameters
    ----------
    proportions
        Rows × types; each row is first scaled to sum 1. A row of zeros gets no cells.
    totals
        Number of cells of each row, (rows,).

    Returns
    -------
    Whole numbers, rows × types. Of equal remainders, the larger proportion, then the earlier type, comes first.
    """
    shares = rows_to_one(np.asarray(proportions, dtype=float))
    quota = shares * np.asarray(totals, dtype=float)[:, None]
    whole = np.floor(quota + 1e-9).astype(np.int64)
    missing = np.where(shares.sum(axis=1) > 0, np.asarray(totals, dtype=np.int64), 0) - whole.sum(axis=1)
    remainder = np.round(quota - whole, 9)
    columns = np.broadcast_to(np.arange(shares.shape[1]), shares.shape)
    order = np.lexsort((columns, -shares, -remainder), axis=1)
    place = np.argsort(order, axis=1)
    return whole + (place < missing[:, None])
