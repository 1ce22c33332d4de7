"""How far samples or spots lie from their fit."""

import logging

import numpy as np
import scipy.sparse as sp

from . import count_model

log = logging.getLogger(__name__)

LARGE_RESIDUAL = 6.0  # between laboratories reached seldom with all types, mostly where one of a quarter or more lacks
BLOCK = 1024  # samples held dense at once


def misfit(expression: sp.csr_matrix, mean: np.ndarray) -> np.ndarray:
    """Return how far samples lie from their fit, as a multiple of the count model's noise.

    The root of the mean squared residual over the noise's variance, where the fit has the scale that suits the sample
    best: 1 is what the model expects. Gene factors stay out of the fit: they would hide what is to be seen.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    mean
        Fitted expression up to a factor for each sample, samples × genes.

    Returns
    -------
    (samples,); 0 for a sample without expression.
    """
    result = np.zeros(expression.shape[0])
    for start in range(0, len(result), BLOCK):
        values, fit = expression[start : start + BLOCK].toarray().astype(float), mean[start : start + BLOCK]
        totals = fit.sum(axis=1, keepdims=True)
        fit = fit * np.divide(values.sum(axis=1, keepdims=True), totals, out=np.zeros_like(totals), where=totals > 0)
        noise = count_model.variance(fit)
        own = (fit**2 / noise).sum(axis=1, keepdims=True)
        scale = np.divide((values * fit / noise).sum(axis=1, keepdims=True), own, out=np.ones_like(own), where=own > 0)
        ratio = (values - scale * fit) ** 2 / count_model.variance(scale * fit)
        result[start : start + BLOCK] = np.sqrt(ratio.mean(axis=1))
    return result


def report_residuals(residual: np.ndarray, names: list[str]) -> None:
    """Log the residuals and warn of samples that the reference explains badly."""
    log.info("residual, in units of the counts' noise: median %.2f, largest %.2f", np.median(residual), residual.max())
    bad = [name for name, value in zip(names, residual, strict=True) if value > LARGE_RESIDUAL]
    if bad:
        log.warning(
            "%d of %d have a residual above %.1f times the counts' noise (the reference lacks a cell type, or was "
            "measured very differently): %s",
            len(bad), len(names), LARGE_RESIDUAL, ", ".join(bad[:5]) + (", ..." if len(bad) > 5 else ""),
        )  # fmt: skip
