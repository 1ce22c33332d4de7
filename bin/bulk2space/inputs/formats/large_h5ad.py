"""Large h5ad files: names and metadata first, then the values of chosen observations, block by block.

The whole matrix is never in memory. Values of observations that are not chosen are passed over unchecked: no result
depends on them.
"""

import itertools
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Layers
from . import hdf5
from .files import in_words
from .h5ad import csr, nearest_to_counts, text_columns, with_text

VALUES_AT_ONCE = 1 << 24
"""Stored values of a block."""


def names(path: Path, *, more_than: int) -> ad.AnnData | None:
    """Return observations and genes with their metadata and no values; None for all but an h5ad of many observations.

    A file whose metadata are stored in another way than AnnData does since 0.7, or that is damaged, is left to the
    reader of whole files, which says what is wrong.
    """
    if path.suffix.lower() != ".h5ad" or path.is_dir():
        return None
    try:
        with h5py.File(path) as file:
            if not isinstance(file["obs"], h5py.Group) or _length(file["obs"]) <= more_than:
                return None
    except (OSError, KeyError):
        return None
    with in_words(path, "h5ad"), hdf5.opened(path) as file:
        obs, var = (with_text(ad.io.read_elem(file[part])) for part in ("obs", "var"))
    return ad.AnnData(sp.csr_matrix((len(obs), len(var)), dtype=np.float32), obs=obs, var=text_columns(var))


def read(path: Path, rows: np.ndarray) -> ad.AnnData:
    """Read some observations as :func:`.h5ad.read` reads all of them, without their metadata.

    Parameters
    ----------
    path
        The h5ad.
    rows
        Positions of the observations, sorted.

    Raises
    ------
    InputError
        If the file cannot be read or has no expression.
    """
    with in_words(path, "h5ad"), hdf5.opened(path) as file:
        cells = pd.Index(ad.io.read_elem(_index(file["obs"])))[rows]
        chosen = ad.AnnData(obs=pd.DataFrame(index=cells), var=ad.io.read_elem(file["var"]))
        layer = f"layers/{Layers.COUNTS}"
        if layer in file:
            chosen.layers[Layers.COUNTS] = _values(file[layer], rows)
        else:
            if "X" in file:
                chosen.X = _values(file["X"], rows)
            if "raw/X" in file:
                raw_var = ad.io.read_elem(file["raw/var"])
                chosen.raw = ad.AnnData(
                    _values(file["raw/X"], rows), obs=pd.DataFrame(index=chosen.obs_names), var=raw_var
                )
    return nearest_to_counts(chosen, path.name)


def _index(table: h5py.Group) -> h5py.Dataset | h5py.Group:
    return table[table.attrs["_index"]]


def _length(table: h5py.Group) -> int:
    names = _index(table)
    return len(names["values"] if isinstance(names, h5py.Group) else names)  # text that may be missing is a group


def _values(stored: h5py.Group | h5py.Dataset, rows: np.ndarray) -> sp.csr_matrix:
    """Return the values of some rows of a stored matrix: CSR, CSC or dense."""
    if isinstance(stored, h5py.Dataset):
        return _by_rows(stored, stored.shape[0], stored.shape[1], rows)
    matrix = ad.io.sparse_dataset(stored)
    n_rows, n_columns = matrix.shape
    per_line = len(stored["data"]) / max(n_columns if matrix.format == "csc" else n_rows, 1)
    if matrix.format == "csc":
        return _by_columns(matrix, n_columns, per_line, rows)
    return _by_rows(matrix, n_rows, per_line, rows)


def _by_rows(stored, n_rows: int, per_row: float, rows: np.ndarray) -> sp.csr_matrix:
    """Read blocks of rows and keep the chosen ones of each."""
    step = max(1, int(VALUES_AT_ONCE / max(per_row, 1)))
    edges = np.searchsorted(rows, np.arange(0, n_rows + step, step))
    parts = []
    for first, last in itertools.pairwise(edges):
        own = rows[first:last]
        if len(own):
            parts.append(csr(stored[own[0] : own[-1] + 1])[own - own[0]])
    return sp.vstack(parts, format="csr")


def _by_columns(stored, n_columns: int, per_column: float, rows: np.ndarray) -> sp.csr_matrix:
    """Read blocks of columns and keep the chosen rows of each."""
    step = max(1, int(VALUES_AT_ONCE / max(per_column, 1)))
    parts = [csr(stored[:, start : start + step])[rows] for start in range(0, n_columns, step)]
    return sp.hstack(parts, format="csr")
