"""Ridge regression of one bulk sample on the principal components of the reference's cells."""

from typing import NamedTuple

import numpy as np

from ..numerics.scaling import TARGET_SUM
from .source_cells import SourceCells

FRACTION_ERROR_SD = 1.0  # prior standard deviation of an error in a proportion of mRNA, which is 1 at most
SLOPE_SDS = (0.05, 0.15, 0.5)  # prior standard deviations of a slope that are tried
FOLDS = 5  # of genes; each fold is held out once
NORMAL_MEDIAN = 0.6745  # median distance of a normal variable from its mean, in standard deviations
LEAST_SPREAD = 0.02  # of genes' factors between laboratories, relative; keeps the variance of a perfect fit above 0
ROBUST_CUT = 2.0  # standard deviations beyond which a gene counts less, as in Huber's regression


class BulkRegression(NamedTuple):
    """The bulk as its expected value + slopes · components + composition · errors, with a variance per gene.

    A cell's weight is 1 + its scores on its type's components · the slopes found.
    """

    sources: SourceCells
    scores: np.ndarray  # cells × components
    genes: np.ndarray  # (genes,): positions, among the sources' genes, of those that take part
    per_value: np.ndarray  # (cells,): what each count of a cell of weight 1 adds to the sum, per 10 000
    factors: np.ndarray  # (genes,): of the platform
    target: np.ndarray  # (genes,): measured expression per 10 000
    expected: np.ndarray  # (genes,): the sum of cells of weight 1
    slopes: np.ndarray  # genes × components: what a slope of 1 adds
    composition: np.ndarray  # genes × types: what an error in the proportions adds; it is not put down to states
    precision: np.ndarray  # (genes,): one over the variance

    @classmethod
    def of(
        cls,
        sources: SourceCells,
        scores: np.ndarray,
        rna_fraction: np.ndarray,
        factors: np.ndarray,
        target: np.ndarray,
        expected: np.ndarray,
        genes: np.ndarray,
    ) -> "BulkRegression":
        """Set up the regression of a sample with these proportions of mRNA, (types,), on some of all genes."""
        target, expected = target[genes], expected[genes]
        per_value = rna_fraction[sources.codes] / (sources.sizes * sources.totals)[sources.codes] * TARGET_SUM
        slopes = np.asarray(sources.values.T @ (scores * per_value[:, None]))[genes] * factors[genes, None]
        composition = (sources.profiles.T * factors[:, None])[genes][:, rna_fraction > 0]
        return cls(
            sources, scores, genes, per_value, factors[genes], target, expected, slopes, composition,
            _precision(target, expected),
        )  # fmt: skip

    def weights(self, rows: np.ndarray, slope_sd: float) -> np.ndarray:
        """Return the cells' weights, (cells,), by the genes in `rows` and a normal prior of the slopes."""
        return self.sources.bounded(1 + self.scores @ self._solve(rows, slope_sd))

    def predict(self, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the weighted sum of the cells, (rows,)."""
        values = self.sources.values[:, self.genes[rows]]  # cells × rows
        return (values.T @ (weights * self.per_value)) * self.factors[rows]

    def error(self, predicted: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the squared error of predicted expression in units of its variance, (rows,)."""
        return self.precision[rows] * (self.target[rows] - predicted) ** 2

    def unweighted_error(self) -> np.ndarray:
        """Return the error of the sum of cells of weight 1, (genes,)."""
        return self.error(self.expected, np.arange(len(self.genes)))

    def held_out_error(self, slope_sd: float, seed: int) -> np.ndarray:
        """Return the error of each gene by the weights that the genes of the other folds ask for, (genes,)."""
        folds = np.random.default_rng(seed).permutation(len(self.genes)) % FOLDS
        errors = np.empty(len(self.genes))
        for fold in range(FOLDS):
            seen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            errors[held] = self.error(self.predict(self.weights(seen, slope_sd), held), held)
        return errors

    def _solve(self, rows: np.ndarray, slope_sd: float) -> np.ndarray:
        """Return the most likely slopes, (components,)."""
        design = np.hstack([self.slopes, self.composition])[rows]  # rows × (components + types)
        n = self.slopes.shape[1]
        prior = np.r_[np.full(n, slope_sd**-2.0), np.full(design.shape[1] - n, FRACTION_ERROR_SD**-2.0)]
        scaled = design * self.precision[rows, None]
        found = np.linalg.solve(scaled.T @ design + np.diag(prior), scaled.T @ (self.target - self.expected)[rows])
        return found[:n]


def _precision(target: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return one over each gene's variance: laboratories differ by factors, whose spread the residuals show."""
    relative = (target - expected) / (expected + 1)
    spread = max(np.median(np.abs(relative)) / NORMAL_MEDIAN, LEAST_SPREAD)
    cut = np.maximum(np.abs(relative) / (ROBUST_CUT * spread), 1)
    return 1 / (cut * (spread * (expected + 1)) ** 2)
