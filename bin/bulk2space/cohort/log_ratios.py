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


def offsets(proportions: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return what is added to the proportions of each type before the logarithm, (types,).

    None of a type is as much as its interval leaves room for: half of what the intervals allow where none was found
    (the median over these samples), and at most half of the type's median proportion. It is the same for all samples,
    so it makes no two samples differ; changes below it are drawn towards 0.

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
    return offset


def centred(proportions: np.ndarray) -> np.ndarray:
    """Return log2 of proportions minus their mean over the types, samples × types.

    An offset of one cell in a hundred keeps types of few cells from setting samples apart.
    """
    logs = np.log2(proportions + SMALL)
    return logs - logs.mean(axis=1, keepdims=True)


def against_unchanged(proportions: np.ndarray, offset: np.ndarray, design: np.ndarray, term: int) -> Estimates:
    """Return the change of every type against the others that do not change, in log2.

    Where one type becomes more common, all others become less common. So every type is measured against the mean of the
    other types that do not change: first all of them, then one fewer at a time, as long as one of them changes beyond
    doubt. At least half of the types stay. Types that vary much weigh less in the mean, and so do types of which there
    is little beside their offset: their logarithms do not follow the others.

    The offset is added after a sample's proportions are brought to the same level of the other types. Added before, it
    would make a type that is rare or absent seem to rise wherever all others fall.

    Parameters
    ----------
    proportions
        Samples × types; each type is there in some sample.
    offset
        From :func:`offsets`, (types,).
    design
        Samples × coefficients.
    term
        Which coefficient.
    """
    logs = np.log2(proportions + offset)
    shown = (proportions / (proportions + offset)).mean(axis=0)  # part of a change that the logarithms show
    weights = _weights(logs, design) * shown**2
    fewest = max(-(-len(weights) // 2), FEWEST_UNCHANGED)
    while True:
        level = _level_of_others(logs, weights, shown)
        found = fit(np.log2(proportions * 2**-level + offset), design)[term]
        p = np.where(weights > 0, found.p, np.inf)
        worst = np.argmin(p)
        if stats.false_discovery_control(found.p)[worst] >= OUT or (weights > 0).sum() <= fewest:
            return found
        weights[worst] = 0


def _level_of_others(logs: np.ndarray, weights: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return how much more of the other types a sample holds than samples on average, in log2, samples × types."""
    others = (logs @ weights)[:, None] - logs * weights
    level = others / ((weights * shown).sum() - weights * shown)
    return level - level.mean(axis=0)


def _weights(logs: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Return the weight of each type in the mean: its precision, but that of no type is more than its share by much."""
    residual = logs - design @ np.linalg.lstsq(design, logs, rcond=None)[0]
    variance = residual.var(axis=0)
    typical = np.median(variance)
    return 1 / (variance + typical) if typical > 0 else np.ones(len(variance))
