"""MERSCOPE's (Vizgen's) folders: imaged cells with their centroids and volumes."""

from pathlib import Path

import anndata as ad
import pandas as pd

from ...contract.keys import Obsm, Uns
from .annotated import annotated
from .cell_tables import header_of, read_counts, read_known
from .files import ROLES, required
from .positions import coordinates, placed

MATRIX = ROLES["matrix"]["merscope"]
CELLS = ROLES["cells"]["merscope"]
NAMES = ("", "cell", "cell_id", "EntityID", "id", "X", "Unnamed: 0")
"""Columns that may hold the cells' names: whole numbers of up to 39 digits."""
X, Y = "center_x", "center_y"


def read(folder: Path) -> ad.AnnData:
    """Read a MERSCOPE folder: cells × genes, centroids in micrometers, ``volume`` and what else is known in obs.

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if most cells have no position.
    """
    path, cells_path = (required(folder, names, "give the whole MERSCOPE folder") for names in (MATRIX, CELLS))
    first = header_of(path)[0]
    counts = read_counts(path, [first, *(name for name in NAMES if name != "X")])
    obs, var = pd.DataFrame(index=counts.names[first].str.strip()), pd.DataFrame(index=counts.genes)
    section = annotated(counts.values, obs=obs.rename_axis(None), var=var, matrix=path.name)
    known = _by_name(cells_path, section.obs_names)
    section, known = placed(section, known, file=cells_path.name, things="cells")
    section.obsm[Obsm.SPATIAL] = coordinates(known, X, Y, file=cells_path.name, things="cells")
    section.obs = known.drop(columns=[X, Y])
    section.uns[Uns.COORDINATE_UNIT] = "micrometer"
    return section


def _by_name(path: Path, cells: pd.Index) -> pd.DataFrame:
    """Return what is known of the cells by the column that has most of the matrix's names."""
    header = header_of(path)
    columns = [column for column in dict.fromkeys((header[0], *NAMES)) if column in header]
    known = read_known(path, columns, (X, Y))
    shared = {column: known[column].str.strip().isin(cells).sum() for column in columns}
    key = max(columns, key=lambda column: shared[column])
    return known.set_index(pd.Index(known.pop(key).str.strip()))
