"""CosMx flat files: imaged cells by field of view."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ...contract.keys import Obsm, Uns
from .annotated import annotated
from .cell_tables import ROW_NAMES, left_out_outside, read_counts, read_known
from .files import ROLES, required
from .positions import coordinates, placed, require_columns

MATRIX = ROLES["matrix"]["cosmx"]
CELLS = ROLES["cells"]["cosmx"]
FIELD, NUMBER, CELL = "fov", "cell_ID", "cell"
NOT_GENES = (ROW_NAMES, FIELD, NUMBER, CELL, "cell_id", "X")
X, Y = "CenterX_global_px", "CenterY_global_px"
WHOLE = "give the whole folder of CosMx flat files"
OUTSIDE = "0"  # the number under which a field has the transcripts that lie in no cell


def read(folder: Path) -> ad.AnnData:
    """Read a folder of CosMx flat files: cells × genes, centroids in pixels of the slide.

    A cell is named by the column ``cell`` of the metadata or, without one, ``<field>_<number>``.

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if most cells have no position.
    """
    path, cells_path = (required(folder, names, WHOLE) for names in (MATRIX, CELLS))
    counts = read_counts(path, NOT_GENES)
    key = [CELL] if CELL in counts.names and FIELD not in counts.names else [FIELD, NUMBER]
    require_columns(counts.names, key, path.name)
    outside = _names(counts.names, key).str.rsplit("_", n=1).str[-1] == OUTSIDE
    counts = left_out_outside(counts, np.asarray(outside), file=path.name)
    obs, var = pd.DataFrame(index=_names(counts.names, key)), pd.DataFrame(index=counts.genes)
    section = annotated(counts.values, obs=obs, var=var, matrix=path.name)
    known = read_known(cells_path, (FIELD, NUMBER, CELL), (*key, X, Y))
    section, known = placed(section, known.set_index(_names(known, key)), file=cells_path.name, things="cells")
    section.obsm[Obsm.SPATIAL] = coordinates(known, X, Y, file=cells_path.name, things="cells")
    section.obs = known.drop(columns=[X, Y])
    if CELL in known and known[CELL].is_unique and (known[CELL] != "").all():
        section.obs = section.obs.set_index(CELL).rename_axis(None)
    section.uns[Uns.COORDINATE_UNIT] = "pixel"
    return section


def _names(table: pd.DataFrame, key: list[str]) -> pd.Index:
    return pd.Index(table[key[0]].str.strip().str.cat([table[column].str.strip() for column in key[1:]], sep="_"))
