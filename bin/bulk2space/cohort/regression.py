"""Linear models of many responses at once, with standard errors that hold for unequal variances and few samples."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from .moderation import prior_of_variances

MOST_VALUES = 20_000_000  # of one block: responses × samples × coefficients
ALMOST_ONE = 1 - 1e-6  # a larger leverage: the model follows the sample wherever it is


class Estimates(NamedTuple):
    """Coefficients of one term in the models of all responses; arrays of (responses,).

    Attributes
    ----------
    effect, error
        Coefficient and its standard error.
    freedom
        Degrees of freedom of the t distribution.
    """

    effect: np.ndarray
    error: np.ndarray
    freedom: np.ndarray

    @property
    def p(self) -> np.ndarray:
        """Two-sided p values; 1 where a response does not vary."""
        t = np.divide(self.effect, self.error, out=np.zeros_like(self.effect), where=self.error > 0)
        return 2 * stats.t.sf(np.abs(t), self.freedom)

    def interval(self, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Return both ends of the intervals."""
        reach = stats.t.ppf(0.5 + level / 2, self.freedom) * self.error
        return self.effect - reach, self.effect + reach


def fit(responses: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None) -> list[Estimates]:
    """Fit a linear model to each response; return the estimates of each column of the design.

    The variance of a response is moderated: drawn towards that of the others (Smyth 2004, limma). The standard error is
    the larger of two: that of equal variances and HC3 (MacKinnon and White 1985), which allows groups to differ in
    their spread.

    Parameters
    ----------
    responses
        Samples × responses.
    design
        Samples × coefficients, of full rank and with fewer coefficients than samples.
    weights
        Samples × responses, positive; None: all equal.
    """
    n, p = design.shape
    size = max(MOST_VALUES // (n * p), 1)
    parts = []
    for start in range(0, responses.shape[1], size):
        block = slice(start, start + size)
        of_block = np.ones_like(responses[:, block]) if weights is None else weights[:, block]
        parts.append(_least_squares(responses[:, block], design, of_block))
    effect, plain, robust, variance = (np.concatenate(values, axis=-1) for values in zip(*parts, strict=True))
    prior = prior_of_variances(variance, n - p)
    moderated = plain * np.sqrt(prior.moderated(variance, n - p))
    gained = np.full(responses.shape[1], n - p + prior.freedom)
    return [
        Estimates(effect[k], np.maximum(moderated[k], robust[k]), np.where(robust[k] > moderated[k], n - p, gained))
        for k in range(p)
    ]


def _least_squares(
    responses: np.ndarray, design: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, errors over the residual spread, HC3 errors (each coefficients × responses), and variances."""
    n, p = design.shape
    products = np.einsum("ip,iq->ipq", design, design).reshape(n, p * p)
    inverse = np.linalg.inv((weights.T @ products).reshape(-1, p, p))  # responses × coefficients × coefficients
    towards = np.einsum("mpq,iq,im->mpi", inverse, design, weights, optimize=True)  # from responses to coefficients
    effect = np.einsum("mpi,im->pm", towards, responses)
    residual = responses - design @ effect
    leverage = np.einsum("ip,mpi->im", design, towards)
    variance = (weights * residual**2).sum(axis=0) / (n - p)
    outside = residual / (1 - np.minimum(leverage, ALMOST_ONE))  # what a sample misses when the fit leaves it out
    outside[leverage > ALMOST_ONE] = 0
    robust = np.sqrt(np.einsum("mpi,im->pm", towards**2, outside**2))
    return effect, np.sqrt(np.einsum("mpp->pm", inverse)), robust, variance
