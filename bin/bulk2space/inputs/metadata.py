"""Metadata of cells and spots, joined by name and never by position: types, libraries, coordinates, volumes."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import remarks
from ..contract.problems import InputError, few
from ..contract.user_tables import read_metadata
from .genes import plain

log = logging.getLogger(__name__)

UNLABELLED = ("", "NA", "N/A", "NaN", "nan", "None", "none")
"""Labels that mean that a cell has none."""
MERGED = "other"
"""The type that small types are merged into."""
KEYS = {
    "cell": ("Cell", "cell", "barcode", "Barcode"),
    "spot": ("Spot", "spot", "barcode", "Barcode"),
}
"""Columns that may hold the names of cells and of spots, the usual one first."""


def as_r_writes(names: pd.Index) -> pd.Index:
    """Return names as R makes them: ``A.1`` for ``A-1``, and no ``X`` before a digit."""
    return names.astype(str).str.replace(r"[^A-Za-z0-9_.]", ".", regex=True).str.removeprefix("X")


def without_number(names: pd.Index) -> pd.Index:
    """Return barcodes without the number of the library at their end."""
    return names.str.replace(r"[-.]\d+$", "", regex=True)


REWRITINGS = {"as R rewrites them": as_r_writes, "without the number at their end": without_number}
"""How other software rewrites names."""


def joined(adata: ad.AnnData, table: pd.DataFrame, matrix: str, meta: str) -> pd.DataFrame:
    """Put a table's columns beside a matrix's own, in the matrix's order; missing where a name is not in the table.

    Where no name is the same, names are compared as R rewrites them (``A-1`` becomes ``A.1``) and without the number
    at the end of a barcode, if that keeps them unique.

    Parameters
    ----------
    adata
        Observations × genes.
    table
        One row per observation, named by the index.
    matrix, meta
        Names of the two files.

    Returns
    -------
    Metadata of each observation.

    Raises
    ------
    InputError
        If the files have no name in common.
    """
    names = adata.obs_names
    if not names.isin(table.index).any():
        names, table = _as_written_elsewhere(names, table, matrix, meta)
    strangers = ~table.index.isin(names)
    if strangers.any():
        remarks.note(
            log,
            "unknown_names_in_metadata",
            f"{meta}: {strangers.sum()} rows have names that {matrix} does not have, such as "
            f"{few(list(table.index[strangers]))}",
            rows=int(strangers.sum()),
        )
    rows = table.reindex(names).set_axis(adata.obs_names)
    return adata.obs.drop(columns=rows.columns, errors="ignore").join(rows)


def _as_written_elsewhere(
    names: pd.Index, table: pd.DataFrame, matrix: str, meta: str
) -> tuple[pd.Index, pd.DataFrame]:
    """Return the names and the table, both rewritten in the first way that gives common names."""
    for how, rewrite in REWRITINGS.items():
        ours, theirs = rewrite(names), rewrite(table.index)
        if ours.is_unique and theirs.is_unique and ours.isin(theirs).any():
            remarks.note(log, "names_rewritten", f"{meta}: names are matched with those of {matrix} {how}", how=how)
            return ours, table.set_axis(theirs)
    raise InputError(
        f"{meta}: none of its {len(table)} names is in {matrix}: it has "
        f"{few(table.index)}, the matrix has {few(names)}; give the same names in both"
    )


def cell_types(column: pd.Series) -> np.ndarray:
    """Return the labels as text, (cells,), None where a cell has none."""
    labels = column.astype(object)
    labels = labels.where(labels.notna() & ~labels.astype(str).str.strip().isin(UNLABELLED), None)
    return np.array([None if label is None else str(label).strip() for label in labels], dtype=object)


def large_types(labels: np.ndarray, source: str, *, fewest: int, action: str) -> np.ndarray:
    """Leave out or merge the types that have too few cells.

    Parameters
    ----------
    labels
        Type of each cell, (cells,), None where a cell has none.
    source
        The file's name, for the remark.
    fewest
        The smallest number of cells that a type may have.
    action
        ``drop`` takes the labels away. ``merge`` makes the small types one, called ``other``, and takes that away too
        when it is still too small.

    Returns
    -------
    The labels, None where they were taken away.
    """
    sizes = pd.Series(labels).value_counts().sort_index()
    small = sizes[sizes < fewest]
    if small.empty:
        return labels
    is_small = pd.Series(labels).isin(small.index)
    together = small.sum() + sizes.get(MERGED, 0) * (MERGED not in small)
    merged = action == "merge" and together >= fewest
    if merged:
        outcome = f"merged into '{MERGED}'"
    else:
        outcome = "left out, being too few even together" if action == "merge" else "left out"
    listed = ", ".join(f"{name} ({size})" for name, size in small.items())
    remarks.warn(
        log,
        "small_types",
        f"{source}: {len(small)} types have fewer than {fewest} cells: {listed}; they are {outcome} "
        f"(--min_cells, --min_cells_action)",
        types={str(name): int(size) for name, size in small.items()},
        merged=merged,
    )
    return np.where(is_small, np.array(MERGED if merged else None, dtype=object), labels)


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
            f"'{labels.index[missing][0]}'; give one for each cell or leave out --batch_key"
        )
    return pd.Categorical(labels.astype(str))


def storable(obs: pd.DataFrame) -> pd.DataFrame:
    """Return metadata under column names that an h5ad can hold."""
    names = pd.Series(obs.columns.astype(str)).str.replace("/", "_").replace("_index", "index_")
    return obs.set_axis(names, axis=1).loc[:, ~names.duplicated().to_numpy()]


def coordinates(table: pd.DataFrame) -> np.ndarray:
    """Return x and y as numbers, observations × 2, NaN where a value is not a number."""
    return table[["xcoord", "ycoord"]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)


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
    table = read_metadata(path, ("gene_id",), ("gene_name",))["gene_name"].str.strip()
    table.index = plain(table.index)  # as the files' own names, Ensembl identifiers without their version
    return table[(table != "") & ~table.index.duplicated()].to_dict()
