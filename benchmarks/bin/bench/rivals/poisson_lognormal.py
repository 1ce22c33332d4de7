"""The likelihood of RCTD (Cable et al. 2022): Poisson counts whose log mean has a heavy-tailed normal error.

The package looks this likelihood up in tables of 404 MB, which it fetches when it first runs. They are integrated here
instead, so that it runs without a network. This module runs in the environment of a tool: it imports nothing of this
project.
"""

import numpy as np
import scipy.sparse as sp
from scipy.special import gammaln
from scipy.stats import norm

FROM = 3.0  # standard deviations from which the tails are heavy
WIDEST = 20.0  # largest log error that is integrated, as in the package
STEP, HIGHEST = 0.02, 8.0  # of the grid of log means; above the latter no count of the tables has any probability
ALMOST_ZERO = 1e-20  # of the largest probability of a count
LEAST = 1e-300  # probability below which the logarithm is cut, as in the package


def heavy_normal(z: np.ndarray) -> np.ndarray:
    """Return the density of the standardised error: normal up to 3, beyond it falling with the square.

    The tails are ``height / (|z| - centre)²``. Value and slope are those of the normal density at 3, which gives both
    constants: the slope of its logarithm there is -3.
    """
    centre = FROM - 2 / FROM
    height = norm.pdf(FROM) * (FROM - centre) ** 2
    mass = 1 - 2 * norm.sf(FROM) + 2 * height / (FROM - centre)
    distance = np.maximum(np.abs(z), FROM) - centre
    return np.where(np.abs(z) < FROM, norm.pdf(z), height / distance**2) / mass


def log_means(expected: np.ndarray, most: int) -> np.ndarray:
    """Return the log means to integrate over, for expected counts (expected,) and counts up to ``most``."""
    return np.arange(np.log(expected.min()) - WIDEST, max(HIGHEST, np.log(most + 1) + 1), STEP)


def poisson(most: int, logs: np.ndarray) -> sp.csr_matrix:
    """Return the probability of each count up to ``most`` at each log mean, counts × log means.

    Far from its mean a large count has almost none: values below 1e-20 times the largest are left out. The tails of the
    error are too heavy to make them count.
    """
    counts = np.arange(most + 1)[:, None]
    chances = np.exp(counts * logs - np.exp(logs) - gammaln(counts + 1))
    return sp.csr_matrix(np.where(chances < ALMOST_ZERO * chances.max(axis=1, keepdims=True), 0, chances))


def log_probabilities(chances: sp.csr_matrix, logs: np.ndarray, expected: np.ndarray, sigma: float) -> np.ndarray:
    """Return the log probability of each count at each expected count, counts × expected.

    Parameters
    ----------
    chances, logs
        What :func:`poisson` returns, and its log means.
    expected
        Expected counts without the error, (expected,), above 0.
    sigma
        Standard deviation of the log error.
    """
    error = logs[:, None] - np.log(expected)
    density = np.where(np.abs(error) <= WIDEST, heavy_normal(error / sigma) / sigma, 0)
    return np.log(np.maximum(chances @ density * STEP, LEAST))


def tables(expected: np.ndarray, sigmas: np.ndarray, most: int) -> dict[str, np.ndarray]:
    """Return the tables as the package names them: counts up to ``most`` + 2 at each expected count, for every sigma.

    Parameters
    ----------
    expected
        The package's grid of expected counts.
    sigmas
        Standard deviations, in hundredths.
    most
        Largest count of the package's configuration.
    """
    logs = log_means(expected, most + 2)
    chances = poisson(most + 2, logs)
    found = {f"Q_{number}": log_probabilities(chances, logs, expected, number / 100) for number in sigmas}
    return {"X_vals": expected} | found
