"""Visium HD's segmented outputs: cells that Space Ranger outlined on the image of the tissue."""

from pathlib import Path

import anndata as ad
import pandas as pd

from ...contract.keys import Obsm, Uns
from ...contract.problems import InputError
from . import outlines, spatial_folder
from .files import ROLES, found
from .positions import coordinates, placed
from .tenx import read_run

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
    places = outlines.centroids(path)
    places.index = _in_the_matrix(places.index, section.obs_names, section.uns[Uns.MATRIX])
    section, places = placed(section, places, file=path.name, things="cells")
    section.obsm[Obsm.SPATIAL] = coordinates(places, "x", "y", file=path.name, things="cells")
    section.uns[Uns.COORDINATE_UNIT] = "pixel"
    spatial_folder.add_image(section, folder)
    return section


def _in_the_matrix(outlined: pd.Index, cells: pd.Index, matrix: str) -> pd.Index:
    """Return the outlines' numbers as the matrix's names; a number that the matrix does not have stays."""
    numbers = _numbers(cells)
    twice = numbers.duplicated()
    if twice.any():
        raise InputError(
            f"{matrix}: {twice.sum()} cells have the number of another, such as '{cells[twice][0]}'; "
            f"give the cells of one section"
        )
    names = dict(zip(numbers, cells, strict=True))
    return pd.Index([names.get(number, number) for number in _numbers(outlined)])


def _numbers(names: pd.Index) -> pd.Index:
    """Return names without the word before their number, its zeros, and the number of the library."""
    return names.str.replace(LIBRARY, "", regex=True).str.replace(NAME, "", regex=True)
