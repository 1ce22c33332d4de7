"""Metadata tables joined with their matrix by name, never by position: where the names are and how they differ."""

import logging
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import remarks
from ..contract.problems import InputError, few
from ..contract.user_tables import indexed

log = logging.getLogger(__name__)

KEYS = ("Cell", "cell", "Spot", "spot", "barcode", "Barcode", "")
"""Columns that hold names of cells and spots; '' is the column of R's row names."""
ENOUGH = 0.5
"""Of the names of the matrix or of the table, the shorter of both, so many must agree: barcodes of two samples agree in
some by chance, 1 of 100 where each has 7000 cells."""
FEW_NAMES = 20
"""In a column that is meant for names, one of fewer names than these is enough: they do not agree by chance."""
LARGE_PART = 0.2
"""If a larger part of the matrix and of the table has no partner, names may be written in two ways."""
FEW_PARTS = 1000
"""The most different words in a column that may be the first part of names, such as the sample or the field of view."""


def as_r_writes(names: pd.Index) -> pd.Index:
    """Return names as R makes them: ``A.1`` for ``A-1``, and no ``X`` before a digit."""
    return names.astype(str).str.replace(r"[^A-Za-z0-9_.]", ".", regex=True).str.removeprefix("X")


REWRITINGS = {
    "": lambda names: names.astype(str),
    "as R rewrites them": as_r_writes,
    "without the number at their end": lambda names: names.astype(str).str.replace(r"[-._]\d+$", "", regex=True),
    "without the part before the last '_', ':' or '#'": lambda names: names.astype(str).str.replace(
        r"^.*[_:#](?=[^_:#]+$)", "", regex=True
    ),
    "without the part after the last '_'": lambda names: names.astype(str).str.replace(r"_[^_]+$", "", regex=True),
}
"""How names differ between files: Seurat puts the sample before or after the barcode when it merges."""


def named_as(adata: ad.AnnData, table: pd.DataFrame, matrix: str, meta: Path) -> pd.DataFrame:
    """Return a table of metadata under the names that the matrix has for the same cells or spots.

    The table's names are in the column of which the matrix has most. Where no column has any, names are compared as
    other software rewrites them, then as two columns joined by ``_``. A remark says how.

    Parameters
    ----------
    adata
        Observations × genes, or genes × observations.
    table
        All columns as text.
    matrix, meta
        Name of the matrix and path of the table.

    Raises
    ------
    InputError
        If the files have no name in common or too few, or a name appears twice in the table.
    """
    for how, rewrite in REWRITINGS.items():
        for names in (adata.obs_names, adata.var_names):
            ours = rewrite(names)
            column = _key(table, ours, rewrite, any_name=not how)
            if column is None or (how and not ours.is_unique):
                continue
            if how:
                _say_how(f"{meta.name}: names are matched with those of {matrix} {how}", how)
            if not how and str(column) in set(names):
                raise InputError(
                    f"{meta.name}: has no header, its first line holds '{column}', a name of {matrix}; add a line with "
                    f"the names of the columns"
                )
            own = pd.Series(names, index=ours)
            theirs = rewrite(pd.Index(table[column]))
            found = own.groupby(level=0).first().reindex(theirs).to_numpy() if how else theirs.to_numpy()
            return indexed(table.assign(**{column: np.where(pd.isna(found), table[column], found)}), column, meta)
    joint = _of_two_columns(table, adata)
    if joint is not None:
        _say_how(f"{meta.name}: names are '{joint.name}', as in {matrix}", str(joint.name))
        return indexed(table.assign(**{str(joint.name): joint.to_numpy()}), str(joint.name), meta)
    names = next((table[key] for key in KEYS if key in table), table.iloc[:, 0])
    ours = max(_sides(adata), key=lambda side: int(side.isin(names).sum()))
    common = ours[ours.isin(names)]
    if len(common):
        raise InputError(
            f"{meta.name}: only {len(common)} of its {len(table)} names are among the {len(ours)} of {matrix}, such as "
            f"{few(common)}, as if by chance; it has {few(list(names))}, the matrix has {few(ours)}: give the table of "
            f"this matrix"
        )
    raise InputError(
        f"{meta.name}: none of its {len(table)} names is in {matrix}: it has {few(list(names))}, the matrix has "
        f"{few(adata.obs_names)} and {few(adata.var_names)}; give the same names in both, in a column {KEYS[0]} or "
        f"{KEYS[2]}"
    )


def _key(table: pd.DataFrame, ours: pd.Index, rewrite: Callable[[pd.Index], pd.Index], *, any_name: bool) -> str | None:
    """Return the column that has most of the names; None where none has enough.

    Parameters
    ----------
    table
        The metadata.
    ours
        The names in the matrix, rewritten.
    rewrite
        How they were rewritten.
    any_name
        Whether names in a column that is meant for them may appear twice, and, of few names, one is enough.
    """
    best, most = None, 0
    for column in sorted(table, key=lambda name: name not in KEYS):
        theirs = rewrite(pd.Index(table[column]))
        hits = int(ours.isin(theirs).sum())
        shorter = min(len(ours), len(theirs))
        is_meant = any_name and column in KEYS
        enough = hits >= ENOUGH * shorter or (is_meant and shorter < FEW_NAMES)
        if hits > most and enough and (theirs.is_unique or is_meant):
            best, most = column, hits
    return best


def _of_two_columns(table: pd.DataFrame, adata: ad.AnnData) -> pd.Series | None:
    """Return names made of two columns, such as sample and barcode, of which the matrix has enough."""
    for first in table:
        if table[first].nunique() > FEW_PARTS:
            continue
        for second in table:
            joint = (table[first] + "_" + table[second]).rename(f"{first}_{second}")
            fits = [names.isin(joint).sum() >= ENOUGH * min(len(names), len(joint)) for names in _sides(adata)]
            if first != second and any(fits) and joint.is_unique:
                return joint
    return None


def _sides(adata: ad.AnnData) -> tuple[pd.Index, pd.Index]:
    return adata.obs_names, adata.var_names


def _say_how(sentence: str, how: str) -> None:
    remarks.note(log, "names_rewritten", sentence, how=how)


def joined(adata: ad.AnnData, table: pd.DataFrame, matrix: str, meta: str) -> pd.DataFrame:
    """Put a table's columns beside a matrix's own, in the matrix's order; missing where a name is not in the table.

    Parameters
    ----------
    adata
        Observations × genes.
    table
        One row per observation, from :func:`named_as`.
    matrix, meta
        Names of the two files.

    Returns
    -------
    Metadata of each observation.
    """
    strangers = ~table.index.isin(adata.obs_names)
    alone = ~adata.obs_names.isin(table.index)
    if min(strangers.mean(), alone.mean()) > LARGE_PART:
        remarks.warn(
            log,
            "many_names_unmatched",
            f"{meta}: {strangers.sum()} of its {len(table)} rows have names that {matrix} does not have, such as "
            f"{few(list(table.index[strangers]))}, and {alone.sum()} of the {adata.n_obs} names of {matrix} have "
            f"no row, such as {few(adata.obs_names[alone])}; write both in the same way if they are the same",
            rows=int(strangers.sum()),
            names=int(alone.sum()),
        )
    elif strangers.any():
        remarks.note(
            log,
            "unknown_names_in_metadata",
            f"{meta}: {strangers.sum()} rows have names that {matrix} does not have, such as "
            f"{few(list(table.index[strangers]))}; they are left out",
            rows=int(strangers.sum()),
        )
    rows = table.reindex(adata.obs_names)
    return adata.obs.drop(columns=rows.columns, errors="ignore").join(rows)
