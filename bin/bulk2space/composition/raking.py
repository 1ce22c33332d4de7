"""A section's composition beside the bulk's: how far the two lie apart, and spots rescaled towards the bulk."""

from typing import NamedTuple

import numpy as np

from ..numerics.shares import rows_to_one

RAKING_ROUNDS = 1000
RAKING_TOLERANCE = 1e-9  # largest difference from the wanted proportions at which raking ends
# A bulk's interval holds the differences between laboratories, which section and bulk share in large part. So the
# section's proportions are brought into this inner part of it, chosen on the benchmark of the whole method
# (docs/benchmarks.md).
INNER_PART_OF_INTERVAL = 0.5
SMALLEST_PROPORTION = 1e-12  # less counts as absent


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return which proportion of one composition has to change type to become the other (total variation, 0 to 1)."""
    return float(np.abs(first - second).sum() / 2)


def within(proportions: np.ndarray, estimate: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the proportions nearest to a section's that lie in the inner part of a bulk's intervals, (types,).

    A bulk's estimate is noisier than what a section shows of itself. So the section's proportions move only as far as
    the bulk contradicts them. "Nearest" is measured by relative entropy: all types are multiplied by one factor, and
    each is held within its bounds.

    Parameters
    ----------
    proportions
        Proportions of the section, (types,).
    estimate, low, high
        Proportions of the bulk, which sum to 1, and the ends of their intervals, (types,) each.

    Returns
    -------
    Proportions, (types,). A type that the section lacks gets its lower bound; the others sum to 1 beside it. Where
    these cannot sum to 1 within their intervals, all are scaled alike.
    """
    low, high = (estimate + INNER_PART_OF_INTERVAL * (end - estimate) for end in (low, high))
    there = proportions > SMALLEST_PROPORTION
    if not there.any():
        return estimate
    nearest, own, least, most = low.copy(), proportions[there], low[there], high[there]
    # The sum of the bounded proportions is a piecewise linear function of the factor, with an edge at each bound.
    edges = np.sort(np.concatenate([least / own, most / own]))
    sums = np.clip(np.outer(edges, own), least, most).sum(axis=1)
    nearest[there] = rows_to_one(np.clip(np.interp(1, sums, edges) * own, least, most))
    return nearest


class Raked(NamedTuple):
    """Spots' proportions, rescaled to given proportions of the whole section.

    Attributes
    ----------
    shares
        Spots × types.
    unreached
        Indices of the wanted types that no spot has. The other types fill their place.
    """

    shares: np.ndarray
    unreached: np.ndarray


def raked(proportions: np.ndarray, cells: np.ndarray, target: np.ndarray) -> Raked:
    """Rescale spots' proportions so that their mean, weighted by cells, equals given proportions.

    Each type is multiplied by one factor in all spots, found by iterative proportional fitting (Deming and Stephan
    1940, Ann Math Stat 11:427). Differences between spots remain; how common a type is over the section is set.

    Parameters
    ----------
    proportions
        Spots × types; rows sum to 1 or 0.
    cells
        Number of cells in each spot, (spots,).
    target
        Wanted proportions of the whole section, (types,).
    """
    there = (cells @ proportions > 0) & (target > 0)
    wanted = np.where(there, target, 0.0)
    if not there.any():
        return Raked(proportions.copy(), np.flatnonzero(target > 0))
    wanted = wanted / wanted.sum()
    filled = proportions.sum(axis=1) > 0
    result = np.where(there, proportions, 0.0)
    # A spot whose types are all unwanted has nothing to rescale: it takes the composition of the whole.
    result[filled & (result.sum(axis=1) == 0)] = wanted
    result = rows_to_one(result)
    for _ in range(RAKING_ROUNDS):
        found = cells @ result / cells.sum()
        if np.abs(found - wanted).max() < RAKING_TOLERANCE:
            break
        result = rows_to_one(result * np.divide(wanted, found, out=np.zeros_like(found), where=found > 0))
    return Raked(result, np.flatnonzero((target > 0) & ~there))
