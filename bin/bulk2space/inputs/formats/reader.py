"""One function for every format: which reader a file or folder of a user needs."""

from collections.abc import Callable
from pathlib import Path

import anndata as ad
import scipy.sparse as sp

from ...contract.problems import InputError
from ...contract.table_lines import separator
from . import (
    anndata_stores,
    cosmx,
    folders,
    h5ad,
    merscope,
    refused,
    segmented,
    spaceranger,
    spatialdata_store,
    starmap,
    tables,
    tenx,
    xenium,
)
from .files import in_words
from .plain import plain_columns, refuse_zeros

FOLDERS = {
    "mtx": tenx.read_mtx,
    "cellranger": spaceranger.read_matrix,
    "spaceranger": spaceranger.read,
    "segmented": segmented.read,
    "xenium": xenium.read,
    "cosmx": cosmx.read,
    "merscope": merscope.read,
    "starmap": starmap.read,
    "anndata": anndata_stores.read_zarr,
    "spatialdata": spatialdata_store.read,
}
FILES = {".h5ad": h5ad.read, ".h5": tenx.read_h5, ".h5mu": anndata_stores.read_h5mu}
FORMATS = f".h5ad, .h5mu, .h5 (10x), .csv or .tsv (also .gz), or a folder: {folders.IN_WORDS}"

REAL_NUMBERS = "iuf"  # kinds of NumPy types: whole numbers and fractions


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
    with in_words(path, "expression"):
        adata = _reader(path)(path)
    return plain(adata, path)


def plain(adata: ad.AnnData, path: Path) -> ad.AnnData:
    """Bring what a format's reader returns to what :func:`read` promises.

    Raises
    ------
    InputError
        If names hold what cannot be stored, nothing is left, or values are no real numbers.
    """
    adata.obs_names = adata.obs_names.astype(str).rename(None)  # which may be that of a column of obs
    adata.obs, adata.var = plain_columns(adata.obs), plain_columns(h5ad.text_columns(adata.var))
    adata.var_names = adata.var_names.astype(str)
    for names in (adata.obs_names, adata.var_names):
        refuse_zeros(names, path.name)
    if 0 in adata.shape:
        raise InputError(f"{path.name}: has {adata.n_obs} observations and {adata.n_vars} genes; check the file")
    matrix = sp.csr_matrix(adata.X)
    if matrix.dtype.kind not in REAL_NUMBERS:
        raise InputError(f"{path.name}: its values are of the type {matrix.dtype}; give real numbers")
    matrix.sum_duplicates()  # and sorts
    adata.X = matrix
    return adata


def has_metadata(path: Path) -> bool:
    """Tell whether a format can carry labels of cells beside the values."""
    return path.suffix.lower() in (".h5ad", ".h5mu") or folders.is_store(path)


def _reader(path: Path) -> Callable[[Path], ad.AnnData]:
    if path.is_dir():
        return FOLDERS[folders.recognise(path)]
    if separator(path) is not None:
        return tables.read_numbers
    if path.suffix.lower() not in FILES:
        remedy = refused.remedy(path) or f"is of an unknown format; give {FORMATS}"
        raise InputError(f"{path.name}: {remedy}")
    return FILES[path.suffix.lower()]
