"""Lists of names beside a Matrix Market file (``barcodes.tsv``, ``features.tsv``), as 10x, R and Python write them."""

import csv
import logging
import re
from pathlib import Path

import pandas as pd

from ...contract import remarks
from ...contract.problems import InputError
from .files import in_words, open_text

log = logging.getLogger(__name__)

HEADER = re.compile(
    r"x|v?\d|index|((cell|gene|feature|ensembl)s?_?)?(short_)?(barcode|id|name|symbol|type)?s?", re.IGNORECASE
)
"""Words of a header line, which 10x's own files do not have."""
QUOTED = re.compile(r'"[^"]*"([\t, ]|$)')
"""A quoted name at the start of a line and the separator after it."""


def read(path: Path, expected: int) -> pd.DataFrame:
    """Read a list of names, separated by tabs, as text; quotes around all names of a column are R's and are dropped.

    Comments (``#``) above the names are ignored. So are a header line, if the list has one row more than expected, and
    numbers of rows, which R writes before the names.

    Parameters
    ----------
    path
        The list, also with .gz.
    expected
        Number of names that the matrix asks for.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or its rows differ in length.
    """
    with in_words(path, "a table separated by tabs"), open_text(path) as file:
        lines = [line for line in file.read().split("\n") if line.strip()]
    first = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    rows = _split(lines[first:])
    if not rows:
        raise InputError(f"{path.name}: has no names; check that the file is complete")
    if len(rows) == expected + 1 and all(HEADER.fullmatch(cell.strip()) for cell in rows[0]):
        remarks.note(
            log,
            "header_left_out",
            f"{path.name}: its first line '{' '.join(rows[0])}' is taken for a header and left out",
        )
        rows = rows[1:]
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        odd = next(number for number, row in enumerate(rows, 1) if len(row) != len(rows[0]))
        raise InputError(
            f"{path.name}: row {odd} has {len(rows[odd - 1])} columns, the first has {len(rows[0])}; "
            f"check that the file is complete"
        )
    return _without_row_numbers(pd.DataFrame(rows))


def _split(lines: list[str]) -> list[list[str]]:
    """Return the cells of each line: quotes are kept if not all lines have them, as some genes' names have one."""
    quoted = [QUOTED.match(line) for line in lines]
    if all(quoted) and quoted:
        separator = next((found[1] for found in quoted if found and found[1]), "\t")
        return list(csv.reader(lines, delimiter=separator))
    rows = [line.split("\t") for line in lines]
    for place in range(min(map(len, rows), default=0)):
        if all(len(row[place]) > 1 and row[place][0] == row[place][-1] == '"' for row in rows):
            for row in rows:
                row[place] = row[place][1:-1]
    return rows


def _without_row_numbers(names: pd.DataFrame) -> pd.DataFrame:
    """Leave out a first column of the numbers 1 to n, or 0 to n - 1, if there is another column of different names."""
    if names.shape[1] == 1:
        return names
    numbers = [[str(number) for number in range(start, start + len(names))] for start in (0, 1)]
    if names[0].tolist() not in numbers or names[1].duplicated().any():
        return names
    return names.iloc[:, 1:].set_axis(range(names.shape[1] - 1), axis=1)
