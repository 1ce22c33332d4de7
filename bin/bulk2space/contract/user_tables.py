"""Tables of text that users give: one row per cell, spot, gene or type."""

from pathlib import Path

import pandas as pd

from .problems import InputError
from .table_lines import opened
from .whole_lines import parsed


def read_text(path: Path, needed: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a table, all cells as text; a column of row names without a header is called ''.

    Parameters
    ----------
    path
        The table.
    needed
        Columns that it must have.

    Raises
    ------
    InputError
        If it cannot be read, has no header, or a column is missing.
    """
    with opened(path) as table:
        if not table.header:
            raise InputError(
                f"{path.name}: has no header, its first line holds numbers; add a line with the names of the columns"
            )
        columns = parsed(list(table.rows), table.mark, path, dtype=str, keep_default_na=False, encoding="utf-8")
    if columns.shape[1] != len(table.header):
        raise InputError(
            f"{path.name}: its header has {len(table.header)} cells, its rows have {columns.shape[1]}; give every "
            f"column a name"
        )
    columns = columns.set_axis(table.header, axis=1)
    columns = columns.loc[:, [bool(name) or columns.iloc[:, place].any() for place, name in enumerate(table.header)]]
    twice = columns.columns[columns.columns.duplicated()]
    if len(twice):
        raise InputError(f"{path.name}: has more than one column '{twice[0]}'; rename one")
    missing = [column for column in needed if column not in columns]
    if missing:
        raise _lacking(path, missing, columns)
    return columns


def read_metadata(path: Path, key: str, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a table, all columns as text, under the names in its key column, or in a column without a name.

    Raises
    ------
    InputError
        As :func:`read_text`, or if a name appears twice.
    """
    table = read_text(path)
    column = next((name for name in (key, "") if name in table), None)
    missing = [name for name in needed if name not in table]
    if column is None or missing:
        raise _lacking(path, [key] * (column is None) + missing, table)
    return indexed(table, column, path)


def indexed(table: pd.DataFrame, column: str, path: Path) -> pd.DataFrame:
    """Return a table under the names in one of its columns; refuse a name that appears twice."""
    twice = table[column].duplicated()
    if twice.any():
        raise InputError(
            f"{path.name}: {column} '{table.loc[twice, column].iloc[0]}' appears in more than one row; names must be "
            f"unique"
        )
    return table.set_index(column)


def _lacking(path: Path, columns: list[str], table: pd.DataFrame) -> InputError:
    return InputError(
        f"{path.name}: no column {' and no column '.join(columns)}; it has {', '.join(table.columns)}: "
        f"rename the columns"
    )
