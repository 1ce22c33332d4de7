"""AnnData files that users bring, and which of their matrices is the expression."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Layers, Uns
from ...contract.problems import InputError
from ...numerics.indices import check_indices
from ...numerics.values import near_whole
from . import hdf5
from .annotated import annotated
from .files import in_words
from .places import IN_OBSM, as_table
from .plain import decoded
from .scale_factors import positive
from .tenx import GENE, genes_only

FEATURE_TYPES = "feature_types"  # column of var, as scanpy names it

COUNTS_LAYER = "layers['counts']"
"""Place of values that the file itself calls counts."""
SIZES = (Uns.SPOT_DIAMETER, Uns.SPOT_MICROMETERS)
SCANPY_SPATIAL = "spatial"  # key of uns: scale factors and images of each section


def read(path: Path) -> ad.AnnData:
    """Read an h5ad: the matrix nearest to counts, names and metadata; ``uns["matrix"]`` says which matrix it was.

    Raises
    ------
    InputError
        If the file cannot be read or has no expression.
    """
    with in_words(path, "h5ad"):
        hdf5.check_whole(path)
        adata = ad.read_h5ad(path)
    return nearest_to_counts(adata, path.name)


def nearest_to_counts(adata: ad.AnnData, name: str) -> ad.AnnData:
    """Return an AnnData with that one of its matrices which is nearest to counts, as :func:`read` describes.

    Of ``obsm`` it has what may be coordinates, as tables; of ``uns`` what says something of a section.

    Raises
    ------
    InputError
        If it has no expression.
    """
    with in_words(Path(name), "AnnData"):
        values, var, origin = expression(adata, name)
        values, var = genes_of(values, text_columns(var), name)
        places = {key: as_table(adata.obsm[key], adata.obs_names) for key in IN_OBSM if key in adata.obsm}
        chosen = annotated(values, obs=with_text(adata.obs), var=var, matrix=origin)
        for key, table in places.items():
            chosen.obsm[key] = table.set_axis(chosen.obs_names)
    chosen.uns |= _known_of_section(adata.uns, name)
    return chosen


def _known_of_section(uns: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what a file says of its section: scanpy's entry, and the size of spots and the unit as this pipeline does.

    Raises
    ------
    InputError
        If a size is not a number above 0.
    """
    known: dict[str, Any] = {size: positive(uns, size, name) for size in SIZES}
    known |= {Uns.COORDINATE_UNIT: decoded(uns.get(Uns.COORDINATE_UNIT)), SCANPY_SPATIAL: uns.get(SCANPY_SPATIAL)}
    if not isinstance(known[Uns.COORDINATE_UNIT], str):
        del known[Uns.COORDINATE_UNIT]
    return {key: value for key, value in known.items() if value is not None}


def genes_of(values: sp.csr_matrix, var: pd.DataFrame, name: str) -> tuple[sp.csr_matrix, pd.DataFrame]:
    """Leave out the features that are not genes, where the file tells which are; a remark counts them."""
    if FEATURE_TYPES in var and (var[FEATURE_TYPES] == GENE).any():
        return genes_only(values, var, FEATURE_TYPES, name)
    return values, var


def expression(adata: ad.AnnData, name: str) -> tuple[sp.csr_matrix, pd.DataFrame, str]:
    """Choose the matrix: ``layers["counts"]``, else X or raw.X.

    Of these, the first that holds whole numbers (but for rounding noise) is taken, else the first that has no value
    below 0, else X.

    Returns
    -------
    The matrix (observations × genes), its genes' metadata, and where the file has it.
    """
    if Layers.COUNTS in adata.layers:
        return csr(adata.layers[Layers.COUNTS]), adata.var, COUNTS_LAYER
    offered = [("X", adata.X, adata.var)]
    if adata.raw is not None:
        offered.append(("raw.X", adata.raw.X, adata.raw.var))
    matrices = [(csr(values), var, place) for place, values, var in offered if values is not None]
    if not matrices:
        raise InputError(f"{name}: has neither X nor layers['counts']; store the expression in X")
    for fits in (_whole, _positive):
        for found in matrices:
            if fits(found[0].data):
                return found
    return matrices[0]


def csr(values: Any) -> sp.csr_matrix:
    """Return the matrix as CSR, half-precision numbers and truth values too, which SciPy does not know as numbers.

    Places outside the matrix, as in a damaged file, are refused: SciPy would read and write beyond its memory.
    """
    if sp.issparse(values):
        check_indices(values)
    is_small = values.dtype.kind == "b" or values.dtype == np.float16
    return sp.csr_matrix(values.astype(np.float32) if is_small else values)


def text_columns(var: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of text, which may hold other names of the genes."""
    columns = {name: var[name].astype(object) for name in var if not pd.api.types.is_numeric_dtype(var[name])}
    return with_text(pd.DataFrame(columns, index=var.index))


def with_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose names and labels are text, also where they were stored as bytes."""
    texts = {name: table[name].astype(object).map(decoded) for name in table if _has_bytes(table[name])}
    return table.assign(**texts).set_axis(pd.Index(table.index.map(decoded)), axis=0)


def _has_bytes(column: pd.Series) -> bool:
    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
    return values.dtype == object and any(isinstance(value, bytes) for value in values)


def _whole(values: np.ndarray) -> bool:
    return bool(near_whole(values).all()) and _positive(values)


def _positive(values: np.ndarray) -> bool:
    return not len(values) or values.min() >= 0
