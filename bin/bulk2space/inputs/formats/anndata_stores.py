"""AnnData's zarr stores, and MuData files, whose modality of RNA is an AnnData."""

import logging
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import zarr

from ...contract import remarks
from ...contract.problems import InputError, few
from . import h5ad, hdf5
from .files import in_words
from .promises import FREE_BYTES, check_array, check_memory

log = logging.getLogger(__name__)

RNA = ("rna", "gex")
"""Names of the modality of RNA, in lower case, the usual one first."""
SPARSE = ("csr_matrix", "csc_matrix")
"""Arrays in such a group are whole; of others, zarr leaves out the parts that hold zeros only."""
BLOSC = ("Blosc", "BloscCodec")
"""Classes of Blosc in Zarr 2 and 3."""
BLOSC_HEADER, BLOSC_SIZE_AT = 16, 12
"""Bytes at the start of what Blosc compressed; the last four are its size."""


def is_anndata(path: Path) -> bool:
    """Tell whether a zarr store is an AnnData, and not a SpatialData that has some."""
    with in_words(path, "a zarr store"):
        root = zarr.open_group(path, mode="r")
        return root.attrs.get("encoding-type") == "anndata" or ("X" in root and "obs" in root)


def check_complete(path: Path, name: str) -> None:
    """Refuse a store that lacks some of its files, or has some in part, which zarr reads as other numbers.

    Parameters
    ----------
    path
        The AnnData in the store.
    name
        The store's name, for the sentence.
    """
    check_promises(path, name)
    for place, array in zarr.open_group(path, mode="r").members(max_depth=None):
        if not isinstance(array, zarr.Array) or array.shards is not None:
            continue
        holder = path / Path(place).parent
        is_sparse = zarr.open_group(holder, mode="r").attrs.get("encoding-type") in SPARSE
        if is_sparse and array.nchunks_initialized < array.nchunks:
            raise InputError(
                f"{name}: has only {array.nchunks_initialized} of {array.nchunks} parts of the array "
                f"{place}; copy the whole store"
            )
        if any(type(codec).__name__ in BLOSC for codec in array.compressors):
            _check_blosc(path / place, name)


def check_promises(path: Path, name: str) -> None:
    """Refuse a store that promises larger arrays than its files can be, or more than this machine's memory."""
    arrays = [
        (place, array)
        for place, array in zarr.open_group(path, mode="r").members(max_depth=None)
        if isinstance(array, zarr.Array)
    ]
    for place, array in arrays:
        if array.nbytes > FREE_BYTES:
            check_array(name, place, array.nbytes, array.nbytes_stored())
    check_memory(name, sum(array.nbytes for _place, array in arrays))


def _check_blosc(array: Path, name: str) -> None:
    """Refuse parts of an array that are shorter than they say: Blosc would read beyond their memory."""
    for part in sorted(array.rglob("*")):
        if not part.is_file() or part.name in (".zarray", ".zattrs", "zarr.json"):
            continue
        with part.open("rb") as file:
            said = int.from_bytes(file.read(BLOSC_HEADER)[BLOSC_SIZE_AT:], "little")
        if said != part.stat().st_size:
            raise InputError(f"{name}: the file {part.relative_to(array.parents[0])} is cut; copy the whole store")


def read_zarr(path: Path) -> ad.AnnData:
    """Read an AnnData's zarr store as :func:`h5ad.read` reads an h5ad.

    Raises
    ------
    InputError
        If the store cannot be read or has no expression.
    """
    with in_words(path, "an AnnData store (zarr)"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_complete(path, path.name)
        return h5ad.nearest_to_counts(ad.read_zarr(path), path.name)


def read_h5mu(path: Path) -> ad.AnnData:
    """Read the RNA of a MuData file as :func:`h5ad.read` reads an h5ad; what it knows of all modalities joins obs.

    Raises
    ------
    InputError
        If the file cannot be read, or has no modality of RNA or no expression.
    """
    with in_words(path, "h5mu"), hdf5.opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modality = _rna(list(file["mod"]), path.name)
        cells = ad.io.read_elem(file["mod"][modality])
        _join(cells, ad.io.read_elem(file["obs"]), modality, path.name)
        return h5ad.nearest_to_counts(cells, path.name)


def _rna(modalities: list[str], name: str) -> str:
    for wanted in RNA:
        fit = [modality for modality in modalities if modality.lower() == wanted]
        if fit:
            return wanted if wanted in fit else fit[0]
    raise InputError(
        f"{name}: has the modalities {few(modalities)} and none called '{RNA[0]}'; name the one of RNA '{RNA[0]}'"
    )


def _join(cells: ad.AnnData, shared: pd.DataFrame, modality: str, name: str) -> None:
    """Add the columns of all modalities' ``obs`` to the cells', which take precedence; a remark names differences."""
    if shared.index.has_duplicates:
        raise InputError(f"{name}: names in obs appear more than once; make them unique")
    rows = shared.reindex(cells.obs_names).rename(columns=lambda column: str(column).removeprefix(f"{modality}:"))
    rows = rows.loc[:, ~rows.columns.duplicated()]
    common = rows.columns.intersection(cells.obs.columns)
    differing = [column for column in common if not _same(rows[column], cells.obs[column])]
    if differing:
        remarks.note(
            log,
            "metadata_differ",
            f"{name}: obs and the modality '{modality}' differ in {few(differing)}; the modality's values are used",
            columns=differing,
        )
    cells.obs = cells.obs.join(rows.drop(columns=common))


def _same(one: pd.Series, other: pd.Series) -> bool:
    return bool(np.array_equal(one.astype(str).to_numpy(), other.astype(str).to_numpy()))
