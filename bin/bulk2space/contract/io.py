"""Reading and writing what passes between the pipeline's steps."""

from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp

from .keys import Obsm, Uns, Varm
from .own_files import reading
from .whole_files import whole


def read_h5ad(path: Path) -> ad.AnnData:
    """Read one of the pipeline's own files."""
    with reading(path):
        return ad.read_h5ad(path)


def open_h5ad(path: Path) -> ad.AnnData:
    """Open one of the pipeline's own files, whose matrices stay on the disk."""
    with reading(path):
        return ad.read_h5ad(path, backed="r")


def read_genes(opened: ad.AnnData, genes: list[str], *, block: int = 1_000) -> ad.AnnData:
    """Read some genes of a file opened with ``backed="r"``, block by block of its rows; layers stay behind.

    Of a large section of imaged cells, whose file has no ``X``, they are made from the expression of the neighbours.
    """
    columns = opened.var_names.get_indexer(genes)
    if Varm.NEIGHBOR_EXPRESSION in opened.varm:
        made_of = sp.csr_matrix(opened.varm[Varm.NEIGHBOR_EXPRESSION])[columns]
        of_cells = opened.uns[Uns.NEIGHBOR_SOURCES] @ made_of.T  # generated cells × genes
        values = sp.csr_matrix(opened.obsm[Obsm.NEIGHBORS], dtype=np.float32) @ of_cells
    else:
        values = sp.vstack([opened.X[start : start + block][:, columns] for start in range(0, opened.n_obs, block)])
    return ad.AnnData(
        sp.csr_matrix(values),
        obs=opened.obs.copy(),
        var=opened.var.iloc[columns].copy(),
        uns=dict(opened.uns),
        obsm={"spatial": opened.obsm[Obsm.SPATIAL]},
    )


def write_h5ad(adata: ad.AnnData, path: Path) -> None:
    """Write one of the pipeline's own files, compressed.

    The fastest level of gzip takes little more than half the time of the usual one, and files are hardly larger.
    """
    with whole(path) as partial:
        adata.write_h5ad(partial, compression="gzip", compression_opts=1)
