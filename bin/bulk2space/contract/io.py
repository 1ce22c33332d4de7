"""Reading and writing what passes between the pipeline's steps."""

from pathlib import Path

import anndata as ad
import scipy.sparse as sp

from .keys import Obsm


def read_h5ad(path: Path) -> ad.AnnData:
    """Read one of the pipeline's own files."""
    return ad.read_h5ad(path)


def read_genes(opened: ad.AnnData, genes: list[str], *, block: int = 1_000) -> ad.AnnData:
    """Read some genes of a file opened with ``backed="r"``, block by block of its rows; layers stay behind."""
    columns = opened.var_names.get_indexer(genes)
    values = sp.vstack([opened.X[start : start + block][:, columns] for start in range(0, opened.n_obs, block)])
    return ad.AnnData(
        sp.csr_matrix(values),
        obs=opened.obs.copy(),
        var=opened.var.iloc[columns].copy(),
        uns=dict(opened.uns),
        obsm={"spatial": opened.obsm[Obsm.SPATIAL]},
    )


def write_h5ad(adata: ad.AnnData, path: Path) -> None:
    """Write one of the pipeline's own files, compressed."""
    adata.write_h5ad(path, compression="gzip")
