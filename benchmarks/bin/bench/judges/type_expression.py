"""How well expression by cell type and sample follows the truth over the samples, and how often intervals hold it."""

import numpy as np

WIDTH = 1.96  # standard deviations to either side of a 95 % interval
CONSTANT = 1e-12


def correlations(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation over the samples of each type and gene, types × genes.

    It is 0 where the estimate is constant and NaN where the truth is, or where fewer than three samples hold the type.

    Parameters
    ----------
    found, truth
        Types × samples × genes; the truth is NaN where a sample has no cell of the type.
    """
    known = np.isfinite(truth)
    number = known.sum(axis=1, keepdims=True)
    first, second = (_centred(values, known, number) for values in (found, truth))
    lengths = [np.sqrt((values**2).sum(axis=1)) for values in (first, second)]
    together = (first * second).sum(axis=1)
    product = lengths[0] * lengths[1]
    result = np.divide(together, product, out=np.zeros_like(together), where=product > CONSTANT)
    return np.where((lengths[1] > CONSTANT) & (number[:, 0] > 2), result, np.nan)


def _centred(values: np.ndarray, known: np.ndarray, number: np.ndarray) -> np.ndarray:
    values = np.where(known, values, 0)
    return np.where(known, values - values.sum(axis=1, keepdims=True) / np.maximum(number, 1), 0)


def covered(mean: np.ndarray, sd: np.ndarray, truth: np.ndarray, chosen: np.ndarray) -> float:
    """Return the proportion of true values in their 95 % intervals; NaN if there are none.

    Parameters
    ----------
    mean, sd, truth
        Types × samples × genes.
    chosen
        Which genes of which types count, types × genes.
    """
    known = np.isfinite(truth) & chosen[:, None, :]
    return float((np.abs(mean - truth) <= WIDTH * sd)[known].mean()) if known.any() else np.nan


def mean_of(values: np.ndarray, chosen: np.ndarray) -> float:
    """Return the mean of the chosen values that are not NaN; NaN if there are none."""
    kept = values[chosen & np.isfinite(values)]
    return float(kept.mean()) if kept.size else np.nan
