"""The nearest generated cells of each imaged cell, and their weights.

The search is exact. NN-descent took longer at every size tried, up to 100 000 imaged and 100 000 generated cells, and
missed some of the neighbours; ``benchmarks/images.py --scale`` times both.
"""

import numpy as np
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors


def empty_rows(values: sp.csr_matrix) -> np.ndarray:
    """Tell which rows hold nothing but zeros, (rows,)."""
    return np.asarray(abs(values).sum(axis=1)).ravel() == 0


def with_counts(values: sp.csr_matrix) -> sp.csr_matrix:
    """Return the rows that hold anything, all of them where none does: a cell without counts has no scale to learn."""
    empty = empty_rows(values)
    return values if empty.all() or not empty.any() else values[~empty]


def nearest(cells: np.ndarray, section: np.ndarray, k: int, empty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the k nearest cells by Euclidean distance.

    Parameters
    ----------
    cells, section
        Coordinates, cells × axes and imaged cells × axes.
    k
        Number of neighbours; all cells where there are fewer.
    empty
        Imaged cells of which nothing is known, (imaged cells,). They get k cells spread evenly over the list, all at
        distance 1. So they get the average expression, and their type a small part of the vote.

    Returns
    -------
    Distances and row numbers, imaged cells × k, nearest first.
    """
    k = min(k, len(cells))
    distance, index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(cells).kneighbors(section)
    index[empty] = np.linspace(0, len(cells) - 1, k).round().astype(int)
    distance[empty] = 1.0
    return distance, index


def heaviest(neighbors: sp.csr_matrix) -> sp.csr_matrix:
    """Return the heaviest neighbour of each row alone, with weight 1."""
    best = np.asarray(neighbors.argmax(axis=1)).ravel()
    return sp.csr_matrix((np.ones(len(best)), best, np.arange(len(best) + 1)), shape=neighbors.shape)


def weights(values: np.ndarray, index: np.ndarray, n_cells: int) -> sp.csr_matrix:
    """Build the matrix of neighbour weights, imaged cells × cells, rows summing to 1.

    Parameters
    ----------
    values, index
        Unnormalised weight and row number of each neighbour, imaged cells × k.
    n_cells
        Number of cells.
    """
    values = values / values.sum(axis=1, keepdims=True)
    ends = np.arange(len(index) + 1) * index.shape[1]
    matrix = sp.csr_matrix((values.ravel(), index.ravel(), ends), shape=(len(index), n_cells))
    matrix.sort_indices()
    return matrix
