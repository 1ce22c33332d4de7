"""The paper's metrics for step 2, spots: PCC, SRCC and RMSE of compositions and of expression."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.contract.expression import counts_or_linear, linear, shared_genes
from bulk2space.contract.keys import Obs
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.metrics import pcc, pcc_of_rows, rmse
from bulk2space.numerics.scaling import TARGET_SUM
from bulk2space.numerics.shares import largest_remainder
from scipy.stats import rankdata

from ..cases.placed import spot_sums
from ..cases.sections import TRUE_CELLS

SPOTS_AT_ONCE = 512  # held dense in memory
MRNA = "rna_fraction"
MARKERS = 100  # of each type, which methods work on; expression is judged on the other genes
VARIES = 1e-9  # product of two standard deviations over spots, above which a gene varies


class Judge:
    """Compares methods with the ground truth of one simulated section.

    Parameters
    ----------
    truth
        Spots × genes, sums of the members; `obsm['cells']`: spots × types.
    reference
        Annotated cells.
    ranking
        Genes ranked for each type; the best of each are not used to judge expression.
    """

    def __init__(self, truth: ad.AnnData, reference: ad.AnnData, ranking: pd.DataFrame):
        self.genes = shared_genes(truth, reference)
        self.truth = truth[:, self.genes]
        self.values = sp.csr_matrix(self.truth.X)
        cells = truth.obsm[TRUE_CELLS]
        self.proportions = cells.div(cells.sum(axis=1), axis=0)
        self.size = cells.sum(axis=1).to_numpy()
        used = set(markers.select(ranking, self.genes, per_type=MARKERS))
        self.judged = np.flatnonzero([gene not in used for gene in self.genes])
        labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        types, means = type_means(linear(reference[:, self.genes]), labels)
        self.means = pd.DataFrame(means, index=types, columns=self.genes)

    def constant(self) -> dict[str, list]:
        """Return metrics of the mean true composition, the same in every spot: any method should do better."""
        same = pd.DataFrame(
            np.tile(self.proportions.mean().to_numpy(), (len(self.proportions), 1)),
            self.proportions.index,
            self.proportions.columns,
        )
        return self._metrics(same, self._whole(same), self._of_means(same))

    def method(self, table: pd.DataFrame, spatial: ad.AnnData | None) -> dict[str, list]:
        """Return metrics of a method.

        Parameters
        ----------
        table
            Its proportions, one row per spot and type; also its fractions of mRNA where it tells them from those.
        spatial
            The cells that it placed; None where it places none.
        """
        proportions = table.pivot(index="spot", columns="cell_type", values="proportion")
        if spatial is None:
            mrna = table.pivot(index="spot", columns="cell_type", values=MRNA) if MRNA in table else proportions
            return self._metrics(proportions, self._whole(proportions), self._of_means(mrna))
        placed = pd.crosstab(spatial.obs[Obs.SPOT].astype(str), spatial.obs[Obs.CELL_TYPE].astype(str))
        values = counts_or_linear(spatial[:, self.genes]).astype(np.float64)
        spots = self.proportions.index
        made = spot_sums(spots.get_indexer(spatial.obs[Obs.SPOT].astype(str)), values, len(spots))
        return self._metrics(proportions, placed.div(placed.sum(axis=1), axis=0), made)

    def _whole(self, proportions: pd.DataFrame) -> pd.DataFrame:
        """Return the proportions after rounding to whole cells, spots × types."""
        proportions = proportions.reindex(self.proportions.index, fill_value=0.0)
        numbers = largest_remainder(proportions.to_numpy(), self.size)
        return pd.DataFrame(numbers / self.size[:, None], proportions.index, proportions.columns)

    def _of_means(self, proportions: pd.DataFrame) -> sp.csr_matrix:
        """Return the expression of a method that places no cells, spots × genes."""
        return from_proportions(proportions, self.means, self.proportions.index)

    def _metrics(self, proportions: pd.DataFrame, whole: pd.DataFrame, made: sp.csr_matrix) -> dict[str, list]:
        found = (
            composition(proportions, self.proportions, "composition")
            | composition(whole, self.proportions, "whole")
            | expression(made, self.values, self.judged)
        )
        return {"metric": list(found), "value": list(found.values())}


def composition(found: pd.DataFrame, true: pd.DataFrame, suffix: str) -> dict[str, float]:
    """Compare two tables of proportions over all spots and types at once.

    Parameters
    ----------
    found, true
        Spots × types, rows sum to 1. A spot or type that only one of them has counts as zeros in the other, except
        spots that only ``found`` has, which are ignored.
    suffix
        End of the metrics' names: `pcc_<suffix>`, `srcc_<suffix>`, `rmse_<suffix>`.
    """
    types = true.columns.union(found.columns)
    x = found.reindex(index=true.index, columns=types, fill_value=0.0).to_numpy(dtype=float).ravel()
    y = true.reindex(columns=types, fill_value=0.0).to_numpy(dtype=float).ravel()
    values = {"pcc": pcc(x, y), "srcc": pcc(rankdata(x), rankdata(y)), "rmse": rmse(x, y)}
    return {f"{name}_{suffix}": value for name, value in values.items()}


def expression(found: sp.csr_matrix, true: sp.csr_matrix, genes: np.ndarray) -> dict[str, float]:
    """Compare log1p of expression per 10 000, in each spot over genes, and of each gene over spots.

    Parameters
    ----------
    found, true
        Linear values, spots × genes, of the same spots and genes.
    genes
        Positions of the genes to compare; values are per 10 000 of all genes.

    Returns
    -------
    Means over spots: `pcc_expression`, `srcc_expression`, `rmse_expression`. Mean over genes that the ground truth
    expresses: `pcc_genes`. The correlation of a spot without values, or of a gene that does not vary, is 0.
    """
    n_spots = true.shape[0]
    by_spot = np.empty((3, n_spots))
    sums = np.zeros((5, len(genes)))
    for start in range(0, n_spots, SPOTS_AT_ONCE):
        rows = slice(start, start + SPOTS_AT_ONCE)
        x, y = (per_10_000(matrix[rows], genes) for matrix in (found, true))
        by_spot[:, rows] = (
            pcc_of_rows(x, y),
            pcc_of_rows(rankdata(x, axis=1), rankdata(y, axis=1)),
            np.sqrt(((x - y) ** 2).mean(axis=1)),
        )
        sums += [part.sum(axis=0) for part in (x, y, x * x, y * y, x * y)]
    x, y, xx, yy, xy = sums / n_spots
    spread = np.sqrt(np.maximum(xx - x * x, 0) * np.maximum(yy - y * y, 0))
    of_genes = np.divide(xy - x * y, spread, out=np.zeros_like(spread), where=spread > VARIES)
    names = ("pcc_expression", "srcc_expression", "rmse_expression")
    means = dict(zip(names, by_spot.mean(axis=1).tolist(), strict=True))
    return means | {"pcc_genes": float(of_genes[y > 0].mean())}


def per_10_000(values: sp.csr_matrix, genes: np.ndarray) -> np.ndarray:
    """Return log1p of values per 10 000 of each row, rows × chosen genes; rows of zeros stay zero."""
    totals = np.asarray(values.sum(axis=1), dtype=float).ravel()
    factors = np.divide(TARGET_SUM, totals, out=np.zeros_like(totals), where=totals > 0)
    return np.log1p(values[:, genes].toarray() * factors[:, None])


def from_proportions(proportions: pd.DataFrame, means: pd.DataFrame, spots: pd.Index) -> sp.csr_matrix:
    """Return proportions × mean expression of types, the paper's expression of methods without cells, spots × genes."""
    table = proportions.reindex(index=spots, columns=means.index, fill_value=0.0)
    return sp.csr_matrix(table.to_numpy() @ means.to_numpy())
