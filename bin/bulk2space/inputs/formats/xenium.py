"""Xenium's output folders: imaged cells with their centroids."""

from pathlib import Path

import anndata as ad
import pandas as pd

from ...contract.keys import Obsm, Uns
from ...contract.problems import InputError
from .files import ROLES, found, in_words, open_text, read_parquet, read_table, required
from .plain import text
from .positions import by_name, coordinates, note_strangers, require_columns
from .tenx import read_run

MATRIX = ROLES["matrix"]["xenium"]
CELLS = ROLES["cells"]["xenium"]
X, Y = "x_centroid", "y_centroid"


def read(folder: Path) -> ad.AnnData:
    """Read a Xenium folder: cells × genes, centroids in micrometers, everything else known of a cell in obs.

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if a cell has no centroid.
    """
    section = read_run(folder, MATRIX)
    if section is None:
        raise InputError(f"{folder.name}: has no {MATRIX[0]} and no folder of that name; give the whole Xenium folder")
    matrix = section.uns[Uns.MATRIX]
    path = required(folder, CELLS, "give the whole Xenium folder")
    cells = _cells(path)
    table = by_name(cells, section.obs_names, file=path.name, matrix=matrix, things="cells")
    section.obsm[Obsm.SPATIAL] = coordinates(table, X, Y, file=path.name, things="cells")
    section.obs = table.drop(columns=[X, Y])
    section.uns[Uns.COORDINATE_UNIT] = "micrometer"
    strangers = cells.index[~cells.index.isin(section.obs_names)]
    note_strangers(strangers, file=path.name, matrix=matrix, things="cells")
    return section


def has_cells(folder: Path) -> bool:
    """Tell whether a folder has Xenium's table of cells and not some other table of that name."""
    path = found(folder, CELLS)
    if path is None or path.suffix == ".parquet":
        return path is not None
    with in_words(path, "a table of cells"), open_text(path) as file:
        return X in file.readline()


def _cells(path: Path) -> pd.DataFrame:
    """Read the cells by their id; older bundles store text as bytes and ids as numbers."""
    with in_words(path, "a table of cells"):
        parquet = path.suffix == ".parquet"
        table = read_parquet(path) if parquet else read_table(path, converters={"cell_id": str}, index_col=False)
        for column in table.select_dtypes("object"):
            table[column] = [value.decode() if isinstance(value, bytes) else value for value in table[column]]
    require_columns(table, ("cell_id", X, Y), path.name)
    return table.set_index(pd.Index(text(table.pop("cell_id"))))
