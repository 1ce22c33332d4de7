"""Compositions by a count model with one factor a gene, fitted to all samples of a file together.

The model says of gene g in sample s, where m is the mean profile of type t in the reference::

    b_sg = f_g Σ_t x_st m_tg + noise,    variance ∝ μ + DISPERSION · μ²    (negative binomial's mean-variance relation)

* ``f_g`` is what two laboratories or instruments measure differently in this gene. Samples of one file share it; its
  logarithm is normal around zero. In fewer than FEWEST_SAMPLES it is one: what a handful of samples show of a gene
  cannot be told from their composition.
* ``x_st ≥ 0`` has the scale-free prior x^-SPARSITY: a type that the sample needs less than 2 √SPARSITY standard errors
  of gets nothing. Without it least squares hands small shares to types that are not there.

Weighted least squares of x and a Newton step of f alternate (iteratively reweighted least squares: McCullagh and
Nelder 1989, chapter 2; a platform factor a gene: Cable et al. 2022, Nat Biotechnol 40:517; the sparse prior as a
reweighted ridge: Tipping 2001, JMLR 1:211).
"""

import numpy as np
import scipy.sparse as sp

from ..numerics.nnls import nnls_gram

DISPERSION = 0.03  # per 10 000: above a mean of 33 the noise grows with the mean, as between two laboratories
NOISE = 0.1  # per 10 000: variance of a gene that no type expresses
FACTOR_VARIANCE = 0.5  # of a gene's log factor: two thirds of the genes lie within a factor of two
LARGEST_LOG_FACTOR = 4.0
FEWEST_SAMPLES = 10  # that factors are estimated from
SPARSITY = 2.0
ROUNDS = 50  # later rounds trade factors for composition without explaining the data better
STEP = 0.5
SETTLED = 3  # the round from which factors and the sparse prior take part
SMALLEST_SHARE = 1e-4  # what the prior has shrunk to less is zero
BLOCK = 1024  # samples held dense at once
MEDIAN_CHI2 = 0.455  # of one squared standard normal value


def variance(mean: np.ndarray) -> np.ndarray:
    """Return the model's variance of expression per 10 000 at a mean, same shape."""
    return mean + DISPERSION * mean**2 + NOISE


def fit(
    expression: sp.csr_matrix,
    means: np.ndarray,
    *,
    start: np.ndarray | None = None,
    log_factors: np.ndarray | None = None,
    gene_weights: np.ndarray | None = None,
    sparsity: float = SPARSITY,
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
        Coefficients to start from, samples × types; without them least squares on genes scaled by their largest mean.
    log_factors
        Logarithms of the gene factors to start from, (genes,); without them zeros.
    gene_weights
        How often each gene counts, (genes,); without them once.
    sparsity
        Exponent of the prior of the coefficients; 0 for none.
    rounds
        Number of alternations.

    Returns
    -------
    Coefficients, samples × types, and the logarithms of the gene factors, (genes,).
    """
    expression = sp.csr_matrix(expression, dtype=np.float64)
    weights = np.ones(means.shape[1]) if gene_weights is None else gene_weights
    x = start_coefficients(expression, means) if start is None else start.copy()
    factors = np.zeros(means.shape[1]) if log_factors is None else log_factors.copy()
    late = start is not None  # the start has been through the first rounds already
    for turn in range(rounds):
        settled = late or turn >= SETTLED
        profiles = means * np.exp(factors)
        gain, curvature = np.zeros_like(factors), np.zeros_like(factors)
        for first in range(0, expression.shape[0], BLOCK):
            rows = slice(first, first + BLOCK)
            values = expression[rows].toarray()
            x[rows], terms = _round(values, x[rows], profiles, weights, sparsity if settled else 0.0)
            gain += terms[0]
            curvature += terms[1]
        if settled and expression.shape[0] >= FEWEST_SAMPLES:
            newton = (gain - factors / FACTOR_VARIANCE) / (curvature + 1 / FACTOR_VARIANCE)
            factors = np.clip(factors + STEP * newton, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)
    if sparsity:
        x = np.where(x < SMALLEST_SHARE * x.sum(axis=1, keepdims=True), 0, x)
    return x, factors


def start_coefficients(expression: sp.csr_matrix, means: np.ndarray) -> np.ndarray:
    """Return coefficients by least squares on genes scaled by their largest type mean, samples × types."""
    scale = 1 / (means.max(axis=0) + 1)
    design = means * scale
    return nnls_gram(design @ design.T, expression @ (design * scale).T)


def _round(values, x, profiles, weights, sparsity) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return new coefficients (samples × types), and gradient and curvature for the log factors ((genes,) each)."""
    mean = x @ profiles
    precision = 1 / variance(mean)
    spread = np.median(precision * (values - mean) ** 2, axis=1, keepdims=True) / MEDIAN_CHI2 + 1e-9  # (samples, 1)
    precision *= weights
    gram = grams(precision, profiles)
    if sparsity:
        ridge = sparsity * spread / (x**2 + (1e-3 * x.sum(axis=1, keepdims=True)) ** 2 + 1e-12)
        gram += ridge[:, :, None] * np.eye(len(profiles))
    x = (1 - STEP) * x + STEP * nnls_gram(gram, (precision * values) @ profiles.T)
    mean = x @ profiles
    slope = precision / spread * mean
    return x, ((slope * (values - mean)).sum(axis=0), (slope * np.maximum(mean, values)).sum(axis=0))


def grams(precision: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Return Σ_g w_sg m_tg m_ug of each sample, samples × types × types."""
    n = len(profiles)
    left, right = np.triu_indices(n)
    halves = precision @ (profiles[left] * profiles[right]).T  # samples × pairs of types
    grams = np.empty((len(precision), n, n))
    grams[:, left, right] = halves
    grams[:, right, left] = halves
    return grams
