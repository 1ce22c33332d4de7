"""Which reference cells a bulk sample asks for: weights within each type, with which the cells' sum comes closer to it.

The paper takes the bulk for "a weighted collection of single-cell expression data" (Design concept). Here the weight of
a cell depends linearly on the cell's position on the principal components of its type, and a ridge regression of the
bulk on these components finds the slopes. Genes that are held out of the fit decide whether the weights are used.
"""

import logging
from typing import Any, NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..contract.keys import Calibrated
from ..numerics.scaling import TARGET_SUM
from .bulk_regression import SLOPE_SDS, BulkRegression
from .source_cells import FEWEST_CELLS_TO_WEIGHT, SourceCells

log = logging.getLogger(__name__)

LEAST_EXPRESSION = 0.3  # per 10 000; genes expected below it say little
GENES_PER_COMPONENT = 20  # that take part in the fit, at least
STANDARD_ERRORS_OF_GAIN = 3.0  # by which the error on held-out genes has to fall for the weights to be used
OTHER_SAMPLES_FOR_FACTORS = 3  # fewer cannot tell a gene's factor from this sample's own deviation
LARGEST_LOG_FACTOR = 3.0  # of a gene


class Calibration(NamedTuple):
    """What a bulk sample says of the reference's cells.

    Attributes
    ----------
    weights
        Of each reference cell, (cells,), from 0.2 to 5; 1 on average within each type, and 1 throughout where not used.
    tried
        Whether there were enough cells and genes to fit weights.
    used
        Whether the weights fit the bulk better on held-out genes.
    error
        Squared error of the weighted sum on those genes over that of the unweighted one. Where the weights are not
        used, what they would have given; NaN where none were tried.
    reason
        Why the weights are not used, in words without a full stop; empty where they are.
    n_genes
        Number of genes that took part.
    effective
        Effective sample size of the weights over the number of cells, by type.
    """

    weights: np.ndarray
    tried: bool
    used: bool
    error: float
    reason: str
    n_genes: int
    effective: pd.Series

    def record(self, cells: pd.Index) -> dict[str, Any]:
        """Return what `uns['calibration']` holds; weights where they are used, beside the names of the cells."""
        found = {
            Calibrated.TRIED: self.tried,
            Calibrated.USED: self.used,
            Calibrated.ERROR: self.error,
            Calibrated.REASON: self.reason,
            Calibrated.N_GENES: self.n_genes,
            Calibrated.EFFECTIVE_CELLS: self.effective.rename_axis("cell_type").reset_index(name="share"),
        }
        if self.used:
            names = cells.to_numpy(dtype=str)
            found[Calibrated.WEIGHTS] = pd.DataFrame({"cell": names, "weight": self.weights.astype(np.float32)})
        return found


class Calibrator:
    """Weights the reference's cells for the samples of a bulk.

    Parameters
    ----------
    reference
        Cells with `obs['cell_type']`, `X` in log values and, where known, `layers['counts']`.
    genes
        Genes that it shares with the bulk.
    bulk
        Linear expression of all samples of the bulk, samples × genes, in any scale.
    rna_fraction
        Proportions of mRNA of all samples, samples × types in sorted order.
    """

    def __init__(self, reference: ad.AnnData, genes: list[str], bulk: np.ndarray, rna_fraction: np.ndarray):
        self.sources = SourceCells.of(reference, genes)
        self.rna_fraction = rna_fraction
        self.measured = TARGET_SUM * bulk / bulk.sum(axis=1, keepdims=True)  # samples × genes
        self.expected = rna_fraction @ self.sources.profiles  # samples × genes
        self.log_factors = gene_factors(self.measured, self.expected)  # samples × genes

    def calibrate(self, sample: int, *, seed: int) -> Calibration:
        """Weight the cells for one sample.

        Parameters
        ----------
        sample
            Row of the sample in the bulk.
        seed
            Seed of the folds of genes.
        """
        sources, fraction, target = self.sources, self.rna_fraction[sample], self.measured[sample]
        factors = np.exp(self.log_factors[sample])  # (genes,)
        expected = self.expected[sample] * factors

        fitted = np.flatnonzero(expected > LEAST_EXPRESSION)
        scores = sources.scores(fraction)  # cells × components
        one_each = pd.Series(1.0, index=sources.types)
        unweighted = Calibration(np.ones(len(sources.codes)), False, False, np.nan, "", len(fitted), one_each)
        if reason := _hindrance(scores.shape[1], len(fitted)):
            log.info("no calibration to the bulk: %s", reason)
            return unweighted._replace(reason=reason)
        regression = BulkRegression.of(sources, scores, fraction, factors, target, expected, fitted)
        return _weighted(regression, seed, unweighted)


def _hindrance(n_components: int, n_genes: int) -> str:
    """Return why weights cannot be tried; empty where they can."""
    if not n_components:
        return f"no type that the bulk holds has {FEWEST_CELLS_TO_WEIGHT} reference cells"
    needed = GENES_PER_COMPONENT * n_components
    if n_genes < needed:
        return f"{n_genes} genes that bulk and reference share are expressed enough, and {needed} are needed"
    return ""


def _weighted(regression: BulkRegression, seed: int, unweighted: Calibration) -> Calibration:
    """Return the calibration with weights if they lower the error on held-out genes, else without."""
    before = regression.unweighted_error()  # (genes,)
    errors = {slope_sd: regression.held_out_error(slope_sd, seed) for slope_sd in SLOPE_SDS}
    best = min(SLOPE_SDS, key=lambda slope_sd: errors[slope_sd].sum())
    gain = before - errors[best]  # (genes,)
    ratio = float(errors[best].sum() / before.sum())
    if gain.mean() < STANDARD_ERRORS_OF_GAIN * gain.std() / np.sqrt(len(gain)):
        better = "no better" if ratio >= 1 else "not clearly better"
        reason = (
            f"weighted source cells predicted held-out genes of the bulk {better}: the squared error was "
            f"{ratio:.3f} times the error with equal weights, and it has to fall by more than "
            f"{STANDARD_ERRORS_OF_GAIN:.0f} standard errors"
        )
        log.info("no calibration to the bulk: %s", reason)
        return unweighted._replace(tried=True, error=ratio, reason=reason)
    weights = regression.weights(np.arange(len(gain)), best)
    effective = pd.Series(regression.sources.effective(weights), index=regression.sources.types)
    log.info(
        "calibrated to the bulk: on held-out genes the error falls to %.3f of the unweighted; effective sample size of "
        "the types: %s", ratio, ", ".join(f"{name} {size:.2f}" for name, size in effective.items()),
    )  # fmt: skip
    return unweighted._replace(weights=weights, tried=True, used=True, error=ratio, effective=effective)


def gene_factors(expression: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the log of how much more of each gene each sample's bulk holds than expected, as its other samples show.

    Samples of one file share their laboratory. What all of them have too much of comes from the platform, not from the
    cells. A sample's factors are the mean log ratio of the other samples, drawn to 0 by how uncertain that mean is.
    With fewer than three other samples they are 0.

    Parameters
    ----------
    expression, expected
        Linear expression per 10 000, measured and as predicted by the types' proportions of mRNA, samples × genes.

    Returns
    -------
    samples × genes.
    """
    n = len(expression) - 1
    if n < OTHER_SAMPLES_FOR_FACTORS:
        return np.zeros(expression.shape)
    ratio = np.log((expression + LEAST_EXPRESSION) / (expected + LEAST_EXPRESSION))  # samples × genes
    within = ratio.var(axis=0, ddof=1)  # (genes,)
    others = (ratio.sum(axis=0) - ratio) / n  # samples × genes: mean of the other samples
    between = np.maximum(ratio.mean(axis=0) ** 2 - within / (n + 1), 0).mean()  # variance of the factors over genes
    shrunk = others * between / np.maximum(between + within / n, 1e-12)
    return np.clip(shrunk, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)
