"""Where the spots or cells of a section lie: the file or table that says so, and the values as numbers."""

import logging
from collections.abc import Collection
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ...contract import remarks
from ...contract.keys import Obsm
from ...contract.problems import InputError, few
from ..formats.places import IN_OBSM, as_table
from ..formats.plain import decoded
from .coordinate_columns import Pair, pair_in_obsm, pair_of

log = logging.getLogger(__name__)


class Places(NamedTuple):
    """Where the spots or cells of a section lie.

    Attributes
    ----------
    values
        x and y, observations × 2.
    columns
        The columns that they were in.
    unit
        Of the coordinates, empty where the columns' names do not tell it.
    in_table
        Whether they are from the user's table and not from the section's own file.
    """

    values: np.ndarray
    columns: tuple[str, str]
    unit: str
    in_table: bool


def places_of(section: ad.AnnData, table: Collection[str] | None, *, source: str, matrix: str, thing: str) -> Places:
    """Return the coordinates: of the user's table, else of ``obsm``, else of ``obs``.

    Parameters
    ----------
    section
        Observations × genes, with the table's columns in ``obs``.
    table
        Columns of the user's table; None without one.
    source, matrix
        Names of the table, or of the matrix without one, and of the matrix, for the sentences.
    thing
        ``spot`` or ``cell``.

    Raises
    ------
    InputError
        If there are none, if it is not known which they are, or if one is no number.
    """
    names = {"matrix": matrix, "thing": thing}
    pair = pair_of(table or ())
    if pair is not None:
        values = numbers(section.obs, pair, source=source, **names)
        return Places(values, (pair.x, pair.y), pair.unit, in_table=True)
    if entry := next((name for name in IN_OBSM if name in section.obsm), None):
        _note_unusual(entry != Obsm.SPATIAL, f"obsm['{entry}']", matrix)
        own = as_table(section.obsm[entry], section.obs_names)
        pair = pair_in_obsm(own, f"{matrix}: obsm['{entry}']")
    else:
        own, pair = section.obs, pair_of(section.obs.columns)
        if pair is None:
            raise _without(table, source=source, **names)
        _note_unusual(True, f"the columns {pair.x} and {pair.y} of obs", matrix)
    if table is not None:
        remarks.note(
            log,
            "table_without_coordinates",
            f"{source}: has no columns of coordinates, so those of {matrix} are used",
        )
    return Places(numbers(own, pair, source=matrix, **names), (pair.x, pair.y), pair.unit, in_table=False)


def _note_unusual(is_unusual: bool, place: str, matrix: str) -> None:
    if is_unusual:
        remarks.note(
            log, "coordinates_found", f"{matrix}: has no obsm['spatial']; the coordinates are {place}", place=place
        )


def _without(table: Collection[str] | None, *, source: str, matrix: str, thing: str) -> InputError:
    if table is not None:
        return InputError(
            f"{source}: no column xcoord and no column ycoord; it has {', '.join(table) or 'none beside the names'}: "
            f"rename the columns of the coordinates"
        )
    folder = ", or give the whole Space Ranger folder, with its folder spatial" if thing == "spot" else ""
    return InputError(
        f"{matrix}: no coordinates (obsm['spatial']) of the {thing}s; name a table with the columns "
        f"{thing.capitalize()}, xcoord and ycoord under spatial_meta{folder}"
    )


def numbers(table: pd.DataFrame, pair: Pair, *, source: str, matrix: str, thing: str) -> np.ndarray:
    """Return x and y, observations × 2.

    Parameters
    ----------
    table
        One row per observation, named by the index.
    pair
        Which columns.
    source, matrix
        Names of the file that has the coordinates and of that with the expression, for the sentences.
    thing
        ``spot`` or ``cell``.

    Raises
    ------
    InputError
        If a value is missing or is no number.
    """
    written = table[[pair.x, pair.y]].astype(object).map(decoded)
    values = written.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    missing = (written.isna() | (written == "")).any(axis=1).to_numpy()
    remedy = f"give numbers or remove the {thing}s from {matrix}"
    if missing.any():
        examples = few(list(table.index[missing]))
        raise InputError(f"{source}: {missing.sum()} {thing}s have no coordinates, such as {examples}; {remedy}")
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = wrong[0]
        others = len(np.unique(wrong[:, 0])) - 1
        raise InputError(
            f"{source}: the {'xy'[column]} coordinate of {thing} '{table.index[row]}' is "
            f"'{written.iloc[row, column]}', which is not a number{f' ({others} more)' if others else ''}; {remedy}"
        )
    return values
