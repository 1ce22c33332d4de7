"""Compositions of the spots of a section by one model over all of them.

As in :mod:`count_model`, expression b of gene g in spot s is a sum of the types' mean profiles m, seen through a factor
f_g that all spots share. A spot differs from a bulk in three things, and each has its term::

    b_s ~ N(F M' x_s,  F (D_s + P L P' / n_s) F · φ_s)    x_s ~ N(a, C) on x ≥ 0    log f_g ~ Student t(1)

* It holds few cells, n_s. D_s = Σ_t x_st v_tg / n_s + DISPERSION μ² + NOISE has the variance v_tg of gene g among
  single cells of type t (weights by it: Wang et al. 2019, Nat Commun 10:380). Genes vary together: P are the few
  directions in which cells of one type differ most (states, stress, quality) and L their variance, so that a state
  within a type is not taken for another type (generalised least squares). φ_s is the spot's own misfit.
* It holds few counts. The other spots tell what to expect where its own counts leave a choice: a and the diagonal C are
  estimated over all spots (empirical Bayes; hierarchy as in Kleshchevnikov et al. 2022, Nat Biotechnol 40:661). A
  gene's noise follows from the fit itself: of few counts, a fit that is too high by chance is given more noise and so
  less weight, which pulls fits and gene factors down. So the noise's mean over the section is mixed in, to the share
  DEPTH / (DEPTH + counts).
* A section has hundreds of spots: the factors are well determined. Most genes have one near 1 and a few a large one
  (ambient RNA, probes), whence the heavy tails; their scale is estimated, too.

All parts are updated in turn: x by non-negative least squares, f by a Newton step, a, C and the scale by
expectation-maximisation.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..numerics.nnls import nnls_gram
from .count_model import (
    FACTOR_VARIANCE,
    FEWEST_SAMPLES,
    LARGEST_LOG_FACTOR,
    NOISE,
    SETTLED,
    STEP,
    grams,
    start_coefficients,
)

DISPERSION = 0.1  # per 10 000: what profiles of dissociated cells miss of those in tissue
PROGRAMS = 4  # directions that cells of one type may differ in; with more, types themselves are explained away
ROUNDS = 30
LARGEST_MISFIT = 50.0  # of a gene, in multiples of the spot's mean: one gene does not decide on a spot's noise
DEPTH = 200.0  # counts of a spot at which its own fit and the section's mean say as much of its noise
RARE = 0.02  # per 10 000, added to a mean before its variance is taken
TINY = 1e-6  # variance of a share that all spots have alike
BLOCK = 1024  # spots held dense at once


class CellNoise(NamedTuple):
    """How single cells of one type differ from each other.

    Attributes
    ----------
    variance
        Variance of each gene's expression per 10 000 among the cells of a type, types × genes.
    programs
        Directions in which cells of all types differ most from their types' means, genes × programs.
    strength
        Variance along them beyond what independent genes show, (programs,).
    """

    variance: np.ndarray
    programs: np.ndarray
    strength: np.ndarray


def cell_noise(expression: sp.csr_matrix, codes: np.ndarray, means: np.ndarray) -> CellNoise:
    """Measure in a reference how cells of one type differ.

    The ratio of variance to mean of a gene is pooled over the types: a type of a few cells has no variance of its own
    that one could trust.

    Parameters
    ----------
    expression
        Linear expression per 10 000, cells × genes.
    codes
        Type of each cell, (cells,).
    means
        Mean expression of each type, types × genes.
    """
    values = expression.toarray().astype(np.float64)
    deviation = values - means[codes]
    sizes = np.bincount(codes, minlength=len(means))
    within = np.array([(deviation[codes == code] ** 2).sum(axis=0) for code in range(len(means))])  # sums of squares
    ratio = (within / (means + 5 * RARE)).sum(axis=0) / sizes.sum()
    variance = ratio * (means + RARE)
    scaled = deviation / np.sqrt(variance[codes] + NOISE)
    size, axes = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    # the largest eigenvalue of independent genes (Marchenko-Pastur)
    edge = (1 + np.sqrt(scaled.shape[1] / len(scaled))) ** 2
    found = min(PROGRAMS, int((size > edge).sum()))
    pooled = np.sqrt(sizes @ variance / sizes.sum())
    last = slice(len(size) - found, None)
    return CellNoise(variance, axes[:, last] * pooled[:, None], size[last] - 1)


class _Prior(NamedTuple):
    """What is expected of a spot before it is looked at: mean and variance of each coefficient, (types,) each."""

    mean: np.ndarray
    variance: np.ndarray


class _Usual(NamedTuple):
    """What a gene is like in the mean over the spots, (genes,) each: fitted mean, its variance, variance × misfit."""

    mean: np.ndarray
    variance: np.ndarray
    noise: np.ndarray


def fit(
    expression: sp.csr_matrix,
    means: np.ndarray,
    noise: CellNoise,
    cells: np.ndarray,
    counts: np.ndarray,
    *,
    rounds: int = ROUNDS,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit compositions and gene factors.

    Parameters
    ----------
    expression
        Linear expression per 10 000, spots × genes; every spot has some.
    means
        Mean expression of each type per 10 000, types × genes.
    noise
        From :func:`cell_noise`.
    cells
        Cells that each spot holds, (spots,).
    counts
        Counts of each spot in these genes, (spots,); infinite where they are not known.
    rounds
        Number of alternations.

    Returns
    -------
    Coefficients, spots × types (shares of mRNA up to a factor), and the logarithms of the gene factors, (genes,). Of
    fewer than 10 spots neither factors nor what spots have in common is estimated.
    """
    expression = sp.csr_matrix(expression, dtype=np.float64)
    many = expression.shape[0] >= FEWEST_SAMPLES
    x = start_coefficients(expression, means)
    log_factors, scale = np.zeros(means.shape[1]), FACTOR_VARIANCE
    few = DEPTH / (DEPTH + counts)
    prior = usual = None
    for turn in range(rounds):
        settled = many and turn >= SETTLED
        gain, curvature = np.zeros_like(log_factors), np.zeros_like(log_factors)
        uncertain, sums = np.zeros(len(means)), np.zeros((3, means.shape[1]))
        for first in range(0, len(x), BLOCK):
            rows = slice(first, first + BLOCK)
            values, factors = expression[rows].toarray(), np.exp(log_factors)
            x[rows], terms = _round(values, x[rows], means, noise, cells[rows], few[rows], factors, prior, usual)
            uncertain += terms[0]
            gain += terms[1]
            curvature += terms[2]
            sums += terms[3]
        if many:
            usual = _Usual(*(sums / len(x)))
        if settled:
            prior = _Prior(x.mean(axis=0), x.var(axis=0) + uncertain / len(x) + TINY)
            weight = 2 / (scale + log_factors**2)  # of a Student t with one degree of freedom
            newton = (gain - weight * log_factors) / (curvature + weight)
            log_factors = np.clip(log_factors + STEP * newton, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)
            scale = float(np.mean((log_factors**2 + 1 / (curvature + weight)) * weight * scale))
    return x, log_factors


def _round(values, x, means, noise, cells, few, factors, prior, usual) -> tuple[np.ndarray, tuple]:
    """Return new coefficients, spots × types, and sums over the spots.

    These are the coefficients' variances, (types,), the log factors' gradient and curvature, (genes,) each, and what
    :class:`_Usual` is the mean of, 3 × genes.
    """
    profiles, programs = means * factors, noise.programs * factors[:, None]
    mean = x @ profiles
    own = (x @ (noise.variance * factors**2)) / cells[:, None] + DISPERSION * mean**2 + NOISE
    squares = (values - mean) ** 2 / own
    most = LARGEST_MISFIT * squares.mean(axis=1, keepdims=True)
    misfit = np.minimum(squares, most).mean(axis=1, keepdims=True) + TINY
    few = few[:, None]
    variance = own if usual is None else (1 - few) * own + few * usual.variance
    precision = 1 / (variance * misfit)
    gram, inner = grams(precision, profiles), (precision * values) @ profiles.T
    if len(noise.strength):
        among = grams(precision, programs.T) + np.einsum("s,ij->sij", cells, np.diag(1 / noise.strength))
        # spots × types × programs
        across = np.stack([(precision * profile) @ programs for profile in profiles], axis=1)
        gain = across @ np.linalg.inv(among)
        gram -= gain @ across.transpose(0, 2, 1)
        inner -= np.einsum("stk,sk->st", gain, (precision * values) @ programs)
    uncertain = np.zeros(len(means))
    if prior is not None:
        gram += np.diag(1 / prior.variance)
        inner += prior.mean / prior.variance
        uncertain = np.einsum("stt->t", np.linalg.inv(gram))
    sums = np.stack([mean.sum(axis=0), own.sum(axis=0), (own * misfit).sum(axis=0)])
    x = (1 - STEP) * x + STEP * nnls_gram(gram, inner)
    mean = x @ profiles
    slope = precision * mean
    if usual is not None:
        slope = (1 - few) * slope + few * usual.mean / usual.noise
    return x, (uncertain, (slope * (values - mean)).sum(axis=0), (slope * np.maximum(mean, values)).sum(axis=0), sums)
