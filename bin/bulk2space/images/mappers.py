"""Generated cells that look like each imaged cell (step 2, images), and the vote of these on its type.

Both mappers share one interface: ``fit(cells, section, target)`` takes log expression of the genes both have, and
what :func:`states` says of the cells; ``neighbors_`` then holds the weights. The paper's way (Methods, "Image-based in
situ hybridization") is :class:`CombatNeighbors`. The search is exact: NN-descent took longer at every size tried, and
found 91 to 98 % of the neighbours. Seconds of one thread, for 50 neighbours on 40 axes of random normal values, without
the 30 s that NN-descent takes to compile (other data and larger sets were not tried):

=======  =========  =====  ==========
imaged   generated  exact  NN-descent
=======  =========  =====  ==========
20 000   10 000     1.1    2.9
20 000   50 000     4.1    13.4
100 000  10 000     5.1    8.7
50 000   100 000    18.8   35.4
=======  =========  =====  ==========

``benchmarks/images.py --scale`` times both at the third of these sizes, on all threads.
"""

import logging

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import principal_axes, standardize, unit_rows
from ..numerics.combat import align
from ..numerics.scaling import factors_to
from .neighbors import empty_rows, nearest, weights

log = logging.getLogger(__name__)

PENALTIES = np.geomspace(1e-2, 1e2, 17)  # of the ridge, a cell


class KernelNeighbors:
    """Weighted nearest neighbours by cosine, in the space that tells the cells' states and types (the default).

    The square roots of the genes' shares of the panel are standardised in each data set by itself, which removes what a
    platform does to a gene and to a cell's total. Axes are learned on the cells, whose whole transcriptome is known:
    ridge regression of their states on the panel. ``benchmarks/images.py`` compares this with the published way.

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
        """Find the neighbours of each imaged cell.

        Parameters
        ----------
        cells, section
            Log expression, cells × shared genes and imaged cells × shared genes.
        target
            What tells the cells apart, cells × columns (:func:`states`).
        """
        cell, image = standardize(root_shares(cells)), standardize(root_shares(section))
        axes = principal_axes(cell, components=self.components)
        axes = axes @ telling_axes(cell @ axes, target)
        self.cells_, self.section_ = unit_rows(cell @ axes), unit_rows(image @ axes)
        distance, index = nearest(self.cells_, self.section_, self.k, empty_rows(section))
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
    cells_, section_ : corrected log expression, cells × genes and imaged cells × genes
    neighbors_ : csr, imaged cells × cells; rows sum to 1
    """

    def __init__(self, *, k: int = 10):
        self.k = k

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: np.ndarray | None = None) -> "CombatNeighbors":
        """Find the neighbours of each imaged cell; parameters as for :class:`KernelNeighbors`, ``target`` unused."""
        self.section_ = section.toarray().astype(np.float64)
        self.cells_ = align(cells.toarray(), self.section_)
        index = nearest(self.cells_, self.section_, self.k, empty_rows(section))[1]
        self.neighbors_ = weights(np.ones(index.shape), index, cells.shape[0])
        return self


MAPPERS = {"neighbors": KernelNeighbors, "combat": CombatNeighbors}


def root_shares(values: sp.csr_matrix) -> np.ndarray:
    """Return the square root of each gene's share of its row, rows × genes, float32, from log expression.

    The square root makes the spread of counts nearly the same for all genes (Anscombe 1948, Biometrika 35:246).
    """
    linear = sp.csr_matrix(values, dtype=np.float32).expm1()
    return np.sqrt((sp.diags_array(factors_to(1.0, linear)) @ linear).toarray()).astype(np.float32)


def states(expression: sp.csr_matrix, types: np.ndarray, *, components: int = 30, genes: int = 2_000) -> np.ndarray:
    """Describe the cells by what a panel should tell of them: their whole transcriptome, and their type.

    Parameters
    ----------
    expression
        Log expression of all genes, cells × genes.
    types
        Types of the cells, (cells,).
    components
        Largest number of principal components of the standardised genes.
    genes
        How many genes of the largest variance take part.

    Returns
    -------
    Cells × (components + types), float32: the components, then membership of each type. Both parts are centred and have
    the same mean squared length.
    """
    expression = sp.csr_matrix(expression, dtype=np.float32)
    mean = np.asarray(expression.mean(axis=0, dtype=np.float64)).ravel()
    variance = np.asarray(expression.power(2).mean(axis=0, dtype=np.float64)).ravel() - mean**2
    values = standardize(expression[:, np.sort(np.argsort(-variance, kind="stable")[:genes])].toarray())
    types = np.asarray(types, dtype=str)
    member = (types[:, None] == np.unique(types)).astype(np.float32)
    return np.hstack(
        [unit_power(values @ principal_axes(values, components=components)), unit_power(member - member.mean(axis=0))]
    )


def unit_power(values: np.ndarray) -> np.ndarray:
    """Scale all values by one factor, so that the rows' mean squared length is 1; zeros stay zero."""
    power = np.square(values).sum(axis=1).mean()
    return values / np.sqrt(power) if power > 0 else values


def telling_axes(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Regress the target on principal components, by ridge with a penalty from generalised cross-validation.

    Golub, Heath and Wahba 1979, Technometrics 21:215. The components are uncorrelated, so each is shrunk by itself.

    Parameters
    ----------
    scores
        Principal components of standardised values, cells × components.
    target
        Centred, cells × columns.

    Returns
    -------
    Coefficients, components × columns, float32.
    """
    power = np.square(scores, dtype=np.float64).sum(axis=0)
    shared = scores.T.astype(np.float64) @ target
    slopes = np.divide(shared, power[:, None], out=np.zeros_like(shared), where=power[:, None] > 0)
    explained = (slopes * shared).sum(axis=1)
    kept = power / (power + PENALTIES[:, None] * len(scores))  # penalties × components
    residual = np.square(target, dtype=np.float64).sum() - ((2 * kept - kept**2) * explained).sum(axis=1)
    error = residual / (1 - kept.sum(axis=1) / len(scores)) ** 2
    return (kept[error.argmin()][:, None] * slopes).astype(np.float32)
