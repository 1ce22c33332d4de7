"""What the variances of many responses say of each one (Smyth 2004, section 6.2)."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

MOST_FREEDOM = 1e6  # variances that differ no more than by chance are taken as one


class Prior(NamedTuple):
    """A scaled inverse chi-squared distribution of variances.

    Attributes
    ----------
    variance, freedom
        Its scale and degrees of freedom; 0 degrees leave every variance as it is.
    """

    variance: float
    freedom: float

    def moderated(self, variances: np.ndarray, freedom: float) -> np.ndarray:
        """Return the posterior means of variances that have so many degrees of freedom themselves."""
        return (self.freedom * self.variance + freedom * variances) / (self.freedom + freedom)


def prior_of_variances(variances: np.ndarray, freedom: float) -> Prior:
    """Return the distribution that variances of so many degrees of freedom come from; variances of 0 say nothing."""
    positive = variances[variances > 0]
    if len(positive) < 3:
        return Prior(0.0, 0.0)
    logs = np.log(positive) - digamma(freedom / 2) + np.log(freedom / 2)
    spread = logs.var(ddof=1) - polygamma(1, freedom / 2)
    if spread <= polygamma(1, MOST_FREEDOM / 2):
        return Prior(float(positive.mean()), MOST_FREEDOM)
    half = brentq(lambda x: polygamma(1, x) - spread, 1e-8, MOST_FREEDOM)
    return Prior(float(np.exp(logs.mean() + digamma(half) - np.log(half))), 2 * half)
