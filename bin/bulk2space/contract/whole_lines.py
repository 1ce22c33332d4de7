"""Lines of a table, each of which is one row: a quote that is not closed on its line swallows no other."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from .problems import InputError

QUOTE = '"'


def parsed(lines: Sequence[bytes], mark: str, path: Path, **options: Any) -> pd.DataFrame:
    """Return one row for each line.

    Where text holds quotes that are not closed on their line, as ``"exonuclease, 3'`` does, the quotes are characters
    like any other, unless other cells are in quotes.

    Parameters
    ----------
    lines
        Rows of a table, none of them empty.
    mark
        Separator of the cells.
    path
        The table, for the sentence.
    **options
        Of :func:`pandas.read_csv`.

    Raises
    ------
    InputError
        If a quote is not closed on its line and other cells are in quotes.
    """
    options = {"sep": mark, "header": None} | options
    text = b"".join(lines)
    try:
        rows = pd.read_csv(io.BytesIO(text), **options)
    except pd.errors.ParserError:
        if not any(_is_open(line) for line in lines):
            raise
        rows = None
    if rows is not None and len(rows) == len(lines):
        return rows
    for line in lines:
        cells = line.decode("utf-8").rstrip("\r\n").split(mark)
        if any(len(cell) > 1 and cell.startswith(QUOTE) and cell.endswith(QUOTE) for cell in cells):
            first = next((one for one in lines if _is_open(one)), line)
            name = first.decode("utf-8").rstrip("\r\n").split(mark)[0].strip(QUOTE)
            raise InputError(
                f"{path.name}: a quote in the row of '{name}' is not closed on its line; close it or remove it"
            )
    return pd.read_csv(io.BytesIO(text), quoting=csv.QUOTE_NONE, **options)


def cells(lines: Sequence[bytes], mark: str) -> list[list[str]]:
    """Return the cells of each line as text, whatever quotes it has."""
    return [next(csv.reader([line.decode("utf-8").rstrip("\r\n")], delimiter=mark), []) for line in lines]


def _is_open(line: bytes) -> bool:
    return line.count(QUOTE.encode()) % 2 == 1
