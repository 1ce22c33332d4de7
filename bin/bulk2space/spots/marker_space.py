"""Marker genes of cells and spots, and the principal components in which the two are compared."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract.expression import linear
from ..contract.keys import Layers, Obs
from ..numerics.axes import SMALLEST_SPREAD, principal_axes, standardize
from ..numerics.scaling import TARGET_SUM

NO_TYPES = np.empty(0, dtype=int)
REMEMBERED = 3  # results that a space keeps: of the pseudo-spots, the cells and the spots


class Expression(NamedTuple):
    """Marker genes of cells or spots.

    Attributes
    ----------
    values
        Counts, or linear expression where counts are unknown, rows × marker genes.
    library
        Sum of the same values over all genes shared by cells and section, (rows,).
    types
        Number of the cell type of each row, (rows,); empty for spots.
    """

    values: sp.csr_matrix
    library: np.ndarray
    types: np.ndarray = NO_TYPES

    def log(self) -> sp.csr_matrix:
        """Return log1p of values per 10 000 of the library, rows × genes, float32; empty rows are zero."""
        factors = np.divide(TARGET_SUM, self.library, out=np.zeros(len(self.library)), where=self.library > 0)
        return sp.csr_matrix(sp.diags_array(factors) @ self.values).log1p().astype(np.float32)


class Sides(NamedTuple):
    """Marker genes of the cells and of the spots, in one unit.

    Attributes
    ----------
    cells, spots
        Marker genes of each side.
    counts
        Whether values are counts; otherwise they are expression per 10 000.
    """

    cells: Expression
    spots: Expression
    counts: bool


def marker_expression(adata: ad.AnnData, shared: list[str], genes: list[str], *, counts: bool) -> Expression:
    """Return the marker genes of cells or spots; the library is the sum over all shared genes.

    Parameters
    ----------
    adata
        Cells or section.
    shared
        Genes that cells and section have in common.
    genes
        Marker genes among them.
    counts
        Whether to take counts; otherwise expression per 10 000. Cells and section must be in the same unit.
    """
    values = sp.csr_matrix(adata.layers[Layers.COUNTS]) if counts else linear(adata)
    if Obs.SHARED_TOTAL in adata.obs:  # only marker genes were read
        library = adata.obs[Obs.SHARED_TOTAL].to_numpy(dtype=float)
    else:
        library = np.asarray(values[:, adata.var_names.get_indexer(shared)].sum(axis=1), dtype=float).ravel()
    return Expression(values[:, adata.var_names.get_indexer(genes)], library)


class MarkerSpace:
    """Principal components of standardised log markers, in which cells, spots and pseudo-spots are compared.

    Each gene is standardised among the cells, among the spots and among the pseudo-spots separately. What a platform
    does to a gene (efficiency, ambient level, depth) is the same in all its rows, and so drops out.

    Parameters
    ----------
    components
        Largest number of principal components; fewer where there are fewer cells or genes.

    Attributes
    ----------
    axes_ : genes × components
    """

    def __init__(self, *, components: int = 30):
        self.components = components
        self._seen: list[tuple[Expression, np.ndarray]] = []

    def fit(self, cells: Expression) -> "MarkerSpace":
        """Find the components of the cells."""
        self._seen.clear()
        self.axes_ = principal_axes(standardize(cells.log().toarray()), components=self.components)
        return self

    def transform(self, rows: Expression) -> np.ndarray:
        """Return the rows' coordinates, rows × components, standardised among these rows.

        The last few results are kept, because scores of the same spots and cells are asked for in many portions.
        """
        for seen, coordinates in self._seen:
            if seen is rows:
                return coordinates
        coordinates = _standardized_product(rows.log(), self.axes_)
        self._seen = [*self._seen[1 - REMEMBERED :], (rows, coordinates)]
        return coordinates


def _standardized_product(values: sp.csr_matrix, axes: np.ndarray) -> np.ndarray:
    """Return the product of standardised columns (:func:`.axes.standardize`) and axes, rows × components, float32.

    The values stay sparse: means are subtracted from the product.
    """
    mean = np.asarray(values.mean(axis=0, dtype=np.float64)).ravel()
    square = np.asarray(values.power(2).mean(axis=0, dtype=np.float64)).ravel()
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    scaled = np.divide(axes, spread[:, None], out=np.zeros(axes.shape), where=spread[:, None] > SMALLEST_SPREAD)
    return (values @ scaled - mean @ scaled).astype(np.float32)
