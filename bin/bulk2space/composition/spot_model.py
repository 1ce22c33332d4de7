"""The spot model: compositions of all spots of a section together.

As in :mod:`.count_model`, expression b of gene g in spot s is a sum of the types' mean profiles m, seen through a
factor f_g that all spots share. A spot differs from a bulk in three ways, and the model has a term for each::

    b_s ~ N(F M' x_s,  F (D_s + P L P' / n_s) F · φ_s)    x_s ~ N(a, C) on x ≥ 0    log f_g ~ Student t(1)

* It holds few cells, n_s. D_s = Σ_t x_st v_tg / n_s + DISPERSION μ² + BACKGROUND_VARIANCE contains the variance v_tg of
  gene g among single cells of type t (weights by this variance: Wang et al. 2019, Nat Commun 10:380). Genes also vary
  together: P holds the few directions in which cells of one type differ most (states, stress, quality), and L their
  variance. So a state within a type is not mistaken for another type (generalised least squares). φ_s is the spot's own
  misfit.
* It holds few counts. Where these leave a choice, the other spots say what to expect: a and the diagonal C are
  estimated over all spots (empirical Bayes; hierarchy as in Kleshchevnikov et al. 2022, Nat Biotechnol 40:661). A
  gene's noise follows from the fit itself. With few counts, a fit that is too high by chance gets more noise and so
  less weight, which biases fits and gene factors downwards. So the section's mean noise is mixed in with the weight
  TRUSTED_COUNTS / (TRUSTED_COUNTS + counts).
* A section has hundreds of spots, so the gene factors are well determined. Most lie near 1 and a few are large (ambient
  RNA, probes): hence the heavy tails. Their scale is estimated, too.

All parts are updated in turn: x by non-negative least squares, f by a Newton step, a, C and the scale by
expectation-maximisation.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..numerics.nnls import nnls_gram
from .cell_noise import CellNoise
from .count_model import (
    BACKGROUND_VARIANCE,
    FEWEST_SAMPLES,
    FIRST_SETTLED_ROUND,
    LARGEST_LOG_FACTOR,
    LOG_FACTOR_VARIANCE,
    STEP,
    grams,
    start_coefficients,
)

# Expression is per 10 000 throughout.
DISPERSION = 0.1  # what profiles of dissociated cells miss of those in tissue
ROUNDS = 30
LARGEST_MISFIT = 50.0  # of a gene, in multiples of the spot's mean: one gene must not decide on a spot's noise
# Number of counts of a spot at which its own fit and the section's mean have equal weight in its noise. Chosen on the
# tuning sets: 1 000 helps shallow spots more, but makes the placed cells of the olfactory bulb worse.
TRUSTED_COUNTS = 200.0
TINY = 1e-6  # variance of a coefficient that all spots have alike
SPOTS_PER_BLOCK = 1024  # made dense at once


class Fit(NamedTuple):
    """Fitted spots.

    Attributes
    ----------
    coefficients
        Proportions of mRNA up to one factor per spot, spots × types.
    log_factors
        Logarithms of the gene factors, (genes,).
    deviation
        Standard deviation of each coefficient as spots and noise leave it open, without its bound at zero, spots ×
        types.
    """

    coefficients: np.ndarray
    log_factors: np.ndarray
    deviation: np.ndarray


class _Prior(NamedTuple):
    """What is expected of a spot before it is seen: mean and variance of each coefficient, (types,) each."""

    mean: np.ndarray
    variance: np.ndarray


class _SectionMean(NamedTuple):
    """Means over the spots for each gene, (genes,) each: fitted mean, its variance, variance times misfit."""

    mean: np.ndarray
    variance: np.ndarray
    noise: np.ndarray


class _Sums(NamedTuple):
    """Sums over spots of what the parameters of the whole section are updated from.

    Attributes
    ----------
    coefficient_variance
        Variance of the coefficients, (types,).
    gradient, curvature
        Derivatives with respect to the log gene factors, (genes,) each.
    of_genes
        What :class:`_SectionMean` is the mean of, 3 × genes.
    """

    coefficient_variance: np.ndarray
    gradient: np.ndarray
    curvature: np.ndarray
    of_genes: np.ndarray

    @classmethod
    def zeros(cls, n_types: int, n_genes: int) -> "_Sums":
        """Return sums over no spot."""
        return cls(np.zeros(n_types), np.zeros(n_genes), np.zeros(n_genes), np.zeros((3, n_genes)))

    def add(self, other: "_Sums") -> None:
        """Add the sums of a block of spots, in place."""
        for own, more in zip(self, other, strict=True):
            own += more


class _Spots(NamedTuple):
    """A block of spots.

    Attributes
    ----------
    values
        Expression, spots × genes.
    cells
        Number of cells in each spot, (spots,).
    weight_of_section
        Weight of the section's mean noise beside the spot's own, 0 to 1, (spots,).
    """

    values: np.ndarray
    cells: np.ndarray
    weight_of_section: np.ndarray


def fit(
    expression: sp.csr_matrix,
    means: np.ndarray,
    noise: CellNoise,
    cells: np.ndarray,
    counts: np.ndarray,
    *,
    rounds: int = ROUNDS,
) -> Fit:
    """Fit compositions and gene factors.

    Parameters
    ----------
    expression
        Linear expression per 10 000, spots × genes; every spot has some.
    means
        Mean expression of each type per 10 000, types × genes.
    noise
        From :func:`.cell_noise.cell_noise`.
    cells
        Number of cells that each spot holds, (spots,).
    counts
        Counts of each spot in these genes, (spots,); infinite where they are not known.
    rounds
        Number of alternations.

    Returns
    -------
    The fit. From fewer than 10 spots, neither gene factors nor what spots have in common is estimated.
    """
    expression = sp.csr_matrix(expression, dtype=np.float64)
    many = expression.shape[0] >= FEWEST_SAMPLES
    x = start_coefficients(expression, means)
    deviation = np.zeros_like(x)
    log_factors, scale = np.zeros(means.shape[1]), LOG_FACTOR_VARIANCE
    weight_of_section = TRUSTED_COUNTS / (TRUSTED_COUNTS + counts)
    prior = section = None
    for turn in range(rounds):
        sums, factors = _Sums.zeros(*means.shape), np.exp(log_factors)
        for first in range(0, len(x), SPOTS_PER_BLOCK):
            rows = slice(first, first + SPOTS_PER_BLOCK)
            block = _Spots(expression[rows].toarray(), cells[rows], weight_of_section[rows])
            x[rows], deviation[rows], of_block = _update(
                block, x[rows], means * factors, _seen_through(noise, factors), prior, section
            )
            sums.add(of_block)
        if many:
            section = _SectionMean(*(sums.of_genes / len(x)))
        if many and turn >= FIRST_SETTLED_ROUND:
            prior = _Prior(x.mean(axis=0), x.var(axis=0) + sums.coefficient_variance / len(x) + TINY)
            log_factors, scale = _factor_step(log_factors, scale, sums)
    return Fit(x, log_factors, deviation)


def _seen_through(noise: CellNoise, factors: np.ndarray) -> CellNoise:
    """Return the noise of expression after the gene factors, (genes,)."""
    return CellNoise(noise.variance * factors**2, noise.programs * factors[:, None], noise.strength)


def _factor_step(log_factors: np.ndarray, scale: float, sums: _Sums) -> tuple[np.ndarray, float]:
    """Return new log gene factors, (genes,), by a Newton step, and the new scale of their distribution."""
    weight = 2 / (scale + log_factors**2)  # of a Student t with one degree of freedom
    newton = (sums.gradient - weight * log_factors) / (sums.curvature + weight)
    log_factors = np.clip(log_factors + STEP * newton, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)
    return log_factors, float(np.mean((log_factors**2 + 1 / (sums.curvature + weight)) * weight * scale))


def _update(
    spots: _Spots,
    x: np.ndarray,
    profiles: np.ndarray,
    noise: CellNoise,
    prior: _Prior | None,
    section: _SectionMean | None,
) -> tuple[np.ndarray, np.ndarray, _Sums]:
    """Solve for the coefficients of a block of spots at the present weights.

    Parameters
    ----------
    spots
        The block.
    x
        Present coefficients, spots × types.
    profiles, noise
        Of the types, seen through the gene factors.
    prior, section
        From all spots in the round before; None where they are not estimated.

    Returns
    -------
    New coefficients and their standard deviation, spots × types each, and the block's sums.
    """
    values = spots.values
    mean = x @ profiles
    own = (x @ noise.variance) / spots.cells[:, None] + DISPERSION * mean**2 + BACKGROUND_VARIANCE
    misfit = _misfit(values, mean, own)
    weight = spots.weight_of_section[:, None]
    variance = own if section is None else (1 - weight) * own + weight * section.variance
    precision = 1 / (variance * misfit)
    gram, inner = _normal_equations(spots, precision, profiles, noise)
    if prior is not None:
        gram += np.diag(1 / prior.variance)
        inner += prior.mean / prior.variance
    bounded = gram + np.eye(len(profiles)) if prior is None else gram  # coefficients are proportions of mRNA
    open_variance = np.einsum("stt->st", np.linalg.inv(bounded))
    of_genes = np.stack([mean.sum(axis=0), own.sum(axis=0), (own * misfit).sum(axis=0)])
    x = (1 - STEP) * x + STEP * nnls_gram(gram, inner)
    mean = x @ profiles
    slope = precision * mean
    if section is not None:
        slope = (1 - weight) * slope + weight * section.mean / section.noise
    gradient = (slope * (values - mean)).sum(axis=0)
    curvature = (slope * np.maximum(mean, values)).sum(axis=0)
    coefficient_variance = np.zeros(len(profiles)) if prior is None else open_variance.sum(axis=0)
    return x, np.sqrt(open_variance), _Sums(coefficient_variance, gradient, curvature, of_genes)


def _misfit(values: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the mean squared residual of each spot in units of its variance, spots × 1; no gene dominates it."""
    squares = (values - mean) ** 2 / variance
    most = LARGEST_MISFIT * squares.mean(axis=1, keepdims=True)
    return np.minimum(squares, most).mean(axis=1, keepdims=True) + TINY


def _normal_equations(
    spots: _Spots, precision: np.ndarray, profiles: np.ndarray, noise: CellNoise
) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrices (spots × types × types) and right-hand sides (spots × types) of generalised least squares.

    The programs add a covariance of low rank to the genes' independent noise; the Woodbury identity takes it out
    without a matrix of genes × genes.
    """
    gram, inner = grams(precision, profiles), (precision * spots.values) @ profiles.T
    if len(noise.strength):
        of_programs = np.einsum("s,ij->sij", spots.cells, np.diag(1 / noise.strength))
        among = grams(precision, noise.programs.T) + of_programs  # spots × programs × programs
        # spots × types × programs
        across = np.stack([(precision * profile) @ noise.programs for profile in profiles], axis=1)
        gain = across @ np.linalg.inv(among)
        gram -= gain @ across.transpose(0, 2, 1)
        inner -= np.einsum("stk,sk->st", gain, (precision * spots.values) @ noise.programs)
    return gram, inner
