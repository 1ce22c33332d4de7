"""The count model of one file of bulk: which genes it measures, how strong its noise is, and the fit itself."""

from functools import partial
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from . import count_model

DISPERSIONS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Dispersions to choose from. The smallest fits a bulk of the reference's own experiment, the largest another
laboratory and protocol, where the log ratio of a gene to its fit has a standard deviation above 1."""
SURELY_EXPECTED = 1.0
"""Expression per 10 000 that a gene must have in the fit for zeros in all samples to mean that it was not measured."""
ROUNDS_TO_CHOOSE = 20
"""Number of alternations after which the likelihoods are compared."""


class BulkFit(NamedTuple):
    """A fitted file of bulk.

    Attributes
    ----------
    coefficients
        Proportions of mRNA up to one factor per sample, samples × types.
    log_factors
        Logarithms of the gene factors, (genes,).
    measured
        1 for genes that the file measures, 0 for the others, (genes,).
    dispersion
        Part of the noise that grows with expression.
    """

    coefficients: np.ndarray
    log_factors: np.ndarray
    measured: np.ndarray
    dispersion: float


def fit(expression: sp.csr_matrix, means: np.ndarray, *, sparsity: float = count_model.SPARSITY) -> BulkFit:
    """Fit all samples of a file with the dispersion under which they are most likely.

    Between laboratories, highly expressed genes differ by as large a factor as others. A small dispersion lets them
    decide alone; a large one wastes them where bulk and reference come from one experiment. So the file decides: each
    of DISPERSIONS is fitted, and the likelihood chooses (maximum likelihood over a grid).

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    means
        Mean expression of each type per 10 000, types × genes.
    sparsity
        As in :func:`.count_model.fit`.
    """
    expression = sp.csr_matrix(expression, dtype=np.float64)
    measured = measured_genes(expression, means).astype(float)
    fitted = partial(count_model.fit, expression, means, gene_weights=measured, sparsity=sparsity)
    likelihood = []
    for dispersion in DISPERSIONS:
        x, log_factors = fitted(dispersion=dispersion, rounds=ROUNDS_TO_CHOOSE)
        mean = x @ (means * np.exp(log_factors))
        likelihood.append(count_model.log_likelihood(expression, mean, measured, dispersion))
    best = DISPERSIONS[int(np.argmax(likelihood))]
    return BulkFit(*fitted(dispersion=best), measured, best)


def measured_genes(expression: sp.csr_matrix, means: np.ndarray) -> np.ndarray:
    """Return which genes the file measures, (genes,), boolean.

    A gene that is zero in all samples, although the present types express it, has another name in the file's annotation
    or no probe. Its zeros say nothing about types. A type that is absent from all samples is not in the fit; so the
    zeros of its markers still count.

    Parameters
    ----------
    expression, means
        As in :func:`fit`.
    """
    silent = np.asarray(expression.sum(axis=0)).ravel() == 0
    expected = (count_model.start_coefficients(expression, means) @ means).mean(axis=0)
    measured = ~(silent & (expected > SURELY_EXPECTED))
    return measured if measured.any() else np.ones_like(measured)
