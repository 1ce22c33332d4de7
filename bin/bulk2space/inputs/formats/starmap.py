"""STARmap PLUS tables, as the Single Cell Portal has them: counts by gene, and cells in three dimensions."""

import logging
from pathlib import Path

import anndata as ad
import pandas as pd

from ...contract import remarks
from ...contract.keys import Obsm, Uns
from .cell_tables import header_of
from .files import ROLES, in_words, open_text, read_table, required
from .positions import coordinates, placed, require_columns
from .tables import read_numbers

log = logging.getLogger(__name__)

MATRIX = ROLES["matrix"]["starmap"]
CELLS = ROLES["cells"]["starmap"]
NAME, X, Y, Z = "NAME", "X", "Y", "Z"
BOTH = "give both STARmap PLUS tables in one folder"
KINDS = "TYPE"  # first cell of the portal's second line, which says of each column whether it holds numbers


def read(folder: Path) -> ad.AnnData:
    """Read a folder of STARmap PLUS tables: cells × genes, x and y in a unit that the tables do not tell.

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if most cells have no position.
    """
    path, cells_path = (required(folder, names, BOTH) for names in (MATRIX, CELLS))
    section = read_numbers(path, annotation=False)
    section.uns[Uns.MATRIX] = path.name
    section, known = placed(section, _cells(cells_path), file=cells_path.name, things="cells")
    section.obsm[Obsm.SPATIAL] = coordinates(known, X, Y, file=cells_path.name, things="cells")
    if Z in known:
        remarks.note(
            log,
            "depth_left_out",
            f"{cells_path.name}: the cells' depth in the section (column {Z}) is left out; places are {X} and {Y}",
        )
    section.obs = known.drop(columns=[X, Y, Z], errors="ignore")
    return section


def _cells(path: Path) -> pd.DataFrame:
    header = header_of(path)
    require_columns(pd.DataFrame(columns=header), (NAME, X, Y), path.name)
    with in_words(path, "a table of cells"):
        with open_text(path) as file:
            _first, second = file.readline(), file.readline()
        skipped = 2 if second.lstrip('"').startswith(KINDS) else 1
        table = read_table(path, names=header, skiprows=skipped, converters={NAME: str}, encoding="utf-8-sig")
    return table.set_index(pd.Index(table.pop(NAME).str.strip()))
