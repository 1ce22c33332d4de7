"""Reading what users bring, reading and writing what passes between the pipeline's steps."""

from pathlib import Path

import anndata as ad


def read_h5ad(path: Path) -> ad.AnnData:
    """Read one of the pipeline's own files."""
    return ad.read_h5ad(path)


def write_h5ad(adata: ad.AnnData, path: Path) -> None:
    """Write one of the pipeline's own files, compressed."""
    adata.write_h5ad(path, compression="gzip")
