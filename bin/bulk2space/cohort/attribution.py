"""Which cell type a gene's change in the bulk belongs to: the one whose share in the samples the change follows."""

import numpy as np

OFFSET = 0.3  # expression per 10 000 that is added to what is expected: genes near 0 have no ratio
TINY = 1e-12


def follows(
    bulk: np.ndarray, fractions: np.ndarray, means: np.ndarray, factor: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return the type whose change explains each gene best, (genes,), as a position among the types.

    If one type changes by a fold in some samples, the bulk of a sample changes by as much of it as the type supplies
    there. For each type alone this is fitted to the bulk over its expectation, by least squares beside the other
    columns of the model; the type with the smallest rest is returned.

    Parameters
    ----------
    bulk
        Linear expression, samples × genes.
    fractions
        Proportions of the mRNA, samples × types.
    means
        Mean expression of the types, types × genes.
    factor
        What is tested: the term's column of the model, (samples,).
    others
        The other columns of the model, samples × coefficients.
    """
    expected = fractions @ means + OFFSET
    ratio = _rest(bulk / expected, others)
    explained = np.empty((len(means), bulk.shape[1]))
    for place, (fraction, mean) in enumerate(zip(fractions.T, means, strict=True)):
        of_type = _rest(fraction[:, None] * mean / expected * factor[:, None], others)
        length = (of_type**2).sum(axis=0)
        common = (of_type * ratio).sum(axis=0) ** 2
        explained[place] = np.divide(common, length, out=np.zeros_like(length), where=length > TINY)
    return explained.argmax(axis=0)


def _rest(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return what columns do not explain of values, samples × genes."""
    return values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
