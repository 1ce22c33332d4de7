"""Which cell type's expression of a gene changes with a factor, told from all samples of a bulk at once.

If type t changes gene g by a log2 fold β per unit of a factor x, the log2 ratio y of bulk and expectation in sample s
changes by as much of it as the type supplies there (its share w of the gene's expectation)::

    y_sg = β w_stg x_s + other factors + Σ_u n_sug δ_ug + noise,    δ ~ N(0, 1)

An interaction of factor and proportion tells the types apart, as in TOAST (Li et al. 2019, Bioinformatics 35:3898) and
CARseq (Jin et al. 2021, Nat Comput Sci 1:253). The δ are new here: the mean of type u may be wrong by about as much as
the type, or all types on average, express. If the composition changes with the factor, such an error looks like a
change of expression. Because the model allows it, only a change beyond it counts.
"""

from typing import NamedTuple

import numpy as np

from .moderation import Prior, prior_of_variances
from .regression import ALMOST_ONE, Estimates

OFFSET = 0.3  # expression per 10 000 that is added before logarithms: genes near 0 have no ratio
WRONG_MEAN = 1.0
"""Standard deviation of the error of a type's mean, over this mean plus that of the gene in all samples. Chosen on the
tuning sets of the benchmark (docs/benchmarks/differences.md)."""
VARIANCE_BEFORE, ROUNDS = 0.05, 3
MOST_VALUES = 10_000_000  # of one block: genes × samples × types
TINY = 1e-12
SMALLEST_VARIANCE = 1e-5


class TypeChanges(NamedTuple):
    """Changes of genes if they are those of one type alone; arrays of genes × types.

    Attributes
    ----------
    effect
        Log2 fold per unit of the factor.
    length
        Precision of the effect, times the variance.
    robust
        HC3 standard error (MacKinnon and White 1985).
    rest
        Sum of squares that is left, errors of means included.
    freedom
        Degrees of freedom of these.
    """

    effect: np.ndarray
    length: np.ndarray
    robust: np.ndarray
    rest: np.ndarray
    freedom: int

    def estimates(self, tested: np.ndarray) -> Estimates:
        """Return the tests of some genes and types, (tested,).

        The variance is moderated, and the standard error is the larger of two, as in :func:`.regression.fit`.

        Parameters
        ----------
        tested
            Genes × types.
        """
        prior, variance = self._variances(tested)
        plain = np.sqrt(prior.moderated(variance, self.freedom) / self.length)[tested]
        robust, gained = self.robust[tested], self.freedom + prior.freedom
        return Estimates(self.effect[tested], np.maximum(plain, robust), np.where(robust > plain, self.freedom, gained))

    def told(self, tested: np.ndarray, clearly: float) -> np.ndarray:
        """Return the type whose change explains each gene best, (genes,), as a position; -1 where none is told.

        Parameters
        ----------
        tested
            Genes × types: those whose variances say what is usual.
        clearly
            Log likelihood ratio to every other type that is needed.
        """
        prior, variance = self._variances(tested)
        ordered = np.sort(np.pad(self.rest, ((0, 0), (0, 1)), constant_values=np.inf), axis=1)
        usual = prior.moderated(variance.min(axis=1), self.freedom)
        ahead = (ordered[:, 1] - ordered[:, 0]) / (2 * usual)
        return np.where(ahead >= clearly, self.rest.argmin(axis=1), -1)

    def _variances(self, tested: np.ndarray) -> tuple[Prior, np.ndarray]:
        """Return what variances are usual, and those of all genes and types."""
        variance = self.rest / self.freedom
        return prior_of_variances(variance[tested], self.freedom), variance


def type_changes(
    bulk: np.ndarray, fractions: np.ndarray, means: np.ndarray, factor: np.ndarray, others: np.ndarray
) -> TypeChanges:
    """Fit the change of each gene in each type alone.

    Parameters
    ----------
    bulk
        Linear expression per 10 000, samples × genes.
    fractions
        Proportions of the mRNA, samples × types.
    means
        Mean expression of the types in the cohort, types × genes.
    factor
        What is tested: the term's column of the model, (samples,).
    others
        The other columns of the model, samples × coefficients, with the constant.
    """
    own = factor - others @ np.linalg.lstsq(others, factor, rcond=None)[0]  # what other factors do not explain
    unit = own.std()
    step = max(MOST_VALUES // fractions.size, 1)
    parts = []
    for start in range(0, bulk.shape[1], step):
        genes = slice(start, start + step)
        parts.append(_fit(*_shares(bulk[:, genes], fractions, means[:, genes]), own / unit, others))
    effect, length, robust, rest = (np.concatenate(values) for values in zip(*parts, strict=True))
    return TypeChanges(effect / unit, length * unit**2, robust / unit, rest, len(bulk) - others.shape[1] - 1)


def supplied(fractions: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the part of each gene's expression that each type supplies in all samples, genes × types."""
    of_types = fractions.mean(axis=0)[:, None] * means
    return (of_types / (of_types.sum(axis=0) + OFFSET)).T


def _shares(bulk: np.ndarray, fractions: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log2 of bulk over expectation, genes × samples, shares of types and of wrong means, with × types."""
    expected = fractions @ means
    ratio = np.log2((bulk + OFFSET) / (expected + OFFSET)).T
    relative = fractions.T[:, :, None] / (expected + OFFSET)  # types × samples × genes
    shares = relative * means[:, None]
    wrong = WRONG_MEAN * (shares + relative * expected.mean(axis=0))
    return ratio, shares.transpose(2, 1, 0), wrong.transpose(2, 1, 0)


def _fit(
    ratio: np.ndarray, shares: np.ndarray, wrong: np.ndarray, factor: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return effect, length, robust error and rest of some genes, each genes × types."""
    genes, samples, types = shares.shape
    around = np.concatenate([np.broadcast_to(others, (genes, *others.shape)), wrong], axis=2)
    penalty = np.diag(np.r_[np.zeros(others.shape[1]), np.ones(types)])
    columns = shares * factor[None, :, None]
    variance = np.full(genes, VARIANCE_BEFORE)
    for _ in range(ROUNDS):
        products = around.transpose(0, 2, 1) @ around + variance[:, None, None] * penalty
        towards = np.linalg.solve(products + TINY * np.eye(len(penalty)), around.transpose(0, 2, 1))
        values = ratio - (around @ (towards @ ratio[:, :, None]))[:, :, 0]
        left = columns - around @ (towards @ columns)
        length = (columns * left).sum(axis=1) + TINY
        effect = np.einsum("gst,gs->gt", left, ratio) / length
        rest = (ratio * values).sum(axis=1)[:, None] - effect**2 * length
        variance = np.maximum(rest.min(axis=1) / (samples - others.shape[1] - 1), SMALLEST_VARIANCE)
    leverage = (around * towards.transpose(0, 2, 1)).sum(axis=2)[:, :, None] + left**2 / length[:, None]
    outside = (values[:, :, None] - left * effect[:, None]) / (1 - np.minimum(leverage, ALMOST_ONE))
    robust = np.sqrt((left**2 * outside**2).sum(axis=1)) / length
    return effect, length, robust, np.maximum(rest, TINY)
