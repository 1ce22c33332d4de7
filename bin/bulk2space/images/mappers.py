"""Generated cells that look like each imaged cell (step 2, images).

Both mappers share one interface: ``fit(cells, section, target)`` takes log expression of the genes that both sides
have, and what :func:`.states.states` says of the cells; it returns the mapper, whose ``neighbors_`` then holds the
weights. The paper's way (Methods, "Image-based in situ hybridization") is :class:`CombatNeighbors`.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import principal_axes, standardize, unit_rows
from ..numerics.combat import align
from ..numerics.scaling import factors_to
from .neighbors import empty_rows, nearest, weights
from .ridge import ridge_coefficients

SMALLEST_WIDTH = 1e-12  # of a kernel: all k neighbours may be equal to the imaged cell


class Mapper(Protocol):
    """What the mapping asks of a mapper.

    Attributes
    ----------
    k
        Largest number of neighbours.
    cells_, section_
        Generated and imaged cells in the space in which they are compared, cells × axes and imaged cells × axes.
    neighbors_
        Weights, imaged cells × cells; rows sum to 1.
    """

    k: int
    cells_: np.ndarray
    section_: np.ndarray
    neighbors_: sp.csr_matrix

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: np.ndarray) -> "Mapper":
        """Find the neighbours of each imaged cell.

        Parameters
        ----------
        cells, section
            Log expression, cells × shared genes and imaged cells × shared genes.
        target
            What tells the cells apart, cells × columns (:func:`.states.states`).
        """


class Way(NamedTuple):
    """How a section is mapped.

    Attributes
    ----------
    mapper
        Makes an unfitted mapper.
    predicting
        From the neighbours' weights to those that predict expression.
    """

    mapper: Callable[[], Mapper]
    predicting: Callable[[sp.csr_matrix], sp.csr_matrix] = lambda neighbors: neighbors


class KernelNeighbors:
    """Weighted nearest neighbours by cosine, in the space that tells the cells' states and types (the default).

    Each gene counts by the square root of its proportion of the panel's counts, standardised within each data set. This
    removes what a platform does to a gene and to a cell's total. Axes are learned on the generated cells, whose whole
    transcriptome is known: ridge regression of their states on the panel. ``benchmarks/images.py`` compares this with
    the published way.

    Parameters
    ----------
    k
        Neighbours of an imaged cell; fewer where there are fewer cells.
    components
        Largest number of principal components of the panel that enter the regression.

    Attributes
    ----------
    cells_, section_ : cells × axes and imaged cells × axes, rows of length 1
    neighbors_ : csr, imaged cells × cells; rows sum to 1
    """

    def __init__(self, *, k: int = 50, components: int = 200):
        self.k = k
        self.components = components

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: np.ndarray) -> "KernelNeighbors":
        """Find the neighbours of each imaged cell; parameters as for :class:`Mapper`."""
        cell, image = standardize(root_proportions(cells)), standardize(root_proportions(section))
        axes = principal_axes(cell, components=self.components)
        axes = axes @ ridge_coefficients(cell @ axes, target)
        self.cells_, self.section_ = unit_rows(cell @ axes), unit_rows(image @ axes)
        distance, index = nearest(self.cells_, self.section_, self.k, empty_rows(section))
        cosine = distance**2 / 2  # cosine distance of unit vectors
        # a Gaussian kernel with two standard deviations to the farthest of the k neighbours
        width = np.maximum(cosine[:, -1:], SMALLEST_WIDTH)
        self.neighbors_ = weights(np.exp(-((2 * cosine / width) ** 2) / 2), index, len(cell))
        return self


class CombatNeighbors:
    """The published mapping: ComBat with the section as reference batch, mean of the nearest cells.

    Parameters
    ----------
    k
        Neighbours of an imaged cell, by Euclidean distance; the paper's number.

    Attributes
    ----------
    cells_, section_ : corrected log expression, cells × genes and imaged cells × genes
    neighbors_ : csr, imaged cells × cells; rows sum to 1
    """

    def __init__(self, *, k: int = 10):
        self.k = k

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: np.ndarray | None = None) -> "CombatNeighbors":
        """Find the neighbours of each imaged cell; parameters as for :class:`Mapper`, but ``target`` is not used."""
        self.section_ = section.toarray().astype(np.float64)
        self.cells_ = align(cells.toarray(), self.section_)
        index = nearest(self.cells_, self.section_, self.k, empty_rows(section))[1]
        self.neighbors_ = weights(np.ones(index.shape), index, cells.shape[0])
        return self


MAPPERS: dict[str, type[Mapper]] = {"neighbors": KernelNeighbors, "combat": CombatNeighbors}


def root_proportions(values: sp.csr_matrix) -> np.ndarray:
    """Return the square root of each gene's proportion of its row, rows × genes, float32, from log expression.

    The square root makes the spread of counts nearly the same for all genes (Anscombe 1948, Biometrika 35:246).
    """
    linear = sp.csr_matrix(values, dtype=np.float32).expm1()
    return np.sqrt((sp.diags_array(factors_to(1.0, linear)) @ linear).toarray()).astype(np.float32)
