"""What is read of a section of spots: the marker genes of all spots, and sums over the genes that stay in the file."""

from collections.abc import Iterable
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract.keys import Layers, Obs, Obsm
from ..contract.stored import COUNTS, LOGS, Block, Stored
from ..numerics.scaling import totals


def read_markers(stored: Stored, shared: list[str], genes: list[str], *, counts: bool) -> ad.AnnData:
    """Return all spots in the marker genes, with the sums over all genes and over the shared ones in ``obs``.

    Parameters
    ----------
    stored
        The section.
    shared
        Genes that reference, cells and section have in common.
    genes
        Marker genes among them.
    counts
        Whether the sum over the shared genes is one of counts; otherwise of expression per 10 000.
    """
    columns, is_shared = stored.var_names.get_indexer(genes), stored.var_names.isin(shared)
    logs = _Part.of(stored.blocks(LOGS), columns, is_shared, logs=True)
    whole = _Part.of(stored.blocks(COUNTS), columns, is_shared) if stored.has_counts else logs
    sums = {Obs.TOTAL: whole.total, Obs.SHARED_TOTAL: (whole if counts else logs).shared_total}
    return ad.AnnData(
        logs.values,
        obs=stored.obs.assign(**sums),
        var=stored.var.iloc[columns],
        obsm={Obsm.SPATIAL: stored.obsm[Obsm.SPATIAL]},
        uns=stored.uns,
        layers={Layers.COUNTS: whole.values} if stored.has_counts else None,
    )


class _Part(NamedTuple):
    """Some columns of a matrix, rows × genes, and the sums of each row over all genes and the shared ones, (rows,)."""

    values: sp.csr_matrix
    total: np.ndarray
    shared_total: np.ndarray

    @classmethod
    def of(cls, blocks: Iterable[Block], columns: np.ndarray, is_shared: np.ndarray, *, logs: bool = False) -> "_Part":
        """Read a matrix block by block; of logarithms the sums are those of the linear values."""
        parts = []
        for _, values in blocks:
            linear = values.expm1() if logs else values
            parts.append((values[:, columns], totals(linear), linear @ is_shared.astype(np.float64)))
        values, total, shared_total = zip(*parts, strict=True)
        return cls(sp.vstack(values, format="csr"), np.concatenate(total), np.concatenate(shared_total))
