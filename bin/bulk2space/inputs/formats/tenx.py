"""10x Genomics' feature-barcode matrices: HDF5 files and folders of three text files."""

import logging
from collections.abc import Sequence
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sp

from ...contract import remarks
from ...contract.problems import InputError
from ...numerics.indices import check_indices
from . import hdf5, name_lists
from .annotated import annotated
from .files import ROLES, found, in_words, open_bytes, required
from .numbers_only import NumbersOnly
from .plain import text
from .promises import MOST_EXPANSION, MOST_NAMES

log = logging.getLogger(__name__)

GENE = "Gene Expression"
VALUES = ("barcodes", "data", "indices", "indptr", "shape")
BYTES_OF_A_VALUE = 2
"""The shortest value of a Matrix Market file: a digit and the end of its line."""
V2 = {"id": "genes", "name": "gene_names"}
V3 = {"id": "features/id", "name": "features/name", "type": "features/feature_type"}


def read_h5(path: Path) -> ad.AnnData:
    """Read an HDF5 file of Cell Ranger, Space Ranger or Xenium: barcodes × genes, ``var["gene_id"]``.

    Raises
    ------
    InputError
        If the file cannot be read, is no such file, or holds several genomes of the old layout.
    """
    with in_words(path, "a 10x HDF5 file"), hdf5.opened(path) as file:
        group, names = _group(file, path)
        missing = [name for name in (*VALUES, *names.values()) if name not in group]
        if missing:
            raise InputError(f"{path.name}: has no dataset {group.name}/{missing[0]}; check that the file is complete")
        # features × barcodes by column is barcodes × features by row
        parts = (group["data"].astype(np.float32)[:], group["indices"][:], group["indptr"][:])
        matrix = sp.csr_matrix(parts, shape=tuple(int(size) for size in reversed(group["shape"][:])))
        check_indices(matrix)
        features = pd.DataFrame({column: text(group[place][:]) for column, place in names.items()})
        return _annotated(matrix, text(group["barcodes"][:]), features, path.name)


def read_mtx(folder: Path) -> ad.AnnData:
    """Read a folder of ``matrix.mtx``, ``barcodes.tsv`` and ``features.tsv`` (or ``genes.tsv``), each also with .gz.

    The file of features has the symbols alone, or ids and symbols, or ids, symbols and feature types.

    Raises
    ------
    InputError
        If a file is missing or cannot be read, or if the three do not fit together.
    """
    matrix_path, barcodes_path, features_path = (
        required(folder, ROLES[role]["mtx"], "give all three files") for role in ("matrix", "barcodes", "features")
    )
    with in_words(matrix_path, "a Matrix Market file"), open_bytes(matrix_path) as file:
        numbers = NumbersOnly(file)
        rows, columns, values, *_others = scipy.io.mminfo(matrix_path)
        if max(rows, columns) > MOST_NAMES:
            raise InputError(
                f"{matrix_path.name}: its header promises {rows} rows and {columns} columns, more than data sets have; "
                f"check that the file is complete"
            )
        _check_values(matrix_path, values)
        matrix = sp.csr_matrix(scipy.io.mmread(numbers).T, dtype=np.float32)
    barcodes = name_lists.read(barcodes_path, matrix.shape[0])[0].to_numpy()
    features = name_lists.read(features_path, matrix.shape[1])
    if matrix.shape != (len(barcodes), len(features)):
        raise InputError(
            f"{matrix_path.name}: has {matrix.shape[1]} rows and {matrix.shape[0]} columns, but {features_path.name} "
            f"has {len(features)} features and {barcodes_path.name} has {len(barcodes)} barcodes; "
            f"give three files of one matrix"
        )
    features = features.iloc[:, :3]
    features.columns = [["name"], ["id", "name"], ["id", "name", "type"]][features.shape[1] - 1]
    return _annotated(matrix, barcodes, features, matrix_path.name)


def _check_values(path: Path, values: int) -> None:
    """Refuse a header that promises more values than the file has room for, before memory is asked for them."""
    room = path.stat().st_size * (MOST_EXPANSION if path.suffix == ".gz" else 1)
    if values * BYTES_OF_A_VALUE > room:
        raise InputError(
            f"{path.name}: its header promises {values} values, more than the file has room for; check that the file "
            f"is complete"
        )


def read_run(folder: Path, candidates: Sequence[str]) -> ad.AnnData | None:
    """Read the matrix of an instrument's folder: an HDF5 file, or a folder of three files; None without either."""
    path = found(folder, candidates)
    if path is None:
        return None
    return read_h5(path) if path.suffix == ".h5" else read_mtx(path.parent)


def genes_only(
    matrix: sp.csr_matrix, features: pd.DataFrame, column: str, name: str
) -> tuple[sp.csr_matrix, pd.DataFrame]:
    """Keep the features that are genes by their type, which is in the given column; a remark counts the others."""
    others = (features[column] != GENE).to_numpy()
    if not others.any():
        return matrix, features
    kinds = ", ".join(sorted(features[column][others].unique())[:5])
    if others.all():
        raise InputError(f"{name}: has no feature of the type '{GENE}', only {kinds}; give a matrix with genes")
    remarks.note(
        log,
        "other_features_left_out",
        f"{name}: {others.sum()} features that are not genes ({kinds}) are left out",
        left_out=int(others.sum()),
    )
    return matrix[:, np.flatnonzero(~others)], features[~others]


def _group(file: h5py.File, path: Path) -> tuple[h5py.Group, dict[str, str]]:
    """Return the group of the matrix, and where it has the features' columns."""
    if "matrix" in file:
        return file["matrix"], V3
    genomes = [name for name in file if isinstance(file[name], h5py.Group) and "gene_names" in file[name]]
    if not genomes:
        raise InputError(f"{path.name}: has no 10x matrix; give a file such as filtered_feature_bc_matrix.h5")
    if len(genomes) > 1:
        raise InputError(f"{path.name}: has the genomes {', '.join(genomes)}; give a file with one genome")
    return file[genomes[0]], V2


def _annotated(matrix: sp.csr_matrix, barcodes: np.ndarray, features: pd.DataFrame, name: str) -> ad.AnnData:
    """Return barcodes × genes."""
    if matrix.shape != (len(barcodes), len(features)):
        raise InputError(
            f"{name}: its matrix is for {matrix.shape[1]} features and {matrix.shape[0]} barcodes, but it names "
            f"{len(features)} and {len(barcodes)}; check that the file is complete"
        )
    if "type" in features:
        matrix, features = genes_only(matrix, features, "type", name)
    var = pd.DataFrame({"gene_id": features["id"].to_numpy()} if "id" in features else {}, index=features["name"])
    return annotated(matrix, obs=pd.DataFrame(index=barcodes), var=var.rename_axis(None), matrix=name)
