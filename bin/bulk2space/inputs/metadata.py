"""Metadata of spots and cells as the pipeline stores them, and the user's table of gene names."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..contract.problems import InputError
from ..contract.user_tables import read_metadata
from .genes import plain


def storable(obs: pd.DataFrame) -> pd.DataFrame:
    """Return metadata under column names that an h5ad can hold."""
    names = pd.Series(obs.columns.astype(str)).str.replace("/", "_")
    names = names.replace({"_index": "index_", "": "unnamed", ".": "unnamed"})
    return obs.set_axis(names, axis=1).loc[:, ~names.duplicated().to_numpy()]


def volumes(column: pd.Series, source: str) -> np.ndarray:
    """Return the cells' volumes, (cells,), in the section's own unit.

    Raises
    ------
    InputError
        If one is not a positive number.
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise InputError(
            f"{source}: the volume of {bad.sum()} cells is not a number above 0, such as that of "
            f"'{column.index[bad][0]}'; correct it or remove the column"
        )
    return values


def read_gene_map(path: Path) -> dict[str, str]:
    """Read the user's table of gene names, columns ``gene_id`` and ``gene_name``; rows without a new name are ignored.

    Raises
    ------
    InputError
        If a column is missing or a name appears twice.
    """
    table = read_metadata(path, "gene_id", ("gene_name",))["gene_name"].str.strip()
    table.index = plain(table.index)  # as the files' own names, Ensembl identifiers without their version
    return table[(table != "") & ~table.index.duplicated()].to_dict()
