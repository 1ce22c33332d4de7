"""The error of a type as a whole, which no drawing of genes or cells shows, as a standard deviation of logarithms.

Two laboratories measure a gene differently, and the markers of a type rise and fall together. So a type as a whole
comes out too large or too small. The measurements say how large such an error may be:

* The *spread* is how far the marker genes of a sample scatter around their fit, in logarithms. It is small where
  reference and bulk come from one experiment. Its benchmark shows that a type's profile errs by about the spread, up to
  LARGEST_SPREAD.
* The mRNA content of a cell differs between laboratories, too, by about as much. Where it is not known at all, it may
  differ between types as much as in other references.
* Where the bulk has only some of the reference's genes, these hold a different part of each type's mRNA.
* A type of few reference cells has a poor profile. Its markers were chosen on the same cells, so they look better than
  they are, and the type is estimated too low.
"""

import anndata as ad
import numpy as np
import scipy.sparse as sp
from scipy.stats import median_abs_deviation

from ..contract.expression import has_counts
from ..contract.keys import Obs
from ..numerics.shares import rows_to_one

# Chosen on the tuning sets of the benchmark of intervals (docs/benchmarks/intervals.md).
LARGEST_SPREAD = 0.4
"""Greater spreads count as this one: single genes then scatter more, but whole types hardly."""
UNKNOWN_CONTENT = 0.5
"""Standard deviation of the log mRNA content among types, where it is not known."""
OF_ONE_CELL = 1.4
"""Standard deviation of the log error of a type with one reference cell. It falls with the root of their number."""
OFFSET = 0.1
"""Proportion that is added before an error is applied: so much of an absent type can hide behind others."""
CLEAR = 1.0
"""Fitted expression per 10 000 above which a gene takes part in the spread. Below it, the noise of counts is larger."""
OFFSET_OF_GENES = 0.1
"""Expression per 10 000 that is added before logarithms."""
SMALLEST_PART = 1.0
"""Expression per 10 000 that shared genes have in a type, at least."""
FEWEST_GENES = 10
"""From fewer clear genes no spread is told: it counts as the largest."""


def type_error(
    expression: sp.csr_matrix,
    mean: np.ndarray,
    reference: ad.AnnData,
    shared: list[str],
    *,
    content_is_given: bool,
) -> np.ndarray:
    """Return the standard deviation of the log error of every type's proportion in each sample, samples × types.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × marker genes.
    mean
        Fitted expression without gene factors, known up to one factor per sample, samples × marker genes.
    reference
        The pipeline's own file.
    shared
        Genes that the reference shares with the bulk.
    content_is_given
        Whether the user knows the mRNA content of a cell of each type.
    """
    found = np.minimum(spread(expression, mean), LARGEST_SPREAD)
    variance = found**2 + _spread_of_shared(reference, shared) ** 2
    if not content_is_given:
        variance += found**2 if has_counts(reference) else UNKNOWN_CONTENT**2
    cells = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_counts=True)[1]
    return np.sqrt(variance[:, None] + OF_ONE_CELL**2 / cells)


def spread(expression: sp.csr_matrix, mean: np.ndarray) -> np.ndarray:
    """Return the robust standard deviation of the log ratios of genes to their fit, (samples,).

    Parameters
    ----------
    expression, mean
        As in :func:`type_error`.
    """
    found = np.empty(len(mean))
    for number, fit in enumerate(mean):
        values = expression[[number]].toarray()[0]
        scaled = fit * values.sum() / max(fit.sum(), np.finfo(float).tiny)
        clear = scaled > CLEAR
        found[number] = robust_spread(np.log((values[clear] + OFFSET_OF_GENES) / (scaled[clear] + OFFSET_OF_GENES)))
    return found


def robust_spread(logs: np.ndarray) -> float:
    """Return the robust standard deviation of logarithms, (genes,); the largest one for too few of them."""
    return float(median_abs_deviation(logs, scale="normal")) if len(logs) >= FEWEST_GENES else LARGEST_SPREAD


def _spread_of_shared(reference: ad.AnnData, shared: list[str]) -> float:
    """Return the standard deviation, among types, of the log part of their expression that is in shared genes."""
    if len(shared) == reference.n_vars:
        return 0.0
    labels, is_shared = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), reference.var_names.isin(shared)
    values = sp.csr_matrix(reference.X)
    of_types = [(values[labels == name].expm1() @ is_shared).mean() for name in np.unique(labels)]
    return float(np.log(np.maximum(of_types, SMALLEST_PART)).std())


def disturbed(proportions: np.ndarray, error: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return proportions with an error drawn for each type.

    The error multiplies the proportion plus OFFSET. So a type that is estimated as absent may be present, too.

    Parameters
    ----------
    proportions
        Draws × samples × types.
    error
        Standard deviation of the log error, samples × types.
    rng
        Source of the draws. All samples share the errors of a draw, as they share the reference.
    """
    draws, _, types = proportions.shape
    log_error = rng.standard_normal((draws, 1, types)) * error
    return rows_to_one(np.maximum((proportions + OFFSET) * np.exp(log_error) - OFFSET, 0))
