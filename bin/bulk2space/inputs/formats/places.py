"""Places of spots or cells in ``obsm``, in any form that a file may hold them in, as a table."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...numerics.indices import check_indices

IN_OBSM = ("spatial", "X_spatial", "spatial_coords")
"""Entries of ``obsm`` that may be places, the usual one first."""
NUMBERS_OR_TEXT = "biufSUO"  # kinds of NumPy types; the others are no coordinates


def as_table(values: Any, names: pd.Index) -> pd.DataFrame:
    """Return an entry of ``obsm`` in any form as a table, columns without names numbered from 0.

    What is no table of numbers or text has one column for each value of a row, or none at all.

    Parameters
    ----------
    values
        An array of any shape, sparse, structured, or a table; one row for each name.
    names
        Of the spots or cells.
    """
    if isinstance(values, pd.DataFrame):
        return values.set_axis(names)
    if sp.issparse(values):
        check_indices(values)
        values = values.toarray()
    array = np.asarray(values)
    if array.ndim == 1 and array.dtype.names:
        return pd.DataFrame({name: list(array[name]) for name in array.dtype.names}, index=names)
    if array.ndim == 1 and array.dtype == object:
        return pd.DataFrame(
            [row if isinstance(row, list | tuple | np.ndarray) else [row] for row in array], index=names
        )
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim > 2:
        array = array[:, :0, 0]
    return pd.DataFrame(array if array.dtype.kind in NUMBERS_OR_TEXT else array.astype(str), index=names)
