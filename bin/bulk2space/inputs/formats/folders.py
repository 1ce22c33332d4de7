"""Which kind of folder a folder is, recognised by its files."""

from pathlib import Path

from ...contract.problems import InputError
from . import anndata_stores, cosmx, merscope, segmented, spaceranger, spatial_folder, starmap, xenium
from .files import ROLES, contents, found

ZARR = (".zattrs", ".zgroup", "zarr.json")
BINNED, SEGMENTED = "binned_outputs", "segmented_outputs"
IN_WORDS = (
    "10x mtx, Cell Ranger, Space Ranger, Visium HD segmented_outputs, Xenium, CosMx, MERSCOPE, STARmap PLUS, "
    "AnnData .zarr, SpatialData .zarr"
)
OF_CELLS = ("xenium", "cosmx", "merscope", "starmap", "segmented")
"""Kinds of folders of single cells."""
OF_ONE_MATRIX = {"cosmx": cosmx.MATRIX, "merscope": merscope.MATRIX, "starmap": starmap.MATRIX}


def recognise(path: Path) -> str:
    """Return the kind of a folder.

    Returns
    -------
    ``anndata``, ``spatialdata``, ``segmented``, ``xenium``, ``spaceranger``, ``cosmx``, ``merscope``, ``starmap``,
    ``mtx`` or ``cellranger``.

    Raises
    ------
    InputError
        If it is of no kind, or holds several folders of which one is to be given.
    """
    if is_store(path):
        return "anndata" if anndata_stores.is_anndata(path) else "spatialdata"
    _refuse_visium_hd(path)
    if found(path, [*segmented.MATRIX[:1], *segmented.OUTLINES]) or (path / "filtered_feature_cell_matrix").is_dir():
        return "segmented"
    if found(path, xenium.MATRIX[:1]) or (path / "cell_feature_matrix").is_dir() or xenium.has_cells(path):
        return "xenium"
    if found(path, [*spaceranger.POSITIONS, *spatial_folder.SCALE_FACTORS]):
        return "spaceranger"
    for kind, matrix in OF_ONE_MATRIX.items():
        if found(path, matrix):
            return kind
    if found(path, ROLES["matrix"]["mtx"]):
        return "mtx"
    if found(path, spaceranger.MATRIX):
        return "cellranger"
    raise InputError(f"{path.name}: is a folder of an unknown kind, it has {contents(path)}; give one of {IN_WORDS}")


def is_store(path: Path) -> bool:
    """Tell whether a path is a zarr store."""
    return path.is_dir() and (path.suffix.lower() == ".zarr" or found(path, ZARR) is not None)


def _refuse_visium_hd(path: Path) -> None:
    """Refuse the folders above the bins and the segmented cells, one of which is the section."""
    bins = [*sorted(path.glob(f"{BINNED}/square_*")), *sorted(path.glob("square_*"))]
    offered = [str(entry.relative_to(path)) for entry in [*bins, path / SEGMENTED] if entry.is_dir()]
    if offered:
        raise InputError(
            f"{path.name}: is Visium HD's folder of several outputs; give one of them: {' or '.join(offered)}"
        )
