"""Which kind of folder a folder is, recognised by its files."""

from pathlib import Path

from . import spaceranger, xenium
from .vendors import ROLES, found

ZARR = (".zattrs", ".zgroup", "zarr.json")


def recognise(path: Path) -> str | None:
    """Return 'mtx', 'cellranger', 'spaceranger', 'xenium', 'spatialdata' or None."""
    if found(path, ZARR):
        return "spatialdata"
    if found(path, [xenium.MATRIX[0]]) or (path / "cell_feature_matrix").is_dir() or xenium.has_cells(path):
        return "xenium"
    if found(path, [*spaceranger.POSITIONS, *spaceranger.SCALE_FACTORS]) or (path / "binned_outputs").is_dir():
        return "spaceranger"
    if found(path, ROLES["matrix"]["mtx"]):
        return "mtx"
    if found(path, spaceranger.MATRIX):
        return "cellranger"
    return None
