"""Compositions as logarithms, and the types that a change is measured against."""

import numpy as np
from scipy import stats

from .regression import Estimates, fit

LEAST_OFFSET = 1e-3
"""Smallest proportion added before the logarithm: one cell in a thousand."""
SMALL = 1e-2
"""Proportion added before the logarithm where samples are laid out."""
NONE = 1e-6  # smaller proportions are none
OUT = 0.05  # adjusted p value below which a type is not among those that others are measured against
FEWEST_UNCHANGED = 2


def logarithms(proportions: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return log2 of proportions, samples × types; none of a type is as much as its interval leaves room for.

    Every proportion of a type has an offset added: half of what the intervals allow where none was found (the median
    over these samples), and at most half of the type's median proportion. It is the same for all samples, so it makes
    no two samples differ; changes below it are drawn towards 0.

    Parameters
    ----------
    proportions, high
        Samples × types: estimates, and the upper ends of their intervals.
    """
    offset = np.full(proportions.shape[1], LEAST_OFFSET)
    for place in np.flatnonzero((proportions < NONE).any(axis=0)):
        of_type = proportions[:, place]
        room = min(np.median(high[of_type < NONE, place]), np.median(of_type)) / 2
        offset[place] = max(room, LEAST_OFFSET)
    return np.log2(proportions + offset)


def centred(proportions: np.ndarray) -> np.ndarray:
    """Return log2 of proportions minus their mean over the types, samples × types.

    An offset of one cell in a hundred keeps types of few cells from setting samples apart.
    """
    logs = np.log2(proportions + SMALL)
    return logs - logs.mean(axis=1, keepdims=True)


def against_unchanged(logs: np.ndarray, design: np.ndarray, term: int) -> Estimates:
    """Return the change of every type against those that do not change.

    Where one type becomes more common, all others become less common. So types are measured against the mean of the
    types that do not change: first all of them, then one fewer at a time, as long as one of them changes beyond doubt.
    At least half of the types stay. Types that vary much weigh less in the mean.

    Parameters
    ----------
    logs
        Samples × types.
    design
        Samples × coefficients.
    term
        Which coefficient.
    """
    n_types = logs.shape[1]
    weights = _weights(logs, design)
    fewest = max(-(-n_types // 2), FEWEST_UNCHANGED)
    while True:
        mean = logs @ weights / weights.sum()
        found = fit(logs - mean[:, None], design)[term]
        p = np.where(weights > 0, found.p, np.inf)
        worst = np.argmin(p)
        if stats.false_discovery_control(found.p)[worst] >= OUT or (weights > 0).sum() <= fewest:
            return found
        weights[worst] = 0


def _weights(logs: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Return the weight of each type in the mean: its precision, but that of no type is more than its share by much."""
    residual = logs - design @ np.linalg.lstsq(design, logs, rcond=None)[0]
    variance = residual.var(axis=0)
    typical = np.median(variance)
    return 1 / (variance + typical) if typical > 0 else np.ones(len(variance))
