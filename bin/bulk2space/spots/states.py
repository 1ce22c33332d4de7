"""States of spots: how their cells differ from the mean cells of their types, along programs of many genes.

A program is a direction in which cells of one type differ from each other (stress, maturation, quality), learned from
the reference. A few programs move many genes together, so the genes that a section measures well tell a spot's state,
and the state says what to expect of every other gene.
"""

from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..composition.cell_noise import CellNoise, cell_noise
from ..composition.count_model import BACKGROUND_VARIANCE, grams
from ..contract.expression import linear
from ..contract.keys import Obs
from ..numerics.groups import indicator, type_means

# Expression is per 10 000 throughout.
MOST_CELLS = 2_000  # reference cells that programs are learned from
MOST_GENES = 1_000  # measured genes that tell a state: those that vary most within types
DISPERSION = 0.1  # what profiles of dissociated cells miss of those in tissue
LARGEST_MISFIT = 50.0  # of a gene, in multiples of the spot's mean: one gene must not decide on a spot's noise
SMALL_MEAN = 0.01  # added to both means of a gene's factor


class Programs(NamedTuple):
    """Programs of a reference.

    Attributes
    ----------
    genes
        Columns of the reference by which states are told.
    means
        Mean expression of the types in these genes, types × genes.
    noise
        How cells of one type differ in these genes; its programs are the directions.
    effects
        What one unit of each program adds to each gene of the reference, all genes × programs.
    """

    genes: np.ndarray
    means: np.ndarray
    noise: CellNoise
    effects: np.ndarray


def programs(reference: ad.AnnData, measured: np.ndarray, rng: np.random.Generator) -> Programs:
    """Learn the programs of a reference (generalised least squares as in :mod:`..composition.spot_model`).

    Parameters
    ----------
    reference
        Annotated cells.
    measured
        Columns of the genes that the section measures.
    rng
        Draws the cells to learn from.
    """
    rows = np.sort(rng.permutation(reference.n_obs)[:MOST_CELLS])
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    types, means = type_means(linear(reference), labels)
    values, codes = linear(reference[rows]), np.searchsorted(types, labels[rows])
    genes = measured[_most_varying(values[:, measured], codes, means[:, measured])]
    noise = cell_noise(values[:, genes], codes, means[:, genes])
    of_types = np.eye(len(types))[codes]
    told = states(values[:, genes], of_types, np.ones(len(rows)), Programs(genes, means[:, genes], noise, means.T))
    own = indicator(codes, len(types)) @ told  # sums of the states over each type
    together = (values.T @ told) - means.T @ own  # genes × programs: of deviations and states
    spread = told.T @ told
    effects = np.linalg.solve(spread, together.T).T if len(spread) else np.zeros((reference.n_vars, 0))
    return Programs(genes, means[:, genes], noise, effects)


def states(
    expression: sp.csr_matrix,
    rna_fraction: np.ndarray,
    cells: np.ndarray,
    learned: Programs,
    factors: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Return the expected state of each spot given its genes, spots × programs (posterior mean; 0 is the mean cell).

    Parameters
    ----------
    expression
        Linear expression per 10 000 of a block of spots, spots × genes of ``learned``.
    rna_fraction
        Proportions of the mRNA, spots × types.
    cells
        Number of cells of each spot, (spots,): the mean of many cells varies less.
    learned
        The programs.
    factors
        What the section measures more of each gene than the reference, (genes,).
    """
    noise, number = learned.noise, np.maximum(cells, 1)[:, None]
    mean = rna_fraction @ learned.means
    residual = expression.toarray() / factors - mean
    variance = (rna_fraction @ noise.variance) / number + DISPERSION * mean**2 + BACKGROUND_VARIANCE
    squares = residual**2 / variance
    most = LARGEST_MISFIT * squares.mean(axis=1, keepdims=True)
    precision = 1 / (variance * np.maximum(np.minimum(squares, most).mean(axis=1, keepdims=True), SMALL_MEAN))
    prior = np.einsum("s,ij->sij", number[:, 0], np.diag(1 / noise.strength))
    inner = (precision * residual) @ noise.programs
    return np.linalg.solve(grams(precision, noise.programs.T) + prior, inner[:, :, None])[:, :, 0]


def gene_factors(measured: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the ratio of a section's mean expression to the expected one, (genes,)."""
    return (measured + SMALL_MEAN) / (expected + SMALL_MEAN)


def _most_varying(values: sp.csr_matrix, codes: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the sorted columns whose expression exceeds a Poisson gene's variance within types the most."""
    sizes = np.bincount(codes, minlength=len(means))
    squares = np.asarray(values.multiply(values).sum(axis=0)).ravel() - sizes @ means**2
    ratio = squares / (sizes @ means + sizes.sum() * SMALL_MEAN)
    return np.sort(np.argsort(-ratio, kind="stable")[:MOST_GENES])
