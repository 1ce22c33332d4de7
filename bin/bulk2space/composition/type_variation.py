"""Which types a gene varies in between the samples of a bulk, and by how much.

The bulk b of gene g in sample s is the sum of its types' expression x, and each x varies around a mean of the cohort::

    b_sg = Σ_t f_st x_stg + noise,    x_stg = m_tg + deviation,    m_tg around the reference's mean

One value a gene and sample cannot say which type deviates. All samples together can to some extent: a type's
deviations are seen where the sample holds much of the type. So every gene has one of these *patterns*: none of its
types varies; one does, by one of SCALES; or all do, independently. The probability of each follows from the gene's
values (Bayes' theorem), with prior probabilities from many genes (empirical Bayes). That expression by type and sample
is a posterior given bulk, fractions and a prior from the reference follows bMIND (Wang et al. 2021, Genome Res
31:1807), which samples it gene by gene; here all of it is in closed form.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .cohort_data import CohortData
from .count_model import grams
from .variation_patterns import Patterns

OFFSET = 0.02  # expression per 10 000 that is added to a mean before its variance is taken
PREPARATION = 0.01  # variance over the squared mean of a gene, from preparing a sample twice
BACKGROUND = 1e-6
OWN_MEAN_SD = 0.3  # of a type's mean in the cohort around the reference's, relative
ROUNDS = 3  # of means and patterns in turn


class Genes(NamedTuple):
    """Some genes of a cohort.

    Attributes
    ----------
    values
        Linear expression per 10 000, samples × genes.
    fraction, fraction_variance
        Of the mRNA, samples × types.
    count_noise
        As in CohortData.
    expected
        Mean of each type by the reference, types × genes.
    prior
        Inverse covariance of the types' means around these, genes × types × types.
    unit
        Variance that a scale of 1 means, types × genes.
    """

    values: np.ndarray
    fraction: np.ndarray
    fraction_variance: np.ndarray
    count_noise: np.ndarray
    expected: np.ndarray
    prior: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, data: CohortData, genes: np.ndarray) -> "Genes":
        """Take the genes at these positions."""
        expected = data.means[:, genes]
        own = (OWN_MEAN_SD * (expected + OFFSET)) ** 2 + data.variance[:, genes]
        shared = data.spread**2 * np.einsum("tg,ug->gtu", expected, expected)  # what the platform does to the gene
        prior = np.linalg.inv(shared + own.T[:, :, None] * np.eye(len(expected)))
        fractions = data.fractions
        return cls(
            data.bulk[:, genes].toarray().astype(float), fractions.steady, fractions.variance, data.count_noise,
            expected, prior, (expected + OFFSET) ** 2,
        )  # fmt: skip


class Fitted(NamedTuple):
    """What the samples say of some genes.

    Attributes
    ----------
    means, covariance
        Of the types in the cohort, types × genes and genes × types × types.
    probability
        Of each pattern, patterns × genes.
    noise
        Variance that is no type's, samples × genes.
    """

    means: np.ndarray
    covariance: np.ndarray
    probability: np.ndarray
    noise: np.ndarray


def fit(genes: Genes, patterns: Patterns, prior: np.ndarray, *, rounds: int = ROUNDS) -> Fitted:
    """Find the types' means in the cohort and the probability of each pattern, in turn.

    Parameters
    ----------
    genes
        Values and expectations.
    patterns, prior
        What may vary, and its probability before, (patterns,).
    rounds
        Number of turns.
    """
    means = genes.expected
    probability = np.repeat(prior[:, None], genes.values.shape[1], axis=1)
    for _ in range(rounds):
        noise = noise_of(genes, means)
        variance = (patterns.scales.T @ probability) * genes.unit  # types × genes
        precision = 1 / (noise + genes.fraction**2 @ variance)
        means, covariance = _means(genes, precision)
        squares = (genes.values - genes.fraction @ means) ** 2 + uncertainty(genes.fraction, covariance)
        probability = _probability(genes, patterns, prior, noise, squares)
    return Fitted(means, covariance, probability, noise)


def noise_of(genes: Genes, means: np.ndarray) -> np.ndarray:
    """Return the variance of the bulk that no type's variation explains, samples × genes."""
    means = np.maximum(means, 0)
    fitted = genes.fraction @ means
    of_fractions = genes.fraction_variance @ means**2
    return genes.count_noise * fitted + PREPARATION * fitted**2 + of_fractions + BACKGROUND


def uncertainty(fraction: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the variance of the fit because the types' means are uncertain, samples × genes."""
    left, right = np.triu_indices(fraction.shape[1])
    pairs = fraction[:, left] * fraction[:, right] * np.where(left == right, 1, 2)
    return pairs @ covariance[:, left, right].T


def variances(genes: Genes, patterns: Patterns, noise: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the variance of the bulk under each pattern, samples × genes."""
    squared = genes.fraction**2
    for scales in patterns.scales:
        yield noise + squared @ (scales[:, None] * genes.unit)


def _means(genes: Genes, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return posterior means and covariances of the types' means in the cohort."""
    covariance = np.linalg.inv(grams(precision.T, genes.fraction.T) + genes.prior)
    known = np.einsum("gtu,ug->gt", genes.prior, genes.expected)
    inner = (precision * genes.values).T @ genes.fraction + known
    return np.einsum("gtu,gu->tg", covariance, inner), covariance


def _probability(
    genes: Genes, patterns: Patterns, prior: np.ndarray, noise: np.ndarray, squares: np.ndarray
) -> np.ndarray:
    """Return the probability of each pattern given the squared residuals, patterns × genes."""
    logs = np.array([-0.5 * (np.log(v) + squares / v).sum(axis=0) for v in variances(genes, patterns, noise)])
    logs += np.log(prior)[:, None]
    logs -= logs.max(axis=0)
    weights = np.exp(logs)
    return weights / weights.sum(axis=0)
