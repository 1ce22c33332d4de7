"""Gene names: brought to the reference's own, duplicates summed."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp

ENSEMBL = re.compile(r"ENS[A-Z]*G\d{6,}(\.\d+)?(_PAR_Y)?", re.IGNORECASE)
SYMBOL_COLUMNS = ("gene_name", "gene_names", "gene_symbol", "gene_symbols", "symbol", "feature_name", "name")
"""Columns of var that hold symbols, in lower case, the likeliest first."""


class Genes(NamedTuple):
    """The genes of a file."""

    names: pd.Index
    """What they are called, as often as they stand in the file."""
    ids: pd.Index | None
    """Their Ensembl identifiers, empty where unknown; None when the file has none."""

    def all_names(self) -> pd.Index:
        """Return names and identifiers together."""
        return self.names if self.ids is None else self.names.append(self.ids[self.ids != ""])


def plain(names: pd.Index | pd.Series) -> pd.Index:
    """Return names as text without spaces around them, Ensembl identifiers in capitals and without their version."""
    index = pd.Index(names).astype(object)
    index = index.where(index.notna(), "").astype(str).str.strip()
    ensembl = index.str.fullmatch(ENSEMBL)
    return index.where(~ensembl, index.str.upper().str.replace(r"\.\d+", "", regex=True)) if ensembl.any() else index


def is_ensembl(names: pd.Index) -> np.ndarray:
    """Tell which names are Ensembl identifiers of genes, (names,)."""
    return np.asarray(names.str.fullmatch(ENSEMBL), dtype=bool)


def named(var: pd.DataFrame, *, known: Genes | None = None, gene_map: Mapping[str, str] | None = None):
    """Choose what to call the genes of a file.

    A reference calls its genes by symbol where it knows them. Every other file takes the names of its reference: from
    whichever of its own columns shares most with them, after the user's map, and by identifier where both have one.

    Parameters
    ----------
    var
        The file's genes: index and columns of text.
    known
        The reference's genes; None for a reference itself.
    gene_map
        The user's map from a name in any file to the name to use.

    Returns
    -------
    The genes (:class:`Genes`, one a row of `var`) and sentences' worth of what was done.
    """
    columns = {None: plain(var.index), **{name: plain(var[name]) for name in var}}
    ids = next((names for names in columns.values() if len(names) and is_ensembl(names).mean() > 0.5), None)
    notes = []
    renamed = {}
    if gene_map:
        for column, names in columns.items():
            target = names.map(gene_map)
            renamed[column] = int(target.notna().sum())
            columns[column] = target.where(target.notna(), names)
    chosen = _symbols(columns) if known is None else _nearest(columns, known)
    names = columns[chosen]
    if chosen is not None:
        notes.append(f"genes are called by the column '{chosen}'")
    if renamed.get(chosen):
        notes.append(f"{renamed[chosen]} of {len(names)} genes are renamed by the map of genes")
    nameless = np.asarray(names == "")
    if nameless.any():
        names = names.where(~nameless, columns[None])
    if known is not None and known.ids is not None:
        names, translated = _translated(names, names if ids is None else ids, known)
        if translated:
            notes.append(f"{translated} of {len(names)} genes are called by the reference's names of their identifiers")
    mixed = int(is_ensembl(names).sum())
    if 0.05 < mixed / max(len(names), 1) < 0.95:
        notes.append(f"{mixed} of {len(names)} genes bear Ensembl identifiers, the others do not")
    return Genes(names, ids), notes


def _symbols(columns: dict[str | None, pd.Index]) -> str | None:
    """Return the column of symbols where the index holds Ensembl identifiers or mere numbers."""
    own = columns[None]
    if not len(own) or not (is_ensembl(own).mean() > 0.5 or own.str.isdecimal().all()):
        return None
    lower = {str(column).lower(): column for column in columns if column is not None}
    fit = [lower[name] for name in SYMBOL_COLUMNS if name in lower]
    return next((column for column in fit if is_ensembl(columns[column]).mean() < 0.5), None)


def _nearest(columns: dict[str | None, pd.Index], known: Genes) -> str | None:
    """Return the column whose names are most often the reference's; the index where none is better."""
    return max(columns, key=lambda column: int(columns[column].isin(known.names).sum()))


def _translated(names: pd.Index, ids: pd.Index, known: Genes) -> tuple[pd.Index, int]:
    of_id = pd.Series(known.names, index=known.ids)
    of_id = of_id[(of_id.index != "") & ~of_id.index.duplicated()]
    target = pd.Index(ids.map(of_id))
    change = np.asarray(target.notna() & ~names.isin(known.names))
    return names.where(~change, target), int(change.sum())


def sum_duplicates(matrix: sp.csr_matrix, names: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray, int]:
    """Sum the columns of genes that bear the same name, and sort the genes by name.

    Parameters
    ----------
    matrix
        Observations × genes, linear values.
    names
        Gene names, (genes,).

    Returns
    -------
    The matrix with one column a name; the sorted names; how many columns were merged away.
    """
    distinct, codes = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    joins = sp.csr_matrix(
        (np.ones(len(names), dtype=np.float32), (np.arange(len(names)), codes)), shape=(len(names), len(distinct))
    )
    summed = sp.csr_matrix(matrix @ joins)
    summed.sort_indices()
    return summed, distinct, len(names) - len(distinct)
