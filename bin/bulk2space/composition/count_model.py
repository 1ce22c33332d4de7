"""The count model: compositions of all samples of a file together, with one factor per gene.

The model describes expression b of gene g in sample s by the mean profiles m of the types t in the reference::

    b_sg = f_g Σ_t x_st m_tg + noise,    variance ∝ μ + d · μ²    (as in a negative binomial distribution)

* The noise has heavy tails: it follows Student's t distribution with DEGREES degrees of freedom. So single genes that
  do not fit (ambient RNA, genes that tissue switches on) lose their weight (Lange et al. 1989, J Am Stat Assoc 84:881).
* The dispersion d says how much of the noise grows with expression. See :mod:`.bulk_model`, which chooses it.
* ``f_g`` is what two laboratories or instruments measure differently in this gene. Samples of one file share it; its
  logarithm is normally distributed around zero. In a file of fewer than FEWEST_SAMPLES samples it is fixed at one: in
  so few samples, a gene's factor cannot be told from their composition.
* ``x_st ≥ 0`` has the scale-free prior x^-SPARSITY. It removes a type that a sample needs by less than 2 √SPARSITY
  standard errors. Without it, least squares gives small proportions to types that are absent.

Weighted least squares for x and a Newton step for f alternate (iteratively reweighted least squares: McCullagh and
Nelder 1989, chapter 2; one platform factor per gene: Cable et al. 2022, Nat Biotechnol 40:517; the sparse prior as a
reweighted ridge: Tipping 2001, JMLR 1:211).
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from array_api_compat import array_namespace, device

from ..numerics.nnls import nnls_gram

# Expression is per 10 000 throughout.
DISPERSION = 0.03  # above a mean of 33 the standard deviation grows with the mean, as between two laboratories
BACKGROUND_VARIANCE = 0.1  # of a gene that no type expresses
LOG_FACTOR_VARIANCE = 0.5  # two thirds of the genes lie within a factor of two
LARGEST_LOG_FACTOR = 4.0
FEWEST_SAMPLES = 10  # from which gene factors are estimated
SPARSITY = 0.5  # exponent of the prior on coefficients
DEGREES = 8.0  # of freedom of the noise
ROUNDS = 50  # more rounds trade factors for composition without explaining the data better
STEP = 0.5  # part of the way to the new solution that each round takes
FIRST_SETTLED_ROUND = 3  # from which factors and the sparse prior take part
SMALLEST_COEFFICIENT = 1e-4  # relative to the sample's sum; what the prior has shrunk further is zero
SAMPLES_PER_BLOCK = 1024  # made dense at once
MEDIAN_OF_CHI_SQUARED = 0.455  # median of the square of one standard normal value
SMALLEST_NOISE = 1e-9
TINY = 1e-12


class _FactorStep(NamedTuple):
    """Derivatives of the log likelihood with respect to the log gene factors, (genes,) each."""

    gradient: np.ndarray
    curvature: np.ndarray


class _Noise(NamedTuple):
    """How often each gene counts, (genes,), the dispersion, and the degrees of freedom."""

    gene_weights: np.ndarray
    dispersion: float
    degrees: float


def variance(mean: np.ndarray, dispersion: float = DISPERSION) -> np.ndarray:
    """Return the model's variance of expression per 10 000 at a mean, in the mean's shape."""
    return mean + dispersion * mean**2 + BACKGROUND_VARIANCE


def fit(
    expression: sp.csr_matrix,
    means: np.ndarray,
    *,
    start: np.ndarray | None = None,
    log_factors: np.ndarray | None = None,
    gene_weights: np.ndarray | None = None,
    dispersion: float = DISPERSION,
    sparsity: float = SPARSITY,
    degrees: float = DEGREES,
    rounds: int = ROUNDS,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit compositions and gene factors.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    means
        Mean expression of each type per 10 000, types × genes.
    start
        Coefficients to start from, samples × types. By default least squares on genes scaled by their largest mean.
    log_factors
        Logarithms of the gene factors to start from, (genes,); zeros by default.
    gene_weights
        How often each gene counts, (genes,); once by default.
    dispersion
        Part of the noise that grows with expression: d above.
    sparsity
        Exponent of the prior on the coefficients; 0 for no prior.
    degrees
        Degrees of freedom of the noise; infinite for normal noise, in which each gene keeps its weight.
    rounds
        Number of alternations.

    Returns
    -------
    Coefficients, samples × types, and the logarithms of the gene factors, (genes,).
    """
    expression = sp.csr_matrix(expression, dtype=np.float64)
    noise = _Noise(np.ones(means.shape[1]) if gene_weights is None else gene_weights, dispersion, degrees)
    x = start_coefficients(expression, means) if start is None else start.copy()
    factors = np.zeros(means.shape[1]) if log_factors is None else log_factors.copy()
    first_settled = FIRST_SETTLED_ROUND if start is None else 0  # a given start has been through the first rounds
    for turn in range(rounds):
        settled = turn >= first_settled
        profiles = means * np.exp(factors)
        gradient, curvature = np.zeros_like(factors), np.zeros_like(factors)
        for first in range(0, expression.shape[0], SAMPLES_PER_BLOCK):
            rows = slice(first, first + SAMPLES_PER_BLOCK)
            values = expression[rows].toarray()
            x[rows], step = _update(values, x[rows], profiles, noise, sparsity if settled else 0.0)
            gradient += step.gradient
            curvature += step.curvature
        if settled and expression.shape[0] >= FEWEST_SAMPLES:
            newton = (gradient - factors / LOG_FACTOR_VARIANCE) / (curvature + 1 / LOG_FACTOR_VARIANCE)
            factors = np.clip(factors + STEP * newton, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)
    if sparsity:
        x = np.where(x < SMALLEST_COEFFICIENT * x.sum(axis=1, keepdims=True), 0, x)
    return x, factors


def start_coefficients(expression: sp.csr_matrix, means: np.ndarray) -> np.ndarray:
    """Return coefficients by least squares on genes scaled by their largest type mean, samples × types."""
    scale = 1 / (means.max(axis=0) + 1)
    design = means * scale
    return nnls_gram(design @ design.T, expression @ (design * scale).T)


def _update(
    values: np.ndarray,
    x: np.ndarray,
    profiles: np.ndarray,
    noise: _Noise,
    sparsity: float,
) -> tuple[np.ndarray, _FactorStep]:
    """Solve for the coefficients at the present weights.

    Parameters
    ----------
    values
        Expression, samples × genes.
    x
        Present coefficients, samples × types.
    profiles
        Mean expression of each type times the gene factors, types × genes.
    noise
        Of the model.
    sparsity
        Exponent of the prior.

    Returns
    -------
    New coefficients, samples × types, and what the samples say of the gene factors.
    """
    mean = x @ profiles
    precision = 1 / variance(mean, noise.dispersion)
    squares = precision * (values - mean) ** 2
    level = noise_of(squares, noise.gene_weights)
    precision *= noise.gene_weights * (1 + 1 / noise.degrees) / (1 + squares / level / noise.degrees)
    gram = grams(precision, profiles)
    if sparsity:
        ridge = sparsity * level / (x**2 + (1e-3 * x.sum(axis=1, keepdims=True)) ** 2 + TINY)
        gram += ridge[:, :, None] * np.eye(len(profiles))
    x = (1 - STEP) * x + STEP * nnls_gram(gram, (precision * values) @ profiles.T)
    mean = x @ profiles
    slope = precision / level * mean
    return x, _FactorStep((slope * (values - mean)).sum(axis=0), (slope * np.maximum(mean, values)).sum(axis=0))


def noise_of(squares: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the noise of each sample in multiples of the model's variance, samples × 1; its median is robust.

    Parameters
    ----------
    squares
        Squared residuals over the variance, samples × genes.
    weights
        How often each gene counts, (genes,); genes of weight 0 take no part.
    """
    return np.median(squares[:, weights > 0], axis=1, keepdims=True) / MEDIAN_OF_CHI_SQUARED + SMALLEST_NOISE


def log_likelihood(expression: sp.csr_matrix, mean: np.ndarray, gene_weights: np.ndarray, dispersion: float) -> float:
    """Return the mean log likelihood of a fit over samples and genes, up to a constant.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    mean
        The fit to it, with gene factors, samples × genes.
    gene_weights, dispersion
        As in :func:`fit`.
    """
    total = 0.0
    for first in range(0, expression.shape[0], SAMPLES_PER_BLOCK):
        rows = slice(first, first + SAMPLES_PER_BLOCK)
        of_model = variance(mean[rows], dispersion)
        squares = (expression[rows].toarray() - mean[rows]) ** 2 / of_model
        noise = noise_of(squares, gene_weights)
        logs = -(DEGREES + 1) / 2 * np.log1p(squares / noise / DEGREES) - 0.5 * np.log(noise * of_model)
        total += float((logs @ gene_weights).sum())
    return total / (expression.shape[0] * gene_weights.sum())


def grams(precision: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Return Σ_g w_sg m_tg m_ug of each sample, samples × types × types.

    Parameters
    ----------
    precision
        Weights w, samples × genes, an array of NumPy or PyTorch.
    profiles
        m, types × genes, one of the same.
    """
    xp = array_namespace(precision)
    n = len(profiles)
    left, right = (xp.asarray(rows, device=device(precision)) for rows in np.triu_indices(n))
    halves = precision @ (profiles[left] * profiles[right]).T  # samples × pairs of types
    grams = xp.empty((len(precision), n, n), dtype=halves.dtype, device=device(precision))
    grams[:, left, right] = halves
    grams[:, right, left] = halves
    return grams
