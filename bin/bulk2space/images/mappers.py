"""Generated cells that look like each imaged cell (step 2, images): one class for each way to find them.

All ways share one interface. ``fit(cells, section, target)`` learns the space in which both sides are compared;
``find(section)`` then looks up any block of imaged cells. So a large section is mapped block by block. The paper's way
(Methods, "Image-based in situ hybridization") is :class:`CombatNeighbors`.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import SMALLEST_SPREAD, standardize, unit_rows
from ..numerics.combat import align
from . import spaces
from .neighbors import empty_rows, nearest, weights, with_counts
from .states import Target

SMALLEST_WIDTH = 1e-12  # of a kernel: all k neighbours may be equal to the imaged cell


class Found(NamedTuple):
    """Neighbours of some imaged cells.

    Attributes
    ----------
    neighbors
        Weights, imaged cells × cells; rows sum to 1.
    cells, section
        Generated and imaged cells in the space in which they were compared, cells × axes and imaged cells × axes.
    """

    neighbors: sp.csr_matrix
    cells: np.ndarray
    section: np.ndarray


class Mapper(Protocol):
    """What the mapping asks of a mapper; ``k`` is the largest number of neighbours."""

    k: int

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: Target) -> "Mapper":
        """Learn the space in which generated and imaged cells are compared.

        Parameters
        ----------
        cells, section
            Log expression, cells × shared genes and imaged cells × shared genes: all imaged cells or a sample of them.
            Imaged cells without counts do not take part.
        target
            What tells the cells apart.
        """

    def find(self, section: sp.csr_matrix) -> Found:
        """Find the neighbours of imaged cells, given by their log expression, imaged cells × shared genes."""


class CosineNeighbors:
    """Weighted nearest neighbours by cosine distance along some axes of standardised genes.

    Each gene is standardised within each data set, which removes what a platform does to it.

    Parameters
    ----------
    values
        From log expression, rows × genes, to the values that are compared.
    axes
        From standardised values of both sides and what tells the cells apart to axes, genes × axes.
    k
        Neighbours of an imaged cell; fewer where there are fewer cells.
    """

    def __init__(
        self,
        values: Callable[[sp.csr_matrix], np.ndarray],
        axes: Callable[[np.ndarray, np.ndarray, Target], np.ndarray],
        *,
        k: int = 50,
    ):
        self.values, self.axes, self.k = values, axes, k

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: Target) -> "CosineNeighbors":
        """Learn scale and axes; parameters as for :class:`Mapper`."""
        cell, image = standardize(self.values(cells)), self.values(with_counts(section))
        self.mean_, self.spread_ = image.mean(axis=0), image.std(axis=0)
        self.axes_ = self.axes(cell, self._standard(image), target)
        self.cells_ = unit_rows(cell @ self.axes_)
        return self

    def find(self, section: sp.csr_matrix) -> Found:
        """Find the neighbours of imaged cells; parameters as for :class:`Mapper`."""
        place = unit_rows(self._standard(self.values(section)) @ self.axes_)
        distance, index = nearest(self.cells_, place, self.k, empty_rows(section))
        cosine = distance**2 / 2  # cosine distance of unit vectors
        # a Gaussian kernel with two standard deviations to the farthest of the k neighbours
        width = np.maximum(cosine[:, -1:], SMALLEST_WIDTH)
        weight = weights(np.exp(-((2 * cosine / width) ** 2) / 2), index, len(self.cells_))
        return Found(weight, self.cells_, place)

    def _standard(self, values: np.ndarray) -> np.ndarray:
        """Return imaged cells' values as z-scores of the section that was fitted."""
        centred = values - self.mean_
        return np.divide(centred, self.spread_, out=np.zeros_like(centred), where=self.spread_ > SMALLEST_SPREAD)


class CombatNeighbors:
    """The published mapping: ComBat with the section as reference batch, mean of the nearest cells.

    Parameters
    ----------
    k
        Neighbours of an imaged cell, by Euclidean distance; the paper's number.
    """

    def __init__(self, *, k: int = 10):
        self.k = k

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: Target | None = None) -> "CombatNeighbors":
        """Correct the cells towards the section; parameters as for :class:`Mapper`, but ``target`` is not used."""
        self.cells_ = align(cells.toarray(), with_counts(section).toarray().astype(np.float64))
        return self

    def find(self, section: sp.csr_matrix) -> Found:
        """Find the neighbours of imaged cells; parameters as for :class:`Mapper`."""
        place = section.toarray().astype(np.float64)
        index = nearest(self.cells_, place, self.k, empty_rows(section))[1]
        return Found(weights(np.ones(index.shape), index, len(self.cells_)), self.cells_, place)


CANDIDATES: dict[str, Callable[..., Mapper]] = {
    "neighbors": partial(CosineNeighbors, spaces.root_proportions, spaces.of_states_and_types),
    "states": partial(CosineNeighbors, spaces.root_proportions, spaces.of_states),
    "log_states": partial(CosineNeighbors, spaces.log_values, spaces.of_states),
    "components": partial(CosineNeighbors, spaces.log_values, spaces.components),
    "joint_components": partial(CosineNeighbors, spaces.root_proportions, spaces.joint_components),
}
"""Mappers that a section chooses from."""
COMBAT = "combat"
MAPPERS: dict[str, Callable[..., Mapper]] = CANDIDATES | {COMBAT: CombatNeighbors}
