"""What each cell type and each library expresses on average, no further from the others than the counts prove.

Most genes differ little between types, and a type of few cells says little about a rare gene. How much a gene's share
of the counts varies over types is estimated from all of them (empirical Bayes with a gamma-Poisson model), and decides
how far each type is trusted.
"""

import numpy as np
from scipy.special import gammaln, wrightomega

SHIFT_SD = 0.5  # of a library's log shift of a gene, before any cell is seen: half as wide a prior as the dispersions'
ROUNDS = 10  # in turn over types' profiles and libraries' shifts
AGREEMENTS = np.geomspace(0.1, 1e4, 24)  # between types: shapes of the gamma distribution that are tried
PRIOR = np.log(20.0), 1.5  # mean and sd of a shape's log, for genes with little to tell


def shares_and_shifts(sums: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell apart what counts owe to types and to libraries.

    Parameters
    ----------
    sums
        Counts, types × libraries × genes.
    spread
        How much wider each gene's counts spread within a type than Poisson counts would, (genes,), 1 or more: variance
        over mean. So many counts say as much as one.

    Returns
    -------
    Each type's shares of its cells' totals, types × genes (rows sum to 1 but for rare genes' floor), and each library's
    log shift of them, libraries × genes (0 with a single library).
    """
    of_types, of_libraries, totals = sums.sum(1), sums.sum(0), sums.sum(2)
    every = np.maximum(totals.sum(1, keepdims=True), 1)
    floor = 0.5 / sums.sum()  # half a count in all of the data, for genes that only held-out cells have
    several = sums.shape[1] > 1
    shift = np.zeros_like(of_libraries)
    for _ in range(ROUNDS if several else 1):
        # the types' counts as they would be if no library shifted them
        counts = of_types / (np.maximum(totals @ np.exp(shift), 1) / every)
        share = np.maximum(shrunken_shares(counts, spread), floor)
        if several:
            # the shift s most likely by Poisson counts and its prior: counts - expected · exp(s) = s / SHIFT_SD²
            expected = np.maximum(totals.T @ share, 1e-12) * SHIFT_SD**2
            scaled = of_libraries * SHIFT_SD**2
            shift = scaled - wrightomega(scaled + np.log(expected))
    return share, shift


def shrunken_shares(counts: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return each type's shares of the counts, drawn to the mean of all types, types × genes; rows sum to 1.

    A gene's share in a type is the mean share times a gamma variate of mean 1, whose shape (the agreement between
    types) maximises the probability of the gene's counts in all types.

    Parameters
    ----------
    counts
        Summed counts of each type's cells, types × genes.
    spread
        As in :func:`shares_and_shifts`.
    """
    mean = counts.sum(0) / counts.sum()
    expected = np.maximum(counts.sum(1, keepdims=True) * mean, 1e-12) / spread
    counts = counts / spread
    fit = np.array([_log_probability(counts, expected, shape) for shape in AGREEMENTS])
    fit -= 0.5 * ((np.log(AGREEMENTS) - PRIOR[0]) / PRIOR[1])[:, None] ** 2
    shape = AGREEMENTS[fit.argmax(0)]
    share = mean * (shape + counts) / (shape + expected)
    return share / share.sum(1, keepdims=True)


def _log_probability(counts: np.ndarray, expected: np.ndarray, shape: float) -> np.ndarray:
    """Return the log probability of each gene's counts, (genes,), but for what no shape changes."""
    by_type = gammaln(counts + shape) - gammaln(shape) + shape * np.log(shape / (shape + expected))
    return (by_type + counts * np.log(expected / (shape + expected))).sum(0)
