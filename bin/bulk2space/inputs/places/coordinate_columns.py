"""Which columns of a table of spots or cells are x and y, by their names."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from ...contract.problems import InputError, few


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
