"""Spots that touch and hold few counts: counts pooled with those of the spots around.

A pooled spot is a weighted sum of itself, with weight 1, and its neighbours. The weights fall with the distance as a
Gaussian does. Pooled counts of a large section are made block by block.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ..numerics.lattice import neighbour_distance
from ..numerics.scaling import TARGET_SUM, totals
from .spot_model import Measured

SMALLEST_WEIGHT = 0.01  # of a neighbour; smaller ones count as zero
TINY = 1e-9


class Touching(NamedTuple):
    """Spots that touch, and how they lie.

    Attributes
    ----------
    counts
        In the genes of the fit, spots × genes; a spot may have none.
    library
        Counts of each spot in all genes, (spots,).
    cells
        Number of cells that each spot holds, (spots,).
    spatial
        Centres of the spots, spots × 2.
    """

    counts: sp.csr_matrix
    library: np.ndarray
    cells: np.ndarray
    spatial: np.ndarray

    def at(self, rows: np.ndarray) -> "Touching":
        """Return some of the spots."""
        return Touching(*(part[rows] for part in self))

    def of(self, genes: np.ndarray) -> "Touching":
        """Return the spots with some of their genes."""
        return self._replace(counts=self.counts[:, genes])


class Pooled:
    """Touching spots whose counts are pooled, made as :class:`.Measured` for the spots that are asked for.

    A weighted sum is as noisy as a plain sum of ``(Σ w n)² / Σ w² n`` cells or counts; these are its numbers.

    Parameters
    ----------
    spots
        All spots of the section.
    weights
        Of the spots in the rows, rows × spots.
    around
        Coefficients that the surroundings let expect, rows × types; None where only the whole section does.
    """

    def __init__(self, spots: Touching, weights: sp.csr_matrix, around: np.ndarray | None = None):
        self._spots, self._weights, self._around = spots, weights, around
        self.cells = self._number(spots.cells)
        self._counts = self._number(totals(spots.counts))

    def __len__(self) -> int:
        return len(self.cells)

    def at(self, rows: np.ndarray | slice) -> Measured:
        """Return some of the pooled spots."""
        weights = self._weights[rows]
        scale = TARGET_SUM / np.maximum(weights @ self._spots.library, TINY)
        around = None if self._around is None else self._around[rows]
        expression = sp.csr_matrix(sp.diags(scale) @ (weights @ self._spots.counts))
        return Measured(expression, self.cells[rows], self._counts[rows], around)

    def _number(self, each: np.ndarray) -> np.ndarray:
        """Return how many cells or counts a plain sum of the same noise has, (rows,), at least a trace."""
        squares = self._weights.multiply(self._weights) @ each
        return np.maximum((self._weights @ each) ** 2 / np.maximum(squares, TINY), TINY)


def weights_within(spatial: np.ndarray, width: float) -> sp.csr_matrix:
    """Return the weight of each spot in each pooled one, spots × spots; a spot's own is 1.

    Parameters
    ----------
    spatial
        Centres of the spots, spots × 2.
    width
        Standard deviation of the Gaussian, in distances of neighbouring spots.
    """
    deviation = width * neighbour_distance(spatial)
    reach = deviation * np.sqrt(-2 * np.log(SMALLEST_WEIGHT))
    tree = cKDTree(spatial)
    apart = tree.sparse_distance_matrix(tree, reach, output_type="coo_matrix")
    apart.data = np.exp(-(apart.data**2) / (2 * deviation**2))
    return sp.csr_matrix(apart)
