"""Gene names: every file takes those of its reference; genes of one name are summed."""

import logging
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.problems import few
from .excel_dates import warn_of_dates

log = logging.getLogger(__name__)

ENSEMBL = re.compile(r"ENS[A-Z]*G\d{6,}(\.\d+)?(_PAR_Y)?", re.IGNORECASE)
SYMBOL_COLUMNS = (
    "gene_name",
    "gene_names",
    "gene_symbol",
    "gene_symbols",
    "symbol",
    "feature_name",
    "name",
    "gene",
    "genes",
)
"""Columns of var that hold symbols, in lower case, the likeliest first."""
TRANSCRIPT = re.compile(r"ENS[A-Z]*T\d{6,}(\.\d+)?", re.IGNORECASE)
"""Ensembl identifiers of transcripts."""
BETWEEN_NAMES = re.compile(r"\||_(?=[^_]+$)|(?<=\d)_")
"""What stands between two names of one gene, as in ``TP53|7157`` and ``ENSG00000141510.11_TP53``."""
NAMELESS = re.compile(r"|nan|(?-i:NA)|#?n/a|unnamed: \d+", re.IGNORECASE)
"""What stands in the place of a name that is missing."""
BETWEEN_IDS = ";"
"""What stands between the identifiers of a gene that is the sum of several."""
MIXED_NAMES = (0.05, 0.95)
"""Between these proportions of Ensembl identifiers, a file's gene names are a mixture."""


class Genes(NamedTuple):
    """The genes of a file.

    Attributes
    ----------
    names
        Name of each gene, as often as the file has it.
    ids
        Their Ensembl identifiers, empty where unknown, and with BETWEEN_IDS between those of a sum of several; None
        where the file has none.
    """

    names: pd.Index
    ids: pd.Index | None

    def all_names(self) -> pd.Index:
        """Return names and identifiers together."""
        return self.names.append(self.by_identifier().index)

    def by_identifier(self) -> pd.Series:
        """Return the name of each identifier, the first where several genes have the same."""
        ids = pd.Index([""] * len(self.names)) if self.ids is None else self.ids
        pairs = pd.DataFrame({"id": ids.str.split(BETWEEN_IDS), "name": self.names}).explode("id")
        return pairs[pairs["id"] != ""].drop_duplicates("id").set_index("id")["name"]


Columns = dict[str | None, pd.Index]
"""The columns of ``var`` that hold names of genes; its index under None."""


def plain(names: pd.Index | pd.Series) -> pd.Index:
    """Return names as text without spaces around them, Ensembl identifiers in capitals and without their version."""
    index = pd.Index(names).astype(object)
    index = index.where(index.notna(), "").astype(str).str.strip()
    ensembl = index.str.fullmatch(ENSEMBL) | index.str.fullmatch(TRANSCRIPT)
    return index.where(~ensembl, index.str.upper().str.replace(r"\.\d+", "", regex=True)) if ensembl.any() else index


def is_ensembl(names: pd.Index) -> np.ndarray:
    """Tell which names are Ensembl identifiers of genes, (names,)."""
    return np.asarray(names.str.fullmatch(ENSEMBL), dtype=bool)


def are_transcripts(names: pd.Index) -> bool:
    """Tell whether most names are Ensembl identifiers of transcripts."""
    return bool(names.str.fullmatch(TRANSCRIPT).mean() > 0.5)


def named(
    var: pd.DataFrame, source: str, *, known: Genes | None = None, gene_map: Mapping[str, str] | None = None
) -> Genes:
    """Choose the names of a file's genes.

    A reference names its genes by symbol where it has them. Every other file takes the names of its reference: from
    the column of its own that has most of them, after the user's map, and by identifier where both have one.

    Parameters
    ----------
    var
        The file's genes: index and columns of text.
    source
        The file's name, for the remarks.
    known
        The reference's genes; None for a reference itself.
    gene_map
        The user's map from a name in any file to the name to use.

    Returns
    -------
    One name per row of `var`.
    """
    columns: Columns = {None: plain(var.index), **{name: plain(var[name]) for name in var}}
    ids = next((names for names in columns.values() if len(names) and is_ensembl(names).mean() > 0.5), None)
    columns, renamed = _renamed(columns, gene_map or {})
    chosen = _column_of_symbols(columns) if known is None else _nearest_column(columns, known)
    names = columns[chosen]
    if chosen is not None:
        remarks.note(
            log,
            "gene_names_from_column",
            f"{source}: gene names are taken from the column '{chosen}'",
            column=str(chosen),
        )
    if renamed.get(chosen):
        remarks.note(
            log,
            "genes_renamed",
            f"{source}: {renamed[chosen]} of {len(names)} genes are renamed by --gene_map",
            renamed=renamed[chosen],
            genes=len(names),
        )
    nameless = np.asarray(names.str.fullmatch(NAMELESS), dtype=bool)
    if nameless.any():
        names = names.where(~nameless, columns[None])
    if known is not None:
        names = _of_joint_names(names, known, source)
    if known is not None and known.ids is not None:
        names = _translated(names, names if ids is None else ids, known, source)
    _warn_of_mixed_names(names, source)
    warn_of_dates(names, source)
    return Genes(names, ids)


def _renamed(columns: Columns, gene_map: Mapping[str, str]) -> tuple[Columns, dict[str | None, int]]:
    """Return the columns after the user's map, and how many names it changes in each."""
    if not gene_map:
        return columns, {}
    targets = {column: names.map(gene_map) for column, names in columns.items()}
    changed = {column: target.where(target.notna(), columns[column]) for column, target in targets.items()}
    return changed, {column: int(target.notna().sum()) for column, target in targets.items()}


def _column_of_symbols(columns: Columns) -> str | None:
    """Return the column of symbols where the index holds Ensembl identifiers or mere numbers."""
    own = columns[None]
    if not len(own) or not (is_ensembl(own).mean() > 0.5 or own.str.isdecimal().all()):
        return None
    lower = {str(column).lower(): column for column in columns if column is not None}
    fit = [lower[name] for name in SYMBOL_COLUMNS if name in lower]
    return next((column for column in fit if is_ensembl(columns[column]).mean() < 0.5), None)


def _nearest_column(columns: Columns, known: Genes) -> str | None:
    """Return the column that has most of the reference's names; the index where no column has more."""
    return max(columns, key=lambda column: int(columns[column].isin(known.names).sum()))


def _of_joint_names(names: pd.Index, known: Genes, source: str) -> pd.Index:
    """Return one of the two names that most genes are made of, if the reference has it and not both together."""
    if names.isin(known.all_names()).any():
        return names
    parts = names.to_series().str.split(BETWEEN_NAMES, n=1, expand=True)
    found = [plain(parts[column]) for column in parts]
    best = max(found, key=lambda part: int(part.isin(known.all_names()).sum()))
    fits = np.asarray(best.isin(known.all_names()))
    if not fits.any():
        return names
    remarks.note(
        log,
        "joint_gene_names",
        f"{source}: its genes have two names each, such as {few(list(names[fits]))}; {few(list(best[fits]))} are taken",
        named=int(fits.sum()),
        genes=len(names),
    )
    return best.where(fits, names)


def _translated(names: pd.Index, ids: pd.Index, known: Genes, source: str) -> pd.Index:
    """Return the reference's name for each gene whose name it lacks and whose identifier it has."""
    target = pd.Index(ids.map(known.by_identifier()))
    change = np.asarray(target.notna() & ~names.isin(known.names))
    if change.any():
        remarks.note(
            log,
            "genes_named_by_identifier",
            f"{source}: {change.sum()} of {len(names)} genes get the names that the reference has for "
            f"their Ensembl identifiers",
            named=int(change.sum()),
            genes=len(names),
        )
    return names.where(~change, target)


def _warn_of_mixed_names(names: pd.Index, source: str) -> None:
    identifiers = int(is_ensembl(names).sum())
    low, high = MIXED_NAMES
    if low < identifiers / max(len(names), 1) < high:
        remarks.warn(
            log,
            "mixed_gene_names",
            f"{source}: {identifiers} of {len(names)} genes have Ensembl identifiers as names, the others do not",
            identifiers=identifiers,
            genes=len(names),
        )


def identifiers(genes: Genes) -> pd.Series:
    """Return the identifiers of each name, all of those that are summed under it."""
    of_name = pd.Series(genes.ids, index=genes.names)
    once = of_name[~of_name.index.duplicated(keep=False)]
    several = of_name[of_name.index.duplicated(keep=False) & (of_name != "").to_numpy()]
    joint = several.groupby(level=0).agg(lambda ids: BETWEEN_IDS.join(dict.fromkeys(ids)))
    return pd.concat([once, joint]).reindex(genes.names.unique(), fill_value="")


def sum_duplicates(matrix: sp.csr_matrix, names: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray, int]:
    """Sum the columns of genes that have the same name, and sort the genes by name.

    Parameters
    ----------
    matrix
        Observations × genes, linear values.
    names
        Gene names, (genes,).

    Returns
    -------
    The matrix with one column per name, the sorted names, and how many columns were merged into others.
    """
    distinct, codes = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    joins = sp.csr_matrix(
        (np.ones(len(names), dtype=np.float32), (np.arange(len(names)), codes)), shape=(len(names), len(distinct))
    )
    summed = sp.csr_matrix(matrix @ joins)
    summed.sort_indices()
    return summed, distinct, len(names) - len(distinct)
