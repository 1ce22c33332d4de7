"""Expression of each cell type in each bulk sample: posterior mean and standard deviation, and what a bulk can tell."""

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .cohort_data import SAMPLES_FOR_FACTORS, CohortData
from .type_variation import Fitted, Genes, fit, uncertainty, variances
from .variation_patterns import Patterns

log = logging.getLogger(__name__)

RESOLVABLE = 0.6
"""Expected correlation of estimate and truth over the samples from which a gene is resolvable for a type. Chosen on the
tuning sets of the benchmark of expression by type (docs/benchmarks/expression.md)."""
WIDENED = 1.4
"""By how much errors are larger than the model says, which knows nothing of cells drawn into a sample, or of types that
vary together. With it, 95 % intervals of resolvable genes hold 95 % on average of the benchmark's tuning sets."""
VALUES_AT_ONCE = 60_000  # samples × genes
GENES_FOR_PRIOR, MOST_EXPRESSED = 700, 3000
ROUNDS_OF_PRIOR = 6


class TypeBlock(NamedTuple):
    """Some genes of the result.

    Attributes
    ----------
    genes
        Where they are among all.
    mean, sd
        Posterior of linear expression per 10 000, types × samples × genes.
    correlation
        Expected correlation of estimate and truth over the samples, types × genes.
    """

    genes: slice
    mean: np.ndarray
    sd: np.ndarray
    correlation: np.ndarray


def expression_by_type(data: CohortData, rows: np.ndarray) -> Iterator[TypeBlock]:
    """Yield the expression of each type, some genes at a time.

    Parameters
    ----------
    data
        The cohort; all its samples take part.
    rows
        Positions of the samples that are yielded, in order.
    """
    patterns = Patterns.of(data.means.shape[0])
    prior = prior_of(data, patterns)
    step = max(VALUES_AT_ONCE // len(data.count_noise), 32)
    for start in range(0, len(data.genes), step):
        found = np.arange(start, min(start + step, len(data.genes)))
        genes = Genes.of(data, found)
        yield _posterior(slice(start, start + len(found)), genes, patterns, fit(genes, patterns, prior), rows)


def prior_of(data: CohortData, patterns: Patterns) -> np.ndarray:
    """Return how frequent each pattern is among well expressed genes of the cohort, (patterns,).

    A file of fewer than SAMPLES_FOR_FACTORS samples keeps the patterns' own prior.
    """
    prior = patterns.prior()
    if len(data.count_noise) < SAMPLES_FOR_FACTORS:
        return prior
    expressed = np.argsort(-(data.fractions.steady @ data.means).mean(axis=0), kind="stable")[:MOST_EXPRESSED]
    genes = Genes.of(data, expressed[:: max(len(expressed) // GENES_FOR_PRIOR, 1)])
    for _ in range(ROUNDS_OF_PRIOR):
        prior = patterns.pooled(fit(genes, patterns, prior, rounds=2).probability)
    log.info("patterns of variation: none %.2f, one type %.2f, all types %.2f", *_by_kind(prior, patterns))
    return prior


def _by_kind(prior: np.ndarray, patterns: Patterns) -> tuple[float, float, float]:
    """Return the probabilities that no type varies, one, and all."""
    varying = (patterns.scales > patterns.scales.min()).sum(axis=1)
    several = varying > 1 if patterns.scales.shape[1] > 1 else np.zeros(len(varying), dtype=bool)
    return prior[varying == 0].sum(), prior[(varying == 1) & ~several].sum(), prior[several].sum()


def _posterior(where: slice, genes: Genes, patterns: Patterns, found: Fitted, rows: np.ndarray) -> TypeBlock:
    """Return mean, standard deviation and expected correlation, each over all patterns by their probability."""
    fraction, unit = genes.fraction.T[:, :, None], genes.unit[:, None]  # types × samples × 1, types × 1 × genes
    unsure = uncertainty(genes.fraction, found.covariance)  # samples × genes
    variance = np.stack(list(variances(genes, patterns, found.noise)))  # patterns × samples × genes
    weight, scales = found.probability[:, None], patterns.scales.T  # types × patterns
    once, twice = weight / variance, weight / variance**2
    # of the factor by which the residual is added to a type's mean, over the patterns: mean and mean square
    gain = fraction * unit * _over(scales, once)
    squared = (fraction * unit) ** 2 * _over(scales**2, twice)
    rest = unit * (scales @ found.probability)[:, None] - (fraction * unit) ** 2 * _over(scales**2, once)
    correlation = fraction * np.sqrt(unit) * _over(np.sqrt(scales), weight / np.sqrt(variance + unsure))
    residual = genes.values - genes.fraction @ found.means
    across = (genes.fraction @ found.covariance).transpose(2, 1, 0)  # types × samples × genes
    of_means = np.einsum("gtt->tg", found.covariance)[:, None] - 2 * gain * across + gain**2 * unsure
    total = rest + (squared - gain**2) * residual**2 + of_means
    mean = found.means[:, None] + gain * residual
    sd = WIDENED * np.sqrt(np.maximum(total, 0))
    return TypeBlock(where, np.maximum(mean, 0)[:, rows], sd[:, rows], correlation.mean(axis=1))


def _over(scales: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the sums of values, patterns × samples × genes, times scales, types × patterns."""
    return np.tensordot(scales, values, axes=1)
