"""The residual: how far bulk samples or spots lie from their fit."""

import logging

import numpy as np
import scipy.sparse as sp

from ..contract import remarks
from . import count_model

log = logging.getLogger(__name__)

# On the benchmark's sets, references that have all types of a bulk from another laboratory rarely lead to a residual
# above 6. It usually exceeds 6 when the reference lacks a type that makes up a quarter or more of the bulk.
LARGE_RESIDUAL = 6.0
SAMPLES_PER_BLOCK = 1024  # made dense at once


def misfit(expression: sp.csr_matrix, rna: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return how far samples lie from their fit, in multiples of the count model's noise.

    This is the square root of the mean, over genes, of squared difference over variance. The fit is first scaled to
    suit the sample best. The model expects 1. Gene factors are not applied to the fit: they would absorb the very
    differences that the residual is to show.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    rna
        Fitted proportions of the mRNA, samples × types.
    means
        Mean expression of each type, types × genes: the product of both is the fit, up to one factor per sample.

    Returns
    -------
    Residual of each sample, (samples,); 0 for a sample without expression.
    """
    result = np.zeros(expression.shape[0])
    for start in range(0, len(result), SAMPLES_PER_BLOCK):
        rows = slice(start, start + SAMPLES_PER_BLOCK)
        values, fit = expression[rows].toarray().astype(float), rna[rows] @ means
        totals = fit.sum(axis=1, keepdims=True)
        fit = fit * np.divide(values.sum(axis=1, keepdims=True), totals, out=np.zeros_like(totals), where=totals > 0)
        noise = count_model.variance(fit)
        own = (fit**2 / noise).sum(axis=1, keepdims=True)
        scale = np.divide((values * fit / noise).sum(axis=1, keepdims=True), own, out=np.ones_like(own), where=own > 0)
        ratio = (values - scale * fit) ** 2 / count_model.variance(scale * fit)
        result[rows] = np.sqrt(ratio.mean(axis=1))
    return result


def report_residuals(residual: np.ndarray, names: list[str]) -> None:
    """Log the residuals, (samples,), and warn of samples whose residual exceeds LARGE_RESIDUAL."""
    log.info("residual, in multiples of the counts' noise: median %.2f, largest %.2f", *np.quantile(residual, [0.5, 1]))
    bad = [name for name, value in zip(names, residual, strict=True) if value > LARGE_RESIDUAL]
    if bad:
        remarks.warn(
            log,
            "large_residual",
            f"{len(bad)} of {len(names)} have a residual above {LARGE_RESIDUAL:.1f} times the counts' noise (the "
            f"reference lacks a cell type, or was measured very differently): {', '.join(bad[:5])}"
            + (", ..." if len(bad) > 5 else ""),
            residual=float(residual.max()),
            limit=LARGE_RESIDUAL,
            samples=bad,
        )
