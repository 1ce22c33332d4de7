"""What a table knows of spots or cells, foremost where they lie, joined with their matrix by name."""

import logging
from collections.abc import Iterable

import anndata as ad
import numpy as np
import pandas as pd

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError, few

log = logging.getLogger(__name__)

LEAST_SHARE_WITH_POSITION = 0.5  # of a matrix's cells: below it, the two files are of different sections


def require_columns(table: pd.DataFrame, needed: Iterable[str], file: str) -> None:
    """Refuse a table that does not have all the columns."""
    missing = [column for column in needed if column not in table]
    if missing:
        raise InputError(
            f"{file}: no column {' and no column '.join(missing)}; it has {few(list(map(str, table.columns)))}: "
            f"give the file as the instrument's software wrote it"
        )


def by_name(table: pd.DataFrame, names: pd.Index, *, file: str, matrix: str, things: str) -> pd.DataFrame:
    """Return the table's rows in the order of the matrix's names; refuse names that have none or several."""
    twice = table.index.duplicated()
    if twice.any():
        raise InputError(
            f"{file}: {twice.sum()} {things} appear more than once, such as '{table.index[twice][0]}'; "
            f"keep one row of each"
        )
    missing = ~names.isin(table.index)
    if missing.any():
        raise InputError(
            f"{file}: {missing.sum()} of {len(names)} {things} of {matrix} have no position, such as "
            f"'{names[missing][0]}'; give the file that belongs to the matrix"
        )
    rows = table.reindex(names)
    rows.index = names
    return rows


def placed(section: ad.AnnData, table: pd.DataFrame, *, file: str, things: str) -> tuple[ad.AnnData, pd.DataFrame]:
    """Return the cells that have a row in the table, and these rows in their order.

    Instruments' software writes cells into one of two files alone, such as cells without transcripts; remarks count
    them.

    Raises
    ------
    InputError
        If a name appears twice in one of them, or if most cells have no row.
    """
    matrix = section.uns[Uns.MATRIX]
    for names, source in ((section.obs_names, matrix), (table.index, file)):
        twice = names.duplicated()
        if twice.any():
            raise InputError(
                f"{source}: {twice.sum()} {things} appear more than once, such as '{names[twice][0]}'; "
                f"keep one row of each"
            )
    has_row = section.obs_names.isin(table.index)
    if has_row.mean() < LEAST_SHARE_WITH_POSITION:
        raise InputError(
            f"{file}: {(~has_row).sum()} of {section.n_obs} {things} of {matrix} have no position, such as "
            f"'{section.obs_names[~has_row][0]}'; give the file that belongs to the matrix"
        )
    if not has_row.all():
        remarks.warn(
            log,
            "cells_without_position",
            f"{file}: {(~has_row).sum()} of {section.n_obs} {things} of {matrix} have no position, such as "
            f"'{section.obs_names[~has_row][0]}'; they are left out",
            left_out=int((~has_row).sum()),
        )
    note_strangers(table.index[~table.index.isin(section.obs_names)], file=file, matrix=matrix, things=things)
    section = section[has_row].copy()
    return section, table.loc[section.obs_names]


def note_strangers(names: pd.Index, *, file: str, matrix: str, things: str) -> None:
    """Remark on names of a table that are not in the matrix."""
    if len(names):
        remarks.note(
            log,
            "cells_not_in_matrix",
            f"{file}: {len(names)} {things} that are not in {matrix}, such as '{names[0]}', are left out",
            left_out=len(names),
        )


def coordinates(table: pd.DataFrame, x: str, y: str, *, file: str, things: str) -> np.ndarray:
    """Return the columns x and y as numbers, n × 2; refuse a value that is not a number."""
    places = table[[x, y]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    lost = ~np.isfinite(places).all(axis=1)
    if lost.any():
        raise InputError(
            f"{file}: {lost.sum()} {things} have no number in {x} or {y}, such as '{table.index[lost][0]}'; "
            f"correct them or remove them from the matrix"
        )
    return places
