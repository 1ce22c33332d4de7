"""The pipeline's own files read and written by rows, a block at a time: no matrix is in memory as a whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

from .io import write_h5ad
from .keys import Layers
from .own_files import reading
from .whole_files import whole

ROWS_AT_ONCE = 5_000
VALUES_PER_CHUNK = 1 << 18  # of a matrix in a file
MOST_OF_32_BITS = np.iinfo(np.int32).max
LOGS, COUNTS = "X", f"layers/{Layers.COUNTS}"
"""Places of the matrices: log1p of counts per 10 000, and counts."""


class Block(NamedTuple):
    """Some rows of a matrix: the number of the first, and the values, rows × genes."""

    start: int
    values: sp.csr_matrix


class Stored:
    """An opened file of the pipeline: tables are read when they are asked for, matrices block by block.

    Parameters
    ----------
    path
        An h5ad whose matrices are sparse by rows.
    """

    def __init__(self, path: Path):
        self.name, self._path = path.name, path
        with reading(path):
            self._file = h5py.File(path, "r")

    def __enter__(self) -> "Stored":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    @cached_property
    def obs(self) -> pd.DataFrame:
        """Table of the observations."""
        return self._element("obs")

    @cached_property
    def var(self) -> pd.DataFrame:
        """Table of the genes."""
        return self._element("var")

    @cached_property
    def uns(self) -> dict[str, Any]:
        """What the file says of itself."""
        return self._element("uns")

    @cached_property
    def obsm(self) -> dict[str, np.ndarray]:
        """Coordinates and other arrays of the observations."""
        return self._element("obsm")

    def _element(self, place: str) -> Any:
        with reading(self._path):
            return ad.io.read_elem(self._file[place])

    @property
    def obs_names(self) -> pd.Index:
        """Names of the observations."""
        return self.obs.index

    @property
    def var_names(self) -> pd.Index:
        """Names of the genes."""
        return self.var.index

    @property
    def n_obs(self) -> int:
        """Number of observations."""
        return len(self.obs)

    @property
    def n_vars(self) -> int:
        """Number of genes."""
        return len(self.var)

    @property
    def X(self) -> Any:  # noqa: N802 (as AnnData calls it)
        """The log values as they lie in the file; ``X[rows]`` reads some rows."""
        return ad.io.sparse_dataset(self._file[LOGS])

    @property
    def has_counts(self) -> bool:
        """Whether the file carries integer counts beside its log values."""
        return COUNTS in self._file

    def blocks(self, place: str) -> Iterator[Block]:
        """Yield a matrix in blocks of rows; the place is :data:`LOGS` or :data:`COUNTS`."""
        stored = self._file[place]
        if isinstance(stored, h5py.Group):
            stored = ad.io.sparse_dataset(stored)
        for start in range(0, self.n_obs, ROWS_AT_ONCE):
            with reading(self._path):
                values = sp.csr_matrix(stored[start : start + ROWS_AT_ONCE])
            yield Block(start, values)

    def columns(self, place: str, genes: Sequence[str]) -> sp.csr_matrix:
        """Return some genes of a matrix, observations × genes."""
        wanted = self.var_names.get_indexer(genes)
        return sp.vstack([values[:, wanted] for _, values in self.blocks(place)], format="csr")

    def counts_or_linear(self) -> Iterator[Block]:
        """Yield counts where they are known, else expression per 10 000, in blocks of rows."""
        if self.has_counts:
            yield from self.blocks(COUNTS)
            return
        for start, values in self.blocks(LOGS):
            yield Block(start, values.expm1())


Readable = ad.AnnData | Stored
"""A file in memory, or one whose matrices are read block by block."""


def write_by_rows(adata: ad.AnnData, matrices: Mapping[str, Iterable[sp.csr_matrix]], path: Path) -> None:
    """Write a file whose matrices come in blocks of rows.

    Parameters
    ----------
    adata
        All but the matrices.
    matrices
        The blocks of each matrix by its place, :data:`LOGS` or :data:`COUNTS`; at least one block each.
    path
        The h5ad.
    """
    # gzip at its fastest, as there are gigabytes; 32 bits are too few for the ends of the rows of a large section
    options = {"chunks": (VALUES_PER_CHUNK,), "compression": "gzip", "compression_opts": 1, "indptr_dtype": np.int64}
    with whole(path) as partial:
        write_h5ad(adata, partial)
        with h5py.File(partial, "a") as file:
            for place, blocks in matrices.items():
                if place in file:
                    del file[place]
                for number, block in enumerate(blocks):
                    if number == 0:
                        ad.io.write_elem(file, place, block, dataset_kwargs=options)
                    else:
                        ad.io.sparse_dataset(file[place]).append(block)
                with_one_index_width(file[place])


def with_one_index_width(matrix: h5py.Group) -> None:
    """Give both lists of indices of a sparse matrix one width: scipy's and scikit-learn's routines refuse two.

    Parameters
    ----------
    matrix
        In an opened file, with ends of rows of 64 bits. The narrower width is taken where it is enough.
    """
    width, other = (np.int32, "indptr") if matrix["indptr"][-1] <= MOST_OF_32_BITS else (np.int64, "indices")
    old = matrix[other]
    new = matrix.create_dataset(
        "of one width", old.shape, width, chunks=old.chunks, maxshape=old.maxshape,
        compression=old.compression, compression_opts=old.compression_opts,
    )  # fmt: skip
    for start in range(0, len(old), VALUES_PER_CHUNK):
        new[start : start + VALUES_PER_CHUNK] = old[start : start + VALUES_PER_CHUNK]
    del matrix[other]
    matrix.move("of one width", other)


def rows_of(matrix: sp.csr_matrix, rows: np.ndarray) -> Iterator[sp.csr_matrix]:
    """Yield some rows of a matrix, as often and in the order as they are named, in blocks; at least one block."""
    for start in range(0, max(len(rows), 1), ROWS_AT_ONCE):
        yield sp.csr_matrix(matrix[rows[start : start + ROWS_AT_ONCE]])
