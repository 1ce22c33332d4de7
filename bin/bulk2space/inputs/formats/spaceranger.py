"""Space Ranger's output folders: Visium, and the bins of Visium HD."""

import logging
from pathlib import Path

import anndata as ad
import pandas as pd

from ...contract import remarks
from ...contract.keys import Obsm, Uns
from ...contract.problems import InputError
from . import spatial_folder
from .files import ROLES, found, in_words, open_text, read_parquet, read_table
from .plain import text
from .positions import by_name, coordinates, require_columns
from .scale_factors import from_scale_factors
from .tenx import read_run

log = logging.getLogger(__name__)

MATRIX = ROLES["matrix"]["spaceranger"]
POSITIONS = ROLES["positions"]["spaceranger"]
X, Y = "pxl_col_in_fullres", "pxl_row_in_fullres"
COLUMNS = ["barcode", "in_tissue", "array_row", "array_col", Y, X]


def read(folder: Path) -> ad.AnnData:
    """Read a folder ``outs`` or ``square_008um``: spots × genes, coordinates in pixels of the full image.

    The files may also lie side by side in the folder itself.

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if a spot has no position.
    """
    section = read_matrix(folder)
    matrix = section.uns[Uns.MATRIX]
    path = found(folder, POSITIONS)
    if path is None:
        raise InputError(f"{folder.name}: has no spatial/tissue_positions.csv; give Space Ranger's whole folder")
    table = by_name(_positions(path), section.obs_names, file=path.name, matrix=matrix, things="spots")
    section.obsm[Obsm.SPATIAL] = coordinates(table, X, Y, file=path.name, things="spots")
    section.obs = table.drop(columns=[X, Y])
    section.uns[Uns.COORDINATE_UNIT] = "pixel"
    _add_size_of_spots(section, folder)
    spatial_folder.add_image(section, folder)
    return section


def read_matrix(folder: Path) -> ad.AnnData:
    """Read the filtered matrix of a Space Ranger or Cell Ranger folder: spots or cells × genes."""
    matrix = read_run(folder, MATRIX)
    if matrix is not None:
        return matrix
    given = MATRIX[0].removeprefix("*")
    raise InputError(f"{folder.name}: has no {given} and no folder of that name; give Space Ranger's whole folder")


def _positions(path: Path) -> pd.DataFrame:
    """Read the positions by barcode; the older file has no header."""
    with in_words(path, "a table of positions"):
        if path.suffix == ".parquet":
            table = read_parquet(path)
        else:
            with open_text(path) as file:
                header = 0 if file.readline().lstrip('"').startswith("barcode") else None
            table = read_table(path, header=header, converters={0: str}, index_col=False, encoding="utf-8-sig")
            if header is None:
                table = table.set_axis(COLUMNS, axis=1)
    require_columns(table, COLUMNS, path.name)
    return table.set_index(pd.Index(text(table.pop("barcode"))))


def _add_size_of_spots(section: ad.AnnData, folder: Path) -> None:
    factors, name = spatial_folder.read_scale_factors(folder)
    diameter, micrometers = from_scale_factors(factors, file=name, on_grid=True)
    if diameter is None:
        remarks.note(
            log,
            "spot_diameter_unknown",
            f"{folder.name}: no spot_diameter_fullres in spatial/{name}; the spots' diameter is derived from "
            f"their distances",
        )
    else:
        section.uns[Uns.SPOT_DIAMETER] = diameter
    if micrometers is not None:
        section.uns[Uns.SPOT_MICROMETERS] = micrometers
