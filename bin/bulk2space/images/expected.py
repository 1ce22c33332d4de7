"""The expression that is expected of a generated cell: its source's, smoothed over the reference cells most like it.

A generated cell's own counts are drawn at random, and so a mean over neighbours carries their noise. Its expectation
predicts better (``make bench-images`` compares both).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

NEAREST = 15  # reference cells of the type that a cell is smoothed over, itself among them
OWN = 0.5  # part of the cell's own expression


class Expected(NamedTuple):
    """Expected expression of generated cells, as weights of reference cells: never a matrix of cells × genes.

    Attributes
    ----------
    of_cells
        Weights of the reference cells, cells × reference cells; rows sum to 1.
    expression
        Log expression, reference cells × genes.
    sources
        Names of the reference cells, (reference cells,).
    """

    of_cells: sp.csr_matrix
    expression: sp.csr_matrix
    sources: np.ndarray

    def some(self, rows: np.ndarray) -> "Expected":
        """Return some of the cells."""
        return self._replace(of_cells=self.of_cells[rows])

    def without(self, sources: np.ndarray) -> "Expected":
        """Return what is expected when some reference cells are not known; none of them is a cell's own source."""
        known = sp.csr_matrix(self.of_cells @ sp.diags_array((~np.isin(self.sources, sources)).astype(np.float32)))
        return self._replace(of_cells=_rows_to_one(known))

    def predicted(self, neighbors: sp.csr_matrix) -> np.ndarray:
        """Return the mean over neighbours, imaged cells × genes, dense, from weights, imaged cells × cells."""
        return (sp.csr_matrix(neighbors @ self.of_cells) @ self.expression).toarray()

    def of_genes(self, columns: np.ndarray) -> np.ndarray:
        """Return the expected expression of a few genes, cells × columns, dense."""
        return (self.of_cells @ self.expression[:, columns]).toarray()


def as_drawn(expression: sp.csr_matrix, sources: np.ndarray) -> Expected:
    """Return the cells' own expression, cells × genes, where each was drawn from one of the ``sources``, (cells,)."""
    return Expected(sp.eye_array(expression.shape[0], format="csr", dtype=np.float32), expression, sources)


def smoothed(
    expression: sp.csr_matrix, codes: np.ndarray, states: np.ndarray, names: np.ndarray, sources: np.ndarray
) -> Expected:
    """Return each cell's expectation: half its source, half the mean of the reference cells of its type most like it.

    Parameters
    ----------
    expression
        Log expression, reference cells × genes.
    codes, states
        Type and state of each reference cell, (reference cells,) and reference cells × axes.
    names
        Of the reference cells, (reference cells,).
    sources
        Name of the source of each generated cell, (cells,); all are among the names.
    """
    rows, columns, values = [np.arange(len(codes))], [np.arange(len(codes))], [np.full(len(codes), OWN)]
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        number = min(NEAREST, len(own))
        near = NearestNeighbors(n_neighbors=number, algorithm="brute").fit(states[own]).kneighbors(states[own])[1]
        rows.append(np.repeat(own, number))
        columns.append(own[near].ravel())
        values.append(np.full(near.size, (1 - OWN) / number))
    entries = np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns))
    matrix = sp.csr_matrix(entries, shape=(len(codes), len(codes)))
    return Expected(matrix[pd.Index(names).get_indexer(sources)], expression, names)


def _rows_to_one(weights: sp.csr_matrix) -> sp.csr_matrix:
    sums = np.asarray(weights.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags_array(np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)) @ weights)
