"""AnnData files that users bring, and which of their matrices is the expression."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Layers, Uns
from ...contract.problems import InputError

COUNTS_LAYER = "layers['counts']"
"""Place of values that the file itself calls counts."""
KEPT = (Uns.SPOT_DIAMETER, Uns.COORDINATE_UNIT)


def read(path: Path) -> ad.AnnData:
    """Read an h5ad: the matrix nearest to counts, names and metadata; ``uns["matrix"]`` says which matrix it was.

    Raises
    ------
    InputError
        If the file cannot be read or has no expression.
    """
    try:
        adata = ad.read_h5ad(path)
    except Exception as error:  # a foreign file can fail in any way
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise InputError(f"{path.name}: cannot be read as h5ad ({reason}); check that the file is complete") from None
    return nearest_to_counts(adata, path.name)


def nearest_to_counts(adata: ad.AnnData, name: str) -> ad.AnnData:
    """Return an AnnData with that one of its matrices which is nearest to counts, as :func:`read` describes."""
    values, var, origin = expression(adata, name)
    uns = {Uns.MATRIX: origin, **{key: adata.uns[key] for key in KEPT if key in adata.uns}}
    return ad.AnnData(values, obs=adata.obs, var=text_columns(var), obsm=dict(adata.obsm), uns=uns)


def expression(adata: ad.AnnData, name: str) -> tuple[sp.csr_matrix, pd.DataFrame, str]:
    """Choose the matrix: ``layers["counts"]``, else X or raw.X.

    Of these, the first that holds whole numbers is taken, else the first that has no value below 0, else X.

    Returns
    -------
    The matrix (observations × genes), its genes' metadata, and where the file has it.
    """
    if Layers.COUNTS in adata.layers:
        return _csr(adata.layers[Layers.COUNTS]), adata.var, COUNTS_LAYER
    offered = [("X", adata.X, adata.var)]
    if adata.raw is not None:
        offered.append(("raw.X", adata.raw.X, adata.raw.var))
    matrices = [(_csr(values), var, place) for place, values, var in offered if values is not None]
    if not matrices:
        raise InputError(f"{name}: has neither X nor layers['counts']; store the expression in X")
    for fits in (_whole, _positive):
        for found in matrices:
            if fits(found[0].data):
                return found
    return matrices[0]


def _csr(values: np.ndarray | sp.spmatrix) -> sp.csr_matrix:
    """Return the matrix as CSR, of half-precision numbers too, which SciPy does not know."""
    return sp.csr_matrix(values.astype(np.float32) if values.dtype == np.float16 else values)


def text_columns(var: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of text, which may hold other names of the genes."""
    columns = {name: var[name].astype(object) for name in var if not pd.api.types.is_numeric_dtype(var[name])}
    return pd.DataFrame(columns, index=var.index)


def _whole(values: np.ndarray) -> bool:
    return bool(np.array_equal(values, np.rint(values)) and _positive(values))


def _positive(values: np.ndarray) -> bool:
    return not len(values) or values.min() >= 0
