"""A block of spots within the spot model: one step towards its compositions, and its say in what all spots share.

The model itself is described in :mod:`.spot_model`. All arrays may be those of NumPy, or of PyTorch on a GPU
(:mod:`..numerics.device`).
"""

from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace, device

from ..numerics.nnls import nnls_gram
from .cell_noise import CellNoise
from .count_model import BACKGROUND_VARIANCE, STEP, grams

# Expression is per 10 000 throughout.
LARGEST_MISFIT = 50.0  # of a gene, in multiples of the spot's mean: one gene must not decide on a spot's noise
TINY = 1e-6  # added to a misfit, so that no spot fits without noise


class Prior(NamedTuple):
    """What is expected of a spot before it is seen: mean and variance of each coefficient, (types,) each."""

    mean: np.ndarray
    variance: np.ndarray


class Way(NamedTuple):
    """How a section is fitted.

    Attributes
    ----------
    common_weights
        Whether a gene weighs the same in all spots, by its mean variance over the section, rather than by its variance
        at the spot's own fit.
    gene_factors
        Whether reference and section may catch a gene differently.
    dispersion
        Squared coefficient of variation that profiles of dissociated cells miss of those in tissue.
    """

    common_weights: bool = False
    gene_factors: bool = True
    dispersion: float = 0.1


class SectionMean(NamedTuple):
    """Means over the spots for each gene, (genes,) each.

    Attributes
    ----------
    mean, variance, noise
        Of the fitted mean, of its variance, and of its variance times the spot's misfit.
    misfit
        How far the gene is from its fits in units of their variance, relative to all genes: a gene that the types'
        profiles describe badly has less weight.
    """

    mean: np.ndarray
    variance: np.ndarray
    noise: np.ndarray
    misfit: np.ndarray


class Spots(NamedTuple):
    """A block of spots.

    Attributes
    ----------
    values
        Expression, spots × genes.
    cells
        Number of cells in each spot, (spots,).
    weight_of_section
        Weight of the section's mean noise beside the spot's own, 0 to 1, (spots,).
    around
        Coefficients that the surroundings let expect, spots × types; None where the prior's mean does.
    """

    values: np.ndarray
    cells: np.ndarray
    weight_of_section: np.ndarray
    around: np.ndarray | None = None

    def at(self, rows: np.ndarray) -> "Spots":
        """Return some of the spots."""
        around = None if self.around is None else self.around[rows]
        return Spots(self.values[rows], self.cells[rows], self.weight_of_section[rows], around)


class Profiles(NamedTuple):
    """The types as the section sees them, through the gene factors.

    Attributes
    ----------
    means
        Mean expression of each type, types × genes.
    noise
        How cells of one type differ.
    """

    means: np.ndarray
    noise: CellNoise


class Step(NamedTuple):
    """One step of a block of spots.

    Attributes
    ----------
    coefficients
        After the step, spots × types.
    variance
        Of each coefficient as spots and noise leave it open, without its bound at zero, spots × types.
    precision
        Weights of the genes that the step used, spots × genes.
    of_genes
        Sums over the spots of what :class:`SectionMean` is the mean of, before the step, 4 × genes.
    """

    coefficients: np.ndarray
    variance: np.ndarray
    precision: np.ndarray
    of_genes: np.ndarray


class Sums(NamedTuple):
    """Sums over spots of what the parameters of the whole section are updated from.

    Attributes
    ----------
    coefficient_variance
        Variance of the coefficients, (types,).
    gradient, curvature
        Derivatives with respect to the log gene factors, (genes,) each.
    of_genes
        What :class:`SectionMean` is the mean of, 4 × genes.
    """

    coefficient_variance: np.ndarray
    gradient: np.ndarray
    curvature: np.ndarray
    of_genes: np.ndarray

    @classmethod
    def zeros(cls, n_types: int, n_genes: int) -> "Sums":
        """Return sums over no spot."""
        return cls(np.zeros(n_types), np.zeros(n_genes), np.zeros(n_genes), np.zeros((4, n_genes)))

    def add(self, other: "Sums") -> None:
        """Add the sums of a block of spots, in place."""
        for own, more in zip(self, other, strict=True):
            own += more


def step(
    spots: Spots, x: np.ndarray, types: Profiles, prior: Prior | None, section: SectionMean | None, way: Way
) -> Step:
    """Move the coefficients of a block of spots towards their solution at the present weights.

    Parameters
    ----------
    spots
        The block.
    x
        Present coefficients, spots × types.
    types
        The types as the section sees them.
    prior, section
        From all spots; None where they are not estimated.
    way
        How the section is fitted.
    """
    xp = array_namespace(x)
    mean = x @ types.means
    own = (x @ types.noise.variance) / spots.cells[:, None] + way.dispersion * mean**2 + BACKGROUND_VARIANCE
    of_gene = xp.sum(_relative_squares(spots.values, mean, own), axis=0)
    own = own if section is None else own * section.misfit
    misfit = _misfit(spots.values, mean, own)
    weight = 1.0 if way.common_weights else spots.weight_of_section[:, None]
    variance = own if section is None else (1 - weight) * own + weight * section.variance
    precision = 1 / (variance * misfit)
    gram, inner = _normal_equations(spots, precision, types)
    if prior is not None:
        gram += _diagonal(1 / prior.variance)
        inner += (prior.mean if spots.around is None else spots.around) / prior.variance
    bounded = gram + _diagonal(xp.ones_like(x[0])) if prior is None else gram  # coefficients are proportions of mRNA
    open_variance = xp.linalg.diagonal(xp.linalg.inv(bounded))
    of_genes = xp.stack([xp.sum(mean, axis=0), xp.sum(own, axis=0), xp.sum(own * misfit, axis=0), of_gene])
    return Step((1 - STEP) * x + STEP * nnls_gram(gram, inner), open_variance, precision, of_genes)


def sums(spots: Spots, done: Step, types: Profiles, prior: Prior | None, section: SectionMean | None, way: Way) -> Sums:
    """Return what a block of spots says, after its step, of the parameters of the whole section."""
    xp = array_namespace(done.coefficients)
    mean = done.coefficients @ types.means
    slope = done.precision * mean
    if section is not None:
        weight = 1.0 if way.common_weights else spots.weight_of_section[:, None]
        slope = (1 - weight) * slope + weight * section.mean / section.noise
    gradient = xp.sum(slope * (spots.values - mean), axis=0)
    curvature = xp.sum(slope * xp.maximum(mean, spots.values), axis=0)
    coefficient_variance = xp.sum(done.variance, axis=0)
    if prior is None:
        coefficient_variance = xp.zeros_like(coefficient_variance)
    return Sums(coefficient_variance, gradient, curvature, done.of_genes)


def _diagonal(values: np.ndarray) -> np.ndarray:
    """Return the matrix with these values, (n,), on its diagonal, n × n."""
    return array_namespace(values).eye(len(values), dtype=values.dtype, device=device(values)) * values


def _relative_squares(values: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return squared residuals in units of their variance, relative to the spot's mean, spots × genes."""
    xp = array_namespace(values)
    squares = (values - mean) ** 2 / variance
    return xp.minimum(squares / (xp.mean(squares, axis=1, keepdims=True) + TINY), LARGEST_MISFIT)


def _misfit(values: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the mean squared residual of each spot in units of its variance, spots × 1; no gene dominates it."""
    xp = array_namespace(values)
    squares = (values - mean) ** 2 / variance
    most = LARGEST_MISFIT * xp.mean(squares, axis=1, keepdims=True)
    return xp.mean(xp.minimum(squares, most), axis=1, keepdims=True) + TINY


def _normal_equations(spots: Spots, precision: np.ndarray, types: Profiles) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrices (spots × types × types) and right-hand sides (spots × types) of generalised least squares.

    The programs add a covariance of low rank to the genes' independent noise; the Woodbury identity takes it out
    without a matrix of genes × genes.
    """
    xp = array_namespace(precision)
    profiles, noise = types
    gram, inner = grams(precision, profiles), (precision * spots.values) @ profiles.T
    if len(noise.strength):
        of_programs = spots.cells[:, None, None] * _diagonal(1 / noise.strength)
        among = grams(precision, noise.programs.T) + of_programs  # spots × programs × programs
        pairs = xp.reshape(profiles[:, None, :] * noise.programs.T, (-1, profiles.shape[1]))
        across = xp.reshape(precision @ pairs.T, (len(precision), len(profiles), -1))  # spots × types × programs
        gain = across @ xp.linalg.inv(among)
        gram -= gain @ xp.matrix_transpose(across)
        along = (precision * spots.values) @ noise.programs
        inner -= (gain @ along[:, :, None])[:, :, 0]
    return gram, inner
