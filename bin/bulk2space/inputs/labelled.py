"""Annotated cells with their types and libraries: read whole, or, from a large h5ad, labels first."""

import sys
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import pandas as pd

from ..contract.keys import Obs, Uns
from ..contract.problems import InputError
from ..contract.user_tables import read_text
from . import cell_labels
from .formats import large_h5ad, reader
from .joining import joined, named_as
from .orientation import is_turned
from .thinning import thinned
from .upright import expression_alone, read_upright, require_unique


@dataclass(frozen=True)
class Labels:
    """Where a reference has its cell types and libraries, and which types are too small.

    Attributes
    ----------
    celltype_key, batch_key
        Columns of the cell types and of the libraries; no libraries where the latter is None.
    min_cells
        The smallest number of cells that a type may have.
    min_cells_action
        ``drop`` or ``merge``: what becomes of smaller types.
    annotate
        Whether cells without any types are clustered.
    keep_unknown
        Whether labels such as ``unknown`` and ``doublet`` are types.
    max_cells
        The largest number of cells of a type that are read (thinning.py); None: all.
    """

    celltype_key: str = "cell_type"
    batch_key: str | None = None
    min_cells: int = 1
    min_cells_action: str = "drop"
    annotate: bool = False
    keep_unknown: bool = False
    max_cells: int | None = None

    @property
    def most(self) -> int:
        """The largest number of cells of a type, which leaves no type with less than its smallest number."""
        return sys.maxsize if self.max_cells is None else max(self.max_cells, self.min_cells)


def read_labelled(matrix: Path, meta: Path | None, labels: Labels, *, seed: int) -> ad.AnnData:
    """Read cells as they are in the file, at most ``labels.max_cells`` of each type.

    Of an h5ad with more cells than that, names and metadata are read first, the cells are chosen, and the values of
    the chosen cells alone are read and checked. All other formats are read whole before cells are chosen.

    Parameters
    ----------
    matrix, meta, labels
        As for :func:`.reference.reference`.
    seed
        Of the choice of cells.

    Returns
    -------
    Cells × genes; ``obs`` holds their types and libraries where there are any, None for a cell without.

    Raises
    ------
    InputError
        As for :func:`.reference.reference`.
    """
    names = large_h5ad.names(matrix, more_than=labels.most)
    if names is None:
        return _whole(matrix, meta, labels, seed)
    names = reader.plain(names, matrix)
    table = named_as(names, read_text(meta), matrix.name, meta) if meta else None
    if table is not None and is_turned(names, observations=table.index):  # so the rows are genes, and the cells few
        return _whole(matrix, meta, labels, seed)
    require_unique(names, matrix, "cell")
    obs, known = _labels_of(names, table, matrix, meta, labels)
    rows = thinned(obs, known, most=labels.most, seed=seed, source=matrix.name)
    raw = expression_alone(
        reader.plain(large_h5ad.read(matrix, rows), matrix), matrix, known=[] if table is None else obs.index
    )
    raw.obs = obs.loc[raw.obs_names]
    _add_numbers(raw, obs)
    return raw


def _whole(matrix: Path, meta: Path | None, labels: Labels, seed: int) -> ad.AnnData:
    """Read all cells, then keep the chosen ones."""
    raw, table = read_upright(matrix, "cell", meta=meta)
    raw.obs, known = _labels_of(raw, table, matrix, meta, labels)
    rows = thinned(raw.obs, known, most=labels.most, seed=seed, source=matrix.name)
    if len(rows) == raw.n_obs:
        return raw
    chosen = raw[rows].copy()
    _add_numbers(chosen, raw.obs)
    return chosen


def _add_numbers(chosen: ad.AnnData, every: pd.DataFrame) -> None:
    """Add how many cells the file has of types of which only some were chosen (every: types of all cells)."""
    if Obs.CELL_TYPE not in every:
        return
    cells, kept = (table[Obs.CELL_TYPE].value_counts() for table in (every, chosen.obs))
    numbers = pd.DataFrame({"kept": kept, "cells": cells.reindex(kept.index)})
    numbers = numbers[numbers["kept"] < numbers["cells"]].rename_axis("cell_type").reset_index()
    if len(numbers):
        chosen.uns[Uns.THINNED] = numbers


def _labels_of(
    raw: ad.AnnData, table: pd.DataFrame | None, matrix: Path, meta: Path | None, labels: Labels
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells' types and libraries, and all that is known of the cells, one row a cell each."""
    known = raw.obs if table is None else joined(raw, table, matrix.name, (meta or matrix).name)
    column = _celltype_column(known, [] if table is None else list(table), matrix, meta, labels)
    obs = pd.DataFrame(index=raw.obs_names)
    if column is not None:
        types = cell_labels.cell_types(known[column])
        obs[Obs.CELL_TYPE] = types if labels.keep_unknown else cell_labels.without_unknown(types, matrix.name)
    if labels.batch_key:
        obs[Obs.BATCH] = cell_labels.cell_types(_library_column(known, matrix, meta, labels))
    return obs, known


def _celltype_column(
    obs: pd.DataFrame, of_table: list[str], matrix: Path, meta: Path | None, labels: Labels
) -> str | None:
    """Return the column of the cell types; None where there is none and the cells are to be clustered.

    The user's table takes precedence over the file itself.
    """
    fit = [name for name in (labels.celltype_key, "Cell_type") if name in of_table]
    fit += [labels.celltype_key] if labels.celltype_key in obs else []
    column = next(iter(fit), None)
    if column is not None or labels.annotate:
        return column
    if meta is None and not reader.has_metadata(matrix):
        raise InputError(
            f"{matrix.name}: a reference in this format needs its cell types; name a table with the columns Cell and "
            f"Cell_type under reference_meta, or set --annotate leiden"
        )
    if meta is not None:
        raise InputError(
            f"{meta.name}: no column Cell_type; it has {', '.join(obs.columns) or 'none beside the names'}: "
            f"rename the column of the cell types, or name it with --celltype_key"
        )
    raise InputError(
        f"{matrix.name}: obs has no column '{labels.celltype_key}' for the cell types; it has "
        f"{', '.join(map(repr, obs.columns)) or 'none'}: set --celltype_key to one of them, or --annotate leiden"
    )


def _library_column(obs: pd.DataFrame, matrix: Path, meta: Path | None, labels: Labels) -> pd.Series:
    if labels.batch_key not in obs:
        raise InputError(
            f"{(meta or matrix).name}: no column '{labels.batch_key}' for the cells' libraries; it has "
            f"{', '.join(map(repr, obs.columns)) or 'none'}: set --batch_key to one of them"
        )
    return obs[labels.batch_key]
