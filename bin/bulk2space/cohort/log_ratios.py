"""Compositions as logarithms, and the types that a change is measured against."""

import numpy as np
from scipy import stats

from .regression import Estimates, fit

LEAST_OFFSET = 1e-3
"""Smallest proportion added before the logarithm: one cell in a thousand."""
NONE = 1e-6  # smaller proportions are none
OUT = 0.05  # adjusted p value below which a type is not among those that others are measured against
FEWEST_UNCHANGED = 2


def logarithms(proportions: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return log2 of proportions, samples × types; none of a type is as much as its interval leaves room for.

    Every proportion of a type has half of what the intervals allow where none was found added (the median over these
    samples). It is the same for all samples, so it makes no two samples differ; changes below it are drawn towards 0.

    Parameters
    ----------
    proportions, high
        Samples × types: estimates, and the upper ends of their intervals.
    """
    offset = np.full(proportions.shape[1], LEAST_OFFSET)
    for place in np.flatnonzero((proportions < NONE).any(axis=0)):
        offset[place] = max(np.median(high[proportions[:, place] < NONE, place]) / 2, LEAST_OFFSET)
    return np.log2(proportions + offset)


def centred(logs: np.ndarray) -> np.ndarray:
    """Return logarithms minus their mean over the types, samples × types."""
    return logs - logs.mean(axis=1, keepdims=True)


def against_unchanged(logs: np.ndarray, design: np.ndarray, term: int) -> Estimates:
    """Return the change of every type against those that do not change.

    Where one type becomes more common, all others become less common. So types are measured against the mean of the
    types that do not change: first all of them, then one fewer at a time, as long as one of them changes beyond doubt.
    At least half of the types stay, and a type is never measured against itself alone.

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
    unchanged = np.ones(n_types, dtype=bool)
    while True:
        found = fit(_ratios(logs, unchanged), design)[term]
        adjusted = stats.false_discovery_control(found.p)
        worst = np.argmin(np.where(unchanged, found.p, 2.0))
        if adjusted[worst] >= OUT or unchanged.sum() <= max(-(-n_types // 2), FEWEST_UNCHANGED):
            return found
        unchanged[worst] = False


def _ratios(logs: np.ndarray, unchanged: np.ndarray) -> np.ndarray:
    """Return each type's logarithm minus the mean of the unchanged ones."""
    return logs - logs[:, unchanged].mean(axis=1, keepdims=True)
