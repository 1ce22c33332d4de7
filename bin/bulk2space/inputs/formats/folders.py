"""Which vendor's folder a folder is, by what lies in it."""

from pathlib import Path

from . import spaceranger, xenium
from .vendors import found

ZARR = (".zattrs", ".zgroup", "zarr.json")


def recognise(path: Path) -> str | None:
    """Return 'mtx', 'cellranger', 'spaceranger', 'xenium', 'spatialdata' or None."""
    if found(path, *ZARR):
        return "spatialdata"
    if found(path, xenium.H5) or (path / "cell_feature_matrix").is_dir() or xenium.has_cells(path):
        return "xenium"
    if found(path, *spaceranger.POSITIONS, spaceranger.SCALE) or (path / "binned_outputs").is_dir():
        return "spaceranger"
    if found(path, "matrix.mtx.gz", "matrix.mtx"):
        return "mtx"
    if found(path, spaceranger.H5, *spaceranger.MTX):
        return "cellranger"
    return None
