"""What each cell type and each library expresses on average, estimated with caution where counts are few.

Most genes differ little between types, and a type of few cells says little about a rare gene. How much a gene's share
of the counts varies between types is estimated from all types (empirical Bayes with a gamma-Poisson model). The answer
decides how far each type's own counts are trusted.
"""

import numpy as np
from scipy.special import gammaln, wrightomega

SHIFT_SD = 0.5  # prior standard deviation of a library's log shift of a gene; half of that of a gene's log dispersion
ROUNDS = 10  # of estimating the types' profiles and the libraries' shifts in turn
# A gene's agreement is the shape of the gamma distribution that its share of the counts follows over the types: a large
# shape means that the types agree. These are tried.
AGREEMENTS = np.geomspace(0.1, 1e4, 24)
LOG_AGREEMENT_MEAN, LOG_AGREEMENT_SD = np.log(20.0), 1.5  # prior; it decides where a gene's counts are few
COUNTS_OF_AN_UNSEEN_GENE = 0.5  # in all of the data; a gene may be seen in held-out cells only


def shares_and_shifts(sums: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimate how counts depend on type and how they depend on library.

    Parameters
    ----------
    sums
        Sums of counts, types × libraries × genes.
    spread
        Variance over mean of each gene's counts within a type, (genes,), 1 or more; Poisson counts have 1. A spread of
        n means that n counts say as much as one.

    Returns
    -------
    Each type's shares of its cells' totals, types × genes (rows sum to 1, up to the floor for unseen genes), and each
    library's log shift of them, libraries × genes (0 with a single library).
    """
    of_types, of_libraries, totals = sums.sum(1), sums.sum(0), sums.sum(2)
    type_totals = np.maximum(totals.sum(1, keepdims=True), 1)  # types × 1
    floor = COUNTS_OF_AN_UNSEEN_GENE / sums.sum()
    several = sums.shape[1] > 1
    shift = np.zeros_like(of_libraries)  # libraries × genes
    for _ in range(ROUNDS if several else 1):
        # the types' counts as they would be if no library shifted them
        counts = of_types / (np.maximum(totals @ np.exp(shift), 1) / type_totals)  # types × genes
        share = np.maximum(shrunken_shares(counts, spread), floor)
        if several:
            # the shift s most likely by Poisson counts and its prior: counts - expected · exp(s) = s / SHIFT_SD²
            expected = np.maximum(totals.T @ share, 1e-12) * SHIFT_SD**2
            scaled = of_libraries * SHIFT_SD**2
            shift = scaled - wrightomega(scaled + np.log(expected))
    return share, shift


def shrunken_shares(counts: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return each type's shares of the counts, drawn towards the mean of all types, types × genes; rows sum to 1.

    A gene's share in a type is the mean share times a gamma variable of mean 1. Its shape, the agreement between types,
    is the one under which the gene's counts in all types are most probable.

    Parameters
    ----------
    counts
        Summed counts of each type's cells, types × genes.
    spread
        As in :func:`shares_and_shifts`.
    """
    mean = counts.sum(0) / counts.sum()  # (genes,)
    expected = np.maximum(counts.sum(1, keepdims=True) * mean, 1e-12) / spread  # types × genes
    counts = counts / spread
    fit = np.array([_log_probability(counts, expected, shape) for shape in AGREEMENTS])  # agreements × genes
    fit -= 0.5 * ((np.log(AGREEMENTS) - LOG_AGREEMENT_MEAN) / LOG_AGREEMENT_SD)[:, None] ** 2
    shape = AGREEMENTS[fit.argmax(0)]  # (genes,)
    share = mean * (shape + counts) / (shape + expected)  # types × genes
    return share / share.sum(1, keepdims=True)


def _log_probability(counts: np.ndarray, expected: np.ndarray, shape: float) -> np.ndarray:
    """Return the log probability of each gene's counts, (genes,), up to what no shape changes."""
    by_type = gammaln(counts + shape) - gammaln(shape) + shape * np.log(shape / (shape + expected))
    return (by_type + counts * np.log(expected / (shape + expected))).sum(0)
