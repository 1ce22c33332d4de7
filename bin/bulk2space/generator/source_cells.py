"""The reference's cells as sources of new ones: their positions within their types, and weights of them."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import PCA

from ..contract.expression import counts_or_linear
from ..contract.keys import Obs
from ..numerics.groups import type_means
from ..numerics.scaling import TARGET_SUM

BOUNDS = (0.2, 5.0)  # of a cell's weight within its type
ROUNDS_OF_SCALING = 20  # of bringing weights to a mean of 1 and inside their bounds, in turn

FEWEST_CELLS_TO_WEIGHT = 30  # a type of fewer cells is not weighted
COMPONENTS_PER_TYPE = 5
CELLS_PER_COMPONENT = 10  # of the type, at least
VARIABLE_GENES = 500  # of a type, that its components are made of
LARGEST_SCORE = 3.0  # of a cell on a component, in standard deviations: no single cell rules a slope


class SourceCells(NamedTuple):
    """The reference's cells, on some genes."""

    types: list[str]
    codes: np.ndarray  # (cells,): position of each cell's type
    sizes: np.ndarray  # (types,): number of cells
    values: sp.csr_matrix  # cells × genes: counts where known, else expression per 10 000
    totals: np.ndarray  # (types,): mean over a type's cells of the sum of their values
    profiles: np.ndarray  # types × genes: mean expression per 10 000
    log_values: sp.csr_matrix  # cells × genes: log1p of expression per 10 000
    components: dict[int, np.ndarray]  # of each type so far needed: its cells' scores, cells of the type × components

    @classmethod
    def of(cls, reference: ad.AnnData, genes: list[str]) -> "SourceCells":
        """Take the cells of a reference, on these genes."""
        labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        codes = np.unique(labels, return_inverse=True)[1]
        values = sp.csr_matrix(counts_or_linear(reference[:, genes]), dtype=np.float32)
        types, means = type_means(values, labels)
        totals = np.maximum(means.sum(axis=1), 1e-12)  # a type may have none of these genes
        profiles, log_values = TARGET_SUM * means / totals[:, None], sp.csr_matrix(reference[:, genes].X)
        return cls(types, codes, np.bincount(codes), values, totals, profiles, log_values, {})

    def scores(self, rna_fraction: np.ndarray) -> np.ndarray:
        """Return each cell's position on its type's components (cells × all types' components, 0 for other types).

        Types of few cells have no components, and neither have types that the sample has none of. Those of the other
        types are found once for all samples.

        Parameters
        ----------
        rna_fraction
            Proportions of mRNA in the sample, (types,).
        """
        columns = [np.zeros((len(self.codes), 0))]
        for t in np.flatnonzero((self.sizes >= FEWEST_CELLS_TO_WEIGHT) & (rna_fraction > 0)):
            own = np.flatnonzero(self.codes == t)
            if t not in self.components:
                self.components[t] = _components(self.log_values[own])
            column = np.zeros((len(self.codes), self.components[t].shape[1]))
            column[own] = self.components[t]
            columns.append(column)
        return np.hstack(columns)

    def bounded(self, weights: np.ndarray) -> np.ndarray:
        """Bring weights, (cells,), to a mean of 1 in every type, inside their bounds."""
        weights = np.clip(weights, *BOUNDS)
        for _ in range(ROUNDS_OF_SCALING):
            weights = np.clip(weights / (np.bincount(self.codes, weights) / self.sizes)[self.codes], *BOUNDS)
        return weights

    def effective(self, weights: np.ndarray) -> np.ndarray:
        """Return the effective sample size (Kish) of each type's weights over its number of cells, (types,)."""
        return np.bincount(self.codes, weights) ** 2 / np.bincount(self.codes, weights**2) / self.sizes


def _components(log_values: sp.csr_matrix) -> np.ndarray:
    """Return the scores of a type's cells on its principal components, cells × components: mean 0, spread about 1."""
    mean = np.asarray(log_values.mean(axis=0)).ravel()  # (genes,)
    variance = np.asarray(log_values.multiply(log_values).mean(axis=0)).ravel() - mean**2  # (genes,)
    variable = np.sort(np.argsort(-variance, kind="stable")[:VARIABLE_GENES])
    values = log_values[:, variable].toarray()
    k = min(COMPONENTS_PER_TYPE, len(values) // CELLS_PER_COMPONENT, values.shape[1])
    score = PCA(k, svd_solver="randomized", random_state=0).fit_transform(values)  # cells × components
    score /= np.maximum(score.std(axis=0), 1e-9)
    score = np.clip(score, -LARGEST_SCORE, LARGEST_SCORE)
    return score - score.mean(axis=0)
