"""Reading and writing what passes between the pipeline's steps."""

from pathlib import Path

import anndata as ad
import pandas as pd


def read_h5ad(path: Path) -> ad.AnnData:
    """Read one of the pipeline's own files."""
    return ad.read_h5ad(path)


def read_table(path: Path) -> pd.DataFrame:
    """Read one of the pipeline's own tables, or one of the same columns: names stay text, whatever they look like."""
    text = dict.fromkeys(("sample", "spot", "cell", "cell_type", "gene"), str)
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values={"validation_loss": [""]})


def write_h5ad(adata: ad.AnnData, path: Path) -> None:
    """Write one of the pipeline's own files, compressed."""
    adata.write_h5ad(path, compression="gzip")
