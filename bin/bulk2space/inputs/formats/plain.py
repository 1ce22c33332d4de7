"""What a foreign file may hold beside numbers, brought to what the pipeline's own files can hold."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...contract.problems import InputError

ZERO = "\0"
"""A character that damaged files have, and HDF5 cannot store in text."""


def decoded(value: object) -> object:
    """Return text that is stored as bytes as text, and anything else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def text(values: Iterable) -> np.ndarray:
    """Return names as text, whether stored as text, as bytes or as numbers."""
    words = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    return np.array(words, dtype=object)


def plain_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return metadata whose columns are numbers, truth values or text.

    Dates, lists and mixtures become text; a column of missing values becomes one of missing numbers.
    """
    columns = [_plain(table.iloc[:, place]) for place in range(table.shape[1])]
    if not columns:
        return table
    return pd.concat(columns, axis=1).set_axis([_text(name) for name in table.columns], axis=1)


def refuse_zeros(names: pd.Index, file: str) -> None:
    """Refuse names that hold a character that cannot be stored."""
    damaged = names[names.str.contains(ZERO, regex=False)]
    if len(damaged):
        raise InputError(
            f"{file}: the name '{damaged[0]}' holds a byte of 0, which no text has; check that the file is complete"
        )


def _plain(column: pd.Series) -> pd.Series:
    if column.isna().all():
        return pd.Series(np.nan, index=column.index)
    values = column.cat.categories.to_series() if isinstance(column.dtype, pd.CategoricalDtype) else column
    if pd.api.types.is_numeric_dtype(values.dtype):
        return column
    is_text = pd.api.types.infer_dtype(values, skipna=True) == "string"
    if is_text and not values.astype(object).str.contains(ZERO, regex=False, na=False).any():
        return column
    words = column.astype(object)
    return words.map(_text).where(words.notna(), None)


def _text(value: object) -> str:
    return str(decoded(value)).replace(ZERO, "")
