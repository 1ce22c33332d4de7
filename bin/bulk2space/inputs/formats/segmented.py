"""Visium HD's segmented outputs: cells that Space Ranger outlined on the image of the tissue."""

from pathlib import Path

import anndata as ad
import pandas as pd

from ...contract.keys import Obsm, Uns
from ...contract.problems import InputError
from . import outlines, spatial_folder
from .tenx import read_run
from .vendors import ROLES, coordinates, found, placed

MATRIX = ROLES["matrix"]["segmented"]
OUTLINES = ROLES["outlines"]["segmented"]
NAME = r"^(?:cellid_)?0*(?=\d)"
LIBRARY = r"-\d+$"


def read(folder: Path) -> ad.AnnData:
    """Read a folder ``segmented_outputs``: cells × genes, the outlines' centroids in pixels of the full image.

    The matrix's names (``cellid_000000012-1``) belong to the outlines' numbers (12).

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if most cells have no outline.
    """
    section = read_run(folder, MATRIX)
    path = found(folder, OUTLINES)
    if section is None or path is None:
        lacking = f"{MATRIX[0]} and no folder of that name" if section is None else OUTLINES[0]
        raise InputError(f"{folder.name}: has no {lacking}; give Space Ranger's whole folder segmented_outputs")
    names = section.obs_names
    section.obs = pd.DataFrame({"name": names}, index=_numbers(names))
    places = outlines.centroids(path)
    places.index = _numbers(places.index)
    section, places = placed(section, places, file=path.name, things="cells")
    section.obsm[Obsm.SPATIAL] = coordinates(places, "x", "y", file=path.name, things="cells")
    section.obs = section.obs.set_index("name").rename_axis(None)
    section.uns[Uns.COORDINATE_UNIT] = "pixel"
    spatial_folder.add_image(section, folder)
    return section


def _numbers(names: pd.Index) -> pd.Index:
    """Return names without the word before their number, its zeros, and the number of the library."""
    return names.str.replace(LIBRARY, "", regex=True).str.replace(NAME, "", regex=True)
