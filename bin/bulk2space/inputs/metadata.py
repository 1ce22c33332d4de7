"""What users say of cells and spots, joined by name, never by position: types, libraries, coordinates, volumes."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..contract.problems import InputError, few
from ..contract.user_tables import read_metadata
from .genes import plain

UNLABELLED = ("", "NA", "N/A", "NaN", "nan", "None", "none")
MERGED = "other"
KEYS = {
    "cell": ("Cell", "cell", "barcode", "Barcode"),
    "spot": ("Spot", "spot", "barcode", "Barcode"),
}


def as_r_writes(names: pd.Index) -> pd.Index:
    """Return names as R makes them: ``A.1`` for ``A-1``, and no ``X`` before a digit."""
    return names.astype(str).str.replace(r"[^A-Za-z0-9_.]", ".", regex=True).str.removeprefix("X")


def without_number(names: pd.Index) -> pd.Index:
    """Return barcodes without the number of the library behind them."""
    return names.str.replace(r"[-.]\d+$", "", regex=True)


WAYS = {"as R rewrites them": as_r_writes, "without the number behind them": without_number}
"""How other software rewrites names."""


def joined(adata: ad.AnnData, table: pd.DataFrame, matrix: str, meta: str) -> tuple[pd.DataFrame, list[str]]:
    """Put a table's columns beside a matrix's own, in the matrix's order; missing where a name is not in the table.

    Where no name is the same, names are compared as R rewrites them (``A-1`` becomes ``A.1``) and without the number
    behind a barcode, if that makes them unique.

    Parameters
    ----------
    adata
        Observations × genes.
    table
        One row an observation, named by the index.
    matrix, meta
        Names of the two files.

    Returns
    -------
    Metadata of each observation, and sentences on what was done.

    Raises
    ------
    InputError
        If the files share no name.
    """
    notes = []
    names = adata.obs_names
    if not names.isin(table.index).any():
        names, table, how = _as_written_elsewhere(names, table)
        if how is None:
            raise InputError(
                f"{meta}: none of its {len(table)} names is in {matrix}: it has "
                f"{few(table.index)}, the matrix has {few(adata.obs_names)}; give the same names in both"
            )
        notes.append(f"{meta}: names are matched with those of {matrix} {how}")
    strangers = ~table.index.isin(names)
    if strangers.any():
        notes.append(
            f"{meta}: {strangers.sum()} rows name nothing in {matrix}, such as {few(list(table.index[strangers]))}"
        )
    rows = table.reindex(names).set_axis(adata.obs_names)
    return adata.obs.drop(columns=rows.columns, errors="ignore").join(rows), notes


def _as_written_elsewhere(names: pd.Index, table: pd.DataFrame) -> tuple[pd.Index, pd.DataFrame, str | None]:
    for how, rewrite in WAYS.items():
        ours, theirs = rewrite(names), rewrite(table.index)
        if ours.is_unique and theirs.is_unique and ours.isin(theirs).any():
            return ours, table.set_axis(theirs), how
    return names, table, None


def cell_types(column: pd.Series) -> np.ndarray:
    """Return the labels as text, (cells,), None where a cell has none."""
    labels = column.astype(object)
    labels = labels.where(labels.notna() & ~labels.astype(str).str.strip().isin(UNLABELLED), None)
    return np.array([None if label is None else str(label).strip() for label in labels], dtype=object)


def large_types(labels: np.ndarray, *, fewest: int, action: str) -> tuple[np.ndarray, str]:
    """Leave out or merge the types of too few cells.

    Parameters
    ----------
    labels
        Type of each cell, (cells,), None where a cell has none.
    fewest
        The fewest cells of a type.
    action
        ``drop`` takes the labels away; ``merge`` makes the small types one, called ``other``, and takes that away too
        when it is still too small.

    Returns
    -------
    The labels, and a sentence's worth of what was done.
    """
    sizes = pd.Series(labels).value_counts().sort_index()
    small = sizes[sizes < fewest]
    if small.empty:
        return labels, ""
    listed = ", ".join(f"{name} ({size})" for name, size in small.items())
    said = f"{len(small)} types have fewer than {fewest} cells: {listed}; they are "
    merge = action == "merge"
    if merge and small.sum() + sizes.get(MERGED, 0) * (MERGED not in small) >= fewest:
        return np.where(pd.Series(labels).isin(small.index), MERGED, labels), said + f"merged into '{MERGED}'"
    kept = np.where(pd.Series(labels).isin(small.index), None, labels)
    return kept, said + ("left out, being too few even together" if merge else "left out")


def libraries(labels: pd.Series, key: str, source: str) -> pd.Categorical:
    """Return each cell's library as text.

    Parameters
    ----------
    labels
        Text or None, by cell.
    key, source
        Column and file, for the sentence.

    Raises
    ------
    InputError
        If a cell has none.
    """
    missing = labels.isna().to_numpy()
    if missing.any():
        raise InputError(
            f"{source}: {missing.sum()} cells have no library in '{key}', such as "
            f"'{labels.index[missing][0]}'; name one for each or leave out --batch_key"
        )
    return pd.Categorical(labels.astype(str))


def storable(obs: pd.DataFrame) -> pd.DataFrame:
    """Return metadata under column names that an h5ad can hold."""
    names = pd.Series(obs.columns.astype(str)).str.replace("/", "_").replace("_index", "index_")
    return obs.set_axis(names, axis=1).loc[:, ~names.duplicated().to_numpy()]


def coordinates(table: pd.DataFrame) -> np.ndarray:
    """Return x and y as numbers, observations × 2, NaN where they are none."""
    return table[["xcoord", "ycoord"]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)


def volumes(column: pd.Series, source: str) -> np.ndarray:
    """Return the cells' volumes, (cells,).

    Raises
    ------
    InputError
        If one is no positive number.
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise InputError(
            f"{source}: the volume of {bad.sum()} cells is no number above 0, such as that of "
            f"'{column.index[bad][0]}'; correct it or leave the column out"
        )
    return values


def read_gene_map(path: Path) -> dict[str, str]:
    """Read the user's table of gene names, columns ``gene_id`` and ``gene_name``; rows without a new name say nothing.

    Raises
    ------
    InputError
        If a column is missing or a name stands twice.
    """
    table = read_metadata(path, ("gene_id",), ("gene_name",))["gene_name"].str.strip()
    table.index = plain(table.index)  # as the files' own names, Ensembl identifiers without their version
    return table[(table != "") & ~table.index.duplicated()].to_dict()
