"""One function for every format: which reader a file or folder of a user needs."""

from collections.abc import Callable
from pathlib import Path

import anndata as ad
import scipy.sparse as sp

from ...contract.problems import InputError
from ...contract.table_lines import separator
from . import folders, h5ad, spaceranger, spatialdata_store, tables, tenx, xenium

FOLDERS = {
    "mtx": tenx.read_mtx,
    "cellranger": spaceranger.read_matrix,
    "spaceranger": spaceranger.read,
    "xenium": xenium.read,
    "spatialdata": spatialdata_store.read,
}
FORMATS = (
    ".h5ad, .h5 (10x), .csv or .tsv (also .gz), or a folder: 10x mtx, Cell Ranger, Space Ranger, Xenium, "
    "SpatialData .zarr"
)


def read(path: Path) -> ad.AnnData:
    """Read observations × genes from any format: values, names and metadata as they are.

    Returns
    -------
    X float32 CSR; ``obs``, ``var`` (index and columns of text), ``obsm["spatial"]`` where the format has coordinates;
    ``uns["matrix"]`` says where in the file the values were found. Remarks say what was left out.

    Raises
    ------
    InputError
        If the format is unknown or the file cannot be read.
    """
    adata = _reader(path)(path)
    adata.obs_names = adata.obs_names.astype(str)
    adata.var = h5ad.text_columns(adata.var)
    if 0 in adata.shape:
        raise InputError(f"{path.name}: has {adata.n_obs} observations and {adata.n_vars} genes; check the file")
    matrix = sp.csr_matrix(adata.X)
    matrix.sum_duplicates()  # and sorts
    adata.X = matrix
    return adata


def has_metadata(path: Path) -> bool:
    """Tell whether a format can carry labels of cells beside the values."""
    return path.suffix.lower() in (".h5ad", ".zarr")


def _reader(path: Path) -> Callable[[Path], ad.AnnData]:
    if path.is_dir():
        kind = folders.recognise(path)
        if kind is None:
            found = ", ".join(sorted(entry.name for entry in path.iterdir())[:5]) or "nothing"
            raise InputError(f"{path.name}: is a folder of an unknown kind, it has {found}; give {FORMATS}")
        return FOLDERS[kind]
    if separator(path) is not None:
        return tables.read_numbers
    readers = {".h5ad": h5ad.read, ".h5": tenx.read_h5}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path.name}: unknown format; give {FORMATS}")
    return readers[path.suffix.lower()]
