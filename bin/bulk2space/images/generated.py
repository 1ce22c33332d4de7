"""The generated cells and those of the reference as the mapping takes them: matrices, types, sources."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import counts_or_linear
from ..contract.keys import Obs
from ..contract.problems import InputError
from .expected import Expected, as_drawn, smoothed
from .states import Target, states


class Generated(NamedTuple):
    """Generated cells.

    Attributes
    ----------
    expression, values
        Log expression, and counts where they are known, else values per 10 000; both cells × genes.
    columns
        Of the genes that the section measures, in its order.
    types, codes
        Names of the types, sorted; type of each cell, (cells,).
    sources
        Reference cell that each was drawn from, (cells,).
    target
        What tells the cells apart.
    expected
        What is expected of their expression.
    """

    expression: sp.csr_matrix
    values: sp.csr_matrix
    columns: np.ndarray
    types: np.ndarray
    codes: np.ndarray
    sources: np.ndarray
    target: Target
    expected: Expected

    @property
    def panel(self) -> sp.csr_matrix:
        """Log expression of the section's genes, cells × panel genes."""
        return self.expression[:, self.columns]

    @property
    def panel_values(self) -> sp.csr_matrix:
        """Counts or values per 10 000 of the section's genes, cells × panel genes."""
        return self.values[:, self.columns]

    @property
    def frequency(self) -> np.ndarray:
        """Proportion of each type among the cells, (types,)."""
        return np.bincount(self.codes, minlength=len(self.types)) / len(self.codes)

    def some(self, rows: np.ndarray) -> "Generated":
        """Return some of the cells."""
        by_cell = {name: getattr(self, name)[rows] for name in ("expression", "values", "codes", "sources")}
        return self._replace(**by_cell, target=self.target.some(rows), expected=self.expected.some(rows))


def generated(cells: ad.AnnData, genes: list[str]) -> Generated:
    """Take the generated cells out of their file; what is expected of them is what was drawn.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`. Without `source_cell`, each cell is its own source.
    genes
        Genes that the section measures, too.
    """
    labels = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    types, codes = np.unique(labels, return_inverse=True)
    sources = np.asarray(cells.obs.get(Obs.SOURCE_CELL, cells.obs_names), dtype=str)
    expression = sp.csr_matrix(cells.X, dtype=np.float32)
    return Generated(
        expression,
        counts_or_linear(cells),
        cells.var_names.get_indexer(genes),
        types,
        codes,
        sources,
        states(expression, labels),
        as_drawn(expression, sources),
    )


def of_reference(reference: ad.AnnData, cells: Generated, names: pd.Index) -> Generated:
    """Take the reference's cells of the generated types, with the generated cells' genes; each is its own source.

    Parameters
    ----------
    reference
        The annotated reference, log expression, `cell_type`.
    cells
        Generated cells.
    names
        Their genes, all of which the reference has.
    """
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    rows = np.flatnonzero(np.isin(labels, cells.types))
    part = reference[rows, names]
    expression, sources = sp.csr_matrix(part.X, dtype=np.float32), part.obs_names.to_numpy(dtype=str)
    return cells._replace(
        expression=expression,
        values=counts_or_linear(part),
        codes=np.searchsorted(cells.types, labels[rows]),
        sources=sources,
        target=Target(*(np.empty((len(rows), 0), dtype=np.float32) for _ in Target._fields)),
        expected=as_drawn(expression, sources),
    )


def with_expected(cells: Generated, reference: Generated) -> Generated:
    """Return generated cells that are expected to be like their sources.

    Parameters
    ----------
    cells
        Generated cells.
    reference
        Cells of the reference (:func:`of_reference`); the generated cells themselves where those are a reference's.

    Raises
    ------
    InputError
        If a source is not among the cells of the reference.
    """
    unknown = ~np.isin(cells.sources, reference.sources)
    if unknown.any():
        raise InputError(
            f"source_cell {cells.sources[unknown][0]} of a generated cell is not in the reference, give the reference "
            "that the cells were generated from"
        )
    place = states(reference.expression, reference.types[reference.codes]).states
    expected = smoothed(reference.expression, reference.codes, place, reference.sources, cells.sources)
    return cells._replace(expected=expected)
