"""Which reference cells a bulk sample asks for: weights within each type, so that their sum comes closer to the bulk.

The paper takes the bulk for "a weighted collection of single-cell expression data" (Design concept). Here a cell's
weight is linear in where it lies on its type's principal components, and a ridge regression of the bulk on those
components finds the slopes. Genes that the fit has not seen decide whether the weights are used at all.
"""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.decomposition import PCA

from ..contract.expression import counts_or_linear
from ..contract.keys import Obs
from ..numerics.groups import type_means
from ..numerics.scaling import TARGET_SUM

log = logging.getLogger(__name__)

BOUNDS = (0.2, 5.0)  # of a cell's weight within its type
COMPONENTS = 5
VARIABLE = 500  # genes of a type that its components are made of
FEWEST_CELLS = 30  # of a type that can be weighted
RARE = 0.3  # per 10 000: genes expected below this say little
FOLDS = 5
SLOPES = (0.05, 0.15, 0.5)  # prior standard deviations of a slope that are tried
SIGMA = 3.0  # standard errors by which the error on unseen genes has to fall
SAMPLES_FOR_FACTORS = 3  # other samples needed before a gene's factor can be told from this sample's own deviation
LARGEST_FACTOR = 3.0  # of a gene's log


class Calibration(NamedTuple):
    """What a bulk sample says of the reference's cells.

    Attributes
    ----------
    weights
        Of each reference cell, (cells,), in [0.2, 5]; 1 on average within each type, and 1 throughout where not used.
    used
        Whether the weights fit the bulk better on genes left out of the fit.
    error
        Squared error of the weighted sum on those genes over that of the unweighted one. Where the weights are not
        used, what they would have given; 1 where none were tried.
    n_genes
        Genes that took part.
    effective
        Effective sample size of the weights, as a share of the cells, by type.
    """

    weights: np.ndarray
    used: bool
    error: float
    n_genes: int
    effective: pd.Series


def gene_factors(expression: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the log of how much more of each gene each sample's bulk holds than expected, as its other samples show.

    Samples of one file share their laboratory: what all of them have too much of is the platform's, not the cells'. A
    sample's factors are the mean log ratio of the other samples, drawn to 0 by how uncertain that mean is; with fewer
    than three others they are 0.

    Parameters
    ----------
    expression, expected
        Linear expression per 10 000, measured and as the types' shares predict it, samples × genes.

    Returns
    -------
    samples × genes.
    """
    n = len(expression) - 1
    if n < SAMPLES_FOR_FACTORS:
        return np.zeros(expression.shape)
    ratio = np.log((expression + RARE) / (expected + RARE))
    within = ratio.var(axis=0, ddof=1)
    others = (ratio.sum(axis=0) - ratio) / n
    between = np.maximum(ratio.mean(axis=0) ** 2 - within / (n + 1), 0).mean()
    shrunk = others * between / np.maximum(between + within / n, 1e-12)
    return np.clip(shrunk, -LARGEST_FACTOR, LARGEST_FACTOR)


def calibrate(
    reference: ad.AnnData, genes: list[str], bulk: np.ndarray, rna_fraction: np.ndarray, sample: int, *, seed: int
) -> Calibration:
    """Weight the reference's cells for one sample of a bulk.

    Parameters
    ----------
    reference
        Cells with `obs['cell_type']`, `X` in log values and, where known, `layers['counts']`.
    genes
        Genes that it shares with the bulk.
    bulk
        Linear expression of all samples of the bulk, samples × genes, in any scale.
    rna_fraction
        Shares of mRNA of all samples, samples × types in sorted order.
    sample
        Row of the sample to weight for.
    seed
        Of the folds of genes.
    """
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    codes = np.unique(labels, return_inverse=True)[1]
    sizes = np.bincount(codes)
    cells = reference[:, genes]
    values = sp.csr_matrix(counts_or_linear(cells), dtype=np.float32)
    types, means = type_means(values, labels)
    totals = np.maximum(means.sum(axis=1), 1e-12)  # a type may have none of these genes
    profiles = TARGET_SUM * means / totals[:, None]
    measured = TARGET_SUM * bulk / bulk.sum(axis=1, keepdims=True)
    expected = rna_fraction @ profiles  # samples × genes
    factors = np.exp(gene_factors(measured, expected)[sample])
    share, target, expected = rna_fraction[sample], measured[sample], expected[sample] * factors

    fit = np.flatnonzero(expected > RARE)
    scores = _scores(sp.csr_matrix(cells.X), codes, sizes, share)  # cells × components
    n_components = scores.shape[1]
    none = Calibration(np.ones(len(codes)), False, 1.0, len(fit), pd.Series(1.0, index=types))
    if not n_components or len(fit) < 20 * n_components:
        log.info("no calibration to the bulk: too few cells of a type, or %d genes, to do it with", len(fit))
        return none
    per_cell = share[codes] / (sizes * totals)[codes] * TARGET_SUM  # what a cell of weight 1 adds per count
    slopes = np.asarray(values.T @ (scores * per_cell[:, None]))[fit] * factors[fit, None]  # genes × components
    composition = (profiles.T * factors[:, None])[fit][:, share > 0]  # an error of the shares is none of the states
    problem = _Problem(target[fit], expected[fit], slopes, composition, _precision(target[fit], expected[fit]))

    def weighted(slope: np.ndarray) -> np.ndarray:
        return _within(1 + scores @ slope, codes, sizes)

    def predict(weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return (values[:, fit[rows]].T @ (weights * per_cell)) * factors[fit[rows]]

    folds = np.random.default_rng(seed).permutation(len(fit)) % FOLDS
    unweighted = problem.error(expected[fit], np.arange(len(fit)))
    errors = {}
    for width in SLOPES:
        errors[width] = np.empty(len(fit))
        for fold in range(FOLDS):
            seen, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            errors[width][left] = problem.error(predict(weighted(problem.solve(seen, width)), left), left)
    best = min(SLOPES, key=lambda width: errors[width].sum())
    gain = unweighted - errors[best]
    ratio = float(errors[best].sum() / unweighted.sum())
    if gain.mean() < SIGMA * gain.std() / np.sqrt(len(gain)):
        log.info("no calibration to the bulk: on genes left out of the fit the error is %.3f of the unweighted", ratio)
        return none._replace(error=ratio)
    weights = weighted(problem.solve(np.arange(len(fit)), best))
    effective = np.bincount(codes, weights) ** 2 / np.bincount(codes, weights**2) / sizes
    log.info(
        "calibrated to the bulk: on genes left out of the fit the error falls to %.3f of the unweighted; effective "
        "sample size of the types: %s", ratio, ", ".join(f"{t} {e:.2f}" for t, e in zip(types, effective, strict=True)),
    )  # fmt: skip
    return Calibration(weights, True, ratio, len(fit), pd.Series(effective, index=types))


class _Problem(NamedTuple):
    """The bulk as expected value + slopes · components + composition · its error, with a variance for each gene."""

    target: np.ndarray  # (genes,)
    expected: np.ndarray  # (genes,)
    slopes: np.ndarray  # genes × components
    composition: np.ndarray  # genes × types
    precision: np.ndarray  # (genes,)

    def solve(self, rows: np.ndarray, width: float) -> np.ndarray:
        """Return the most likely slopes, (components,), by these genes and a normal prior of this width."""
        design = np.hstack([self.slopes, self.composition])[rows]
        n = self.slopes.shape[1]
        prior = np.r_[np.full(n, width**-2.0), np.full(design.shape[1] - n, 1.0)]  # a share is at most 1 wrong
        scaled = design * self.precision[rows, None]
        found = np.linalg.solve(scaled.T @ design + np.diag(prior), scaled.T @ (self.target - self.expected)[rows])
        return found[:n]

    def error(self, predicted: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the squared error of these genes in units of their variance."""
        return self.precision[rows] * (self.target[rows] - predicted) ** 2


def _precision(target: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return one over each gene's variance: laboratories differ by factors, whose spread the residuals show."""
    relative = (target - expected) / (expected + 1)
    spread = max(np.median(np.abs(relative)) / 0.6745, 0.02)  # of a normal distribution
    cut = np.maximum(np.abs(relative) / (2 * spread), 1)  # genes far off count less, as Huber's
    return 1 / (cut * (spread * (expected + 1)) ** 2)


def _scores(log_values: sp.csr_matrix, codes: np.ndarray, sizes: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return where each cell lies on its type's components (cells × all types' components, 0 for other types).

    Types without a share of the bulk, or with few cells, have none.
    """
    columns = [np.zeros((len(codes), 0))]
    for t in np.flatnonzero((sizes >= FEWEST_CELLS) & (share > 0)):
        own = np.flatnonzero(codes == t)
        values = log_values[own]
        mean = np.asarray(values.mean(axis=0)).ravel()
        variance = np.asarray(values.multiply(values).mean(axis=0)).ravel() - mean**2
        values = values[:, np.sort(np.argsort(-variance, kind="stable")[:VARIABLE])].toarray()
        k = min(COMPONENTS, len(own) // 10, values.shape[1])
        score = PCA(k, svd_solver="randomized", random_state=0).fit_transform(values)
        score /= np.maximum(score.std(axis=0), 1e-9)
        score = np.clip(score, -3, 3)
        column = np.zeros((len(codes), k))
        column[own] = score - score.mean(axis=0)
        columns.append(column)
    return np.hstack(columns)


def _within(weights: np.ndarray, codes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Bring weights to a mean of 1 in every type, inside the bounds."""
    weights = np.clip(weights, *BOUNDS)
    for _ in range(20):
        weights = np.clip(weights / (np.bincount(codes, weights) / sizes)[codes], *BOUNDS)
    return weights
