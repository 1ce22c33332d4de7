"""Generated cells that look like each imaged cell (step 2, images), and what follows: transcriptome and type.

Both mappers share one interface: ``fit(cells, section)`` takes log expression of the genes both have and returns the
mapper, ``neighbors_`` then holds the weights. The paper's way (Methods, "Image-based in situ hybridization") is
:class:`CombatNeighbors`.
"""

import logging
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

from .combat import align
from .forest import principal_axes, standardize, unit_rows

log = logging.getLogger(__name__)

BLOCK = 2_000  # imaged cells whose predicted expression is computed at a time


class Votes(NamedTuple):
    """Cell types by the votes of neighbours.

    Attributes
    ----------
    cell_type
        Type with the largest share, (imaged cells,).
    score
        That share, 0..1.
    margin
        Its distance to the next type's share.
    """

    cell_type: np.ndarray
    score: np.ndarray
    margin: np.ndarray


class KernelNeighbors:
    """Weighted nearest neighbours by cosine among principal components of standardised genes (the default).

    Genes are standardised in each data set by itself, which removes what a platform does to a gene.

    Parameters
    ----------
    k
        Neighbours of an imaged cell; fewer where there are fewer cells.
    components
        Largest number of principal components of the cells.

    Attributes
    ----------
    neighbors_ : csr, imaged cells × cells; rows sum to 1
    """

    def __init__(self, *, k: int = 50, components: int = 30):
        self.k = k
        self.components = components

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix) -> "KernelNeighbors":
        """Find the neighbours of each imaged cell.

        Parameters
        ----------
        cells, section
            Log expression, cells × shared genes and imaged cells × shared genes.
        """
        cell, image = standardize(cells.toarray()), standardize(section.toarray())
        axes = principal_axes(cell, components=self.components)
        cell, image = unit_rows(cell @ axes), unit_rows(image @ axes)
        distance, index = nearest(cell, image, self.k, empty_rows(section))
        cosine = distance**2 / 2  # cosine distance of unit vectors
        # a Gaussian kernel as wide as the farthest of the k neighbours is away
        width = np.maximum(cosine[:, -1:], 1e-12)
        self.neighbors_ = weights(np.exp(-((2 * cosine / width) ** 2) / 2), index, len(cell))
        return self


class CombatNeighbors:
    """The published mapping: ComBat with the section as reference batch, mean of the nearest cells.

    Parameters
    ----------
    k
        Neighbours of an imaged cell, by Euclidean distance.

    Attributes
    ----------
    neighbors_ : csr, imaged cells × cells; rows sum to 1
    """

    def __init__(self, *, k: int = 10):
        self.k = k

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix) -> "CombatNeighbors":
        """Find the neighbours of each imaged cell; parameters as for :class:`KernelNeighbors`."""
        image = section.toarray().astype(np.float64)
        index = nearest(align(cells.toarray(), image), image, self.k, empty_rows(section))[1]
        self.neighbors_ = weights(np.ones(index.shape), index, cells.shape[0])
        return self


MAPPERS = {"neighbors": KernelNeighbors, "combat": CombatNeighbors}


def empty_rows(values: sp.csr_matrix) -> np.ndarray:
    """Tell which rows hold nothing but zeros, (rows,)."""
    return np.asarray(abs(values).sum(axis=1)).ravel() == 0


def nearest(cells: np.ndarray, section: np.ndarray, k: int, empty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the k nearest cells by Euclidean distance.

    Parameters
    ----------
    cells, section
        Coordinates, cells × axes and imaged cells × axes.
    k
        Number of neighbours; all cells where there are fewer.
    empty
        Imaged cells of which nothing is known, (imaged cells,): they get k cells spread evenly over the list, all at
        distance 1, so that they carry the average and their vote a low share.

    Returns
    -------
    Distances and row numbers, imaged cells × k, nearest first.
    """
    k = min(k, len(cells))
    distance, index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(cells).kneighbors(section)
    index[empty] = np.linspace(0, len(cells) - 1, k).round().astype(int)
    distance[empty] = 1.0
    return distance, index


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


def predict(neighbors: sp.csr_matrix, expression: sp.csr_matrix) -> sp.csr_matrix:
    """Return neighbour weights × log expression, imaged cells × genes, float32 and sparse, in blocks of rows."""
    expression = sp.csr_matrix(expression)
    starts = range(0, neighbors.shape[0], BLOCK)
    parts = [sp.csr_matrix(neighbors[s : s + BLOCK] @ expression, dtype=np.float32) for s in starts]
    return sp.csr_matrix(sp.vstack(parts, format="csr"))


def vote(neighbors: sp.csr_matrix, labels: np.ndarray) -> Votes:
    """Let the neighbours vote by weight on the type of each imaged cell.

    Parameters
    ----------
    neighbors
        Weights, imaged cells × cells.
    labels
        Types of the cells, (cells,).
    """
    types, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    member = sp.csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(types)))
    share = (neighbors @ member).toarray()
    order = np.sort(share, axis=1)
    second = order[:, -2] if len(types) > 1 else np.zeros(len(share))
    score = np.clip(order[:, -1], 0, 1)
    return Votes(types[share.argmax(axis=1)], score, np.clip(score - second, 0, 1))
