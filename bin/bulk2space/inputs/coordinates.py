"""Which columns of a table of spots or cells are x and y, and their values as numbers."""

import logging
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.keys import Obsm
from ..contract.problems import InputError, few
from ..numerics.indices import check_indices

log = logging.getLogger(__name__)


class Pair(NamedTuple):
    """Names of two columns, and the unit of their values where the names tell it."""

    x: str
    y: str
    unit: str = ""


PAIRS = (
    Pair("xcoord", "ycoord"),  # the published tool
    Pair("x_centroid", "y_centroid", "micrometer"),  # Xenium
    Pair("center_x", "center_y", "micrometer"),  # MERSCOPE
    Pair("CenterX_global_px", "CenterY_global_px", "pixel"),  # CosMx
    Pair("x_slide_mm", "y_slide_mm", "millimeter"),  # CosMx
    Pair("pxl_col_in_fullres", "pxl_row_in_fullres", "pixel"),  # Space Ranger
    Pair("imagecol", "imagerow", "pixel"),  # Seurat
    Pair("sdimx", "sdimy"),  # Giotto
    Pair("x_coord", "y_coord"),
    Pair("coord_x", "coord_y"),
    Pair("x_coordinate", "y_coordinate"),
    Pair("spatial_x", "spatial_y"),
    Pair("spatial_1", "spatial_2"),
    Pair("spatial1", "spatial2"),
    Pair("centroid_x", "centroid_y"),
    Pair("center_x_um", "center_y_um", "micrometer"),
    Pair("x_um", "y_um", "micrometer"),
    Pair("x_location", "y_location"),
    Pair("x_position", "y_position"),
    Pair("x_pos", "y_pos"),
    Pair("pos_x", "pos_y"),
    Pair("x", "y"),
)
"""Columns that are x and y, the likeliest first; upper and lower case do not count.

``array_row`` and ``array_col`` are not among them: on a hexagonal grid, their units have different lengths. Nor are
places within a field of view (``CenterX_local_px``), which lie on one another.
"""
IN_OBSM = ("spatial", "X_spatial", "spatial_coords")
"""Entries of ``obsm`` that may be places, the usual one first."""
NUMBERS_OR_TEXT = "biufSUO"  # kinds of NumPy types; the others are no coordinates


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
    return InputError(
        f"{matrix}: no coordinates (obsm['spatial']) of the {thing}s; name a table with the columns "
        f"{thing.capitalize()}, xcoord and ycoord under spatial_meta"
    )


def pair_of(columns: Iterable[object]) -> Pair | None:
    """Return the columns that are x and y, as the table writes them; None where there are none."""
    written: dict[str, Any] = {}
    for column in columns:
        written.setdefault(str(column).casefold(), column)
    for pair in PAIRS:
        x, y = pair.x.casefold(), pair.y.casefold()
        if x in written and y in written:
            return Pair(written[x], written[y], pair.unit)
    return None


def as_table(values: Any, names: pd.Index) -> pd.DataFrame:
    """Return an entry of ``obsm`` in any form as a table, columns without names numbered from 0.

    What is no table of numbers or text has one column for each value of a row, or none at all.

    Parameters
    ----------
    values
        An array of any shape, sparse, structured, or a table; one row for each name.
    names
        Of the spots or cells.
    """
    if isinstance(values, pd.DataFrame):
        return values.set_axis(names)
    if sp.issparse(values):
        check_indices(values)
        values = values.toarray()
    array = np.asarray(values)
    if array.ndim == 1 and array.dtype.names:
        return pd.DataFrame({name: list(array[name]) for name in array.dtype.names}, index=names)
    if array.ndim == 1 and array.dtype == object:
        return pd.DataFrame(
            [row if isinstance(row, list | tuple | np.ndarray) else [row] for row in array], index=names
        )
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim > 2:
        array = array[:, :0, 0]
    return pd.DataFrame(array if array.dtype.kind in NUMBERS_OR_TEXT else array.astype(str), index=names)


def pair_in_obsm(table: pd.DataFrame, place: str) -> Pair:
    """Return the columns of an entry of ``obsm`` that are x and y.

    Parameters
    ----------
    table
        As :func:`as_table` makes it.
    place
        File and entry, for the sentence.

    Raises
    ------
    InputError
        If neither the names of the columns nor their number tell.
    """
    pair = pair_of(table.columns)
    if pair is not None:
        return pair
    without_names = [str(column) for column in table.columns] == [str(n) for n in range(table.shape[1])]
    if without_names and table.shape[1] == 2:
        return Pair(*table.columns)
    if without_names:
        number = table.shape[1]
        known = f"{number} column{'' if number == 1 else 's'} without names" if number else "no columns"
        raise InputError(f"{place} has {known}, so which are x and y is not known; store two columns, x and y")
    raise InputError(
        f"{place} has the columns {few(list(map(str, table.columns)))}, none of which are known as x and y; "
        f"call these x and y"
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
    written = (
        table[[pair.x, pair.y]]
        .astype(object)
        .map(lambda value: value.decode(errors="replace") if _is_bytes(value) else value)
    )
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


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes)
