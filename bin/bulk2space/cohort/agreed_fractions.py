"""Proportions of mRNA that agree with the bulk in most genes, not in the markers alone."""

import numpy as np

OFFSET = 0.3  # expression per 10 000 that is added before logarithms
CLEAR = 0.5  # expected expression per 10 000 from which a gene takes part
GENES_PER_TYPE = 50  # that take part at least; with fewer the proportions stay as they are
CUT = 4.685  # robust standard deviations beyond which a gene says nothing (Tukey's bisquare)
ROUNDS, ROUNDS_OF_WEIGHTS = 2, 8
LARGEST_STEP = 1.0  # of the log of a proportion in a round
RIDGE = 1e-3
NORMAL_MEDIAN = 0.6745  # median distance of a normal variable from its mean, in standard deviations
TINY = 1e-12


def agreed(bulk: np.ndarray, fractions: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return proportions changed so that most genes of each sample are as expected, samples × types.

    An error in a proportion moves all genes of a type at once. A condition that changes a type's markers makes such an
    error, and with it all other genes of the type would look changed. So each sample's log ratios of bulk and
    expectation are explained by the types' shares of the genes, and the proportions take what is explained. Genes that
    changed themselves are few, and a robust regression leaves them out (as in the correction for confounders of Wang et
    al. 2017, Ann Stat 45:1863).

    Parameters
    ----------
    bulk
        Linear expression per 10 000, samples × genes.
    fractions
        Estimated proportions of the mRNA, samples × types.
    means
        Mean expression of the types in the cohort, types × genes.
    """
    clear = (fractions @ means).mean(axis=0) > CLEAR
    if clear.sum() < GENES_PER_TYPE * len(means):
        return fractions
    bulk, means, found = bulk[:, clear], means[:, clear], np.array(fractions, dtype=float)
    for _ in range(ROUNDS):
        expected = found @ means + OFFSET
        ratios = np.log(bulk + OFFSET) - np.log(expected)
        ratios -= np.median(ratios, axis=0)  # of a gene between bulk and reference
        for sample, ratio in enumerate(ratios):
            shares = (found[sample, :, None] * means / expected[sample]).T
            found[sample] *= np.exp(np.clip(_robust(shares, ratio), -LARGEST_STEP, LARGEST_STEP))
    return found


def _robust(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the coefficients of a robust regression of values, (genes,), on columns, genes × types."""
    weights = np.ones(len(values))
    for _ in range(ROUNDS_OF_WEIGHTS):
        weighted = columns * weights[:, None]
        found = np.linalg.solve(weighted.T @ columns + RIDGE * np.eye(columns.shape[1]), weighted.T @ values)
        residual = values - columns @ found
        scaled = residual / (CUT * np.median(np.abs(residual)) / NORMAL_MEDIAN + TINY)
        weights = np.where(np.abs(scaled) < 1, (1 - scaled**2) ** 2, 0)
    return found
