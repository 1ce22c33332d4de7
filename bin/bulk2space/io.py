"""Reading and writing what passes between the pipeline's steps, and the tables that go with a run's parameters."""

from pathlib import Path

import anndata as ad
import pandas as pd

from .formats.tables import read_metadata


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


def read_mrna_content(path: Path | None) -> dict[str, float] | None:
    """Read the user's table of mRNA per cell of each type: NaN for a value that is no number.

    Raises
    ------
    InputError
        If one of the columns `cell_type` and `mrna_content` is missing or a type stands twice.
    """
    if path is None:
        return None
    table = read_metadata(path, ("cell_type",), ("mrna_content",))
    return pd.to_numeric(table["mrna_content"], errors="coerce").to_dict()
