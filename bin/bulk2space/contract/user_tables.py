"""Tables that users give: text with a header line, separated by commas or tabs, plain or compressed by gzip."""

import contextlib
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from .problems import InputError

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SEPARATORS_IN_WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # the first two bytes of a file in UTF-16


def separator(path: Path) -> str | None:
    """Return the separator that belongs to the file's ending, set aside ``.gz``; None where it is not a table's."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return SEPARATORS.get(suffixes[-1]) if suffixes else None


def required_separator(path: Path) -> str:
    """Return the separator as :func:`separator` does.

    Raises
    ------
    InputError
        If the file's ending is not that of a table.
    """
    mark = separator(path)
    if mark is None:
        raise InputError(f"{path.name}: its name is not that of a table; use {', '.join(SEPARATORS)}, also with .gz")
    return mark


def open_bytes(path: Path) -> io.BufferedIOBase:
    """Open a table, decompressed where its name ends in ``.gz``."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def read_header(line: bytes, path: Path, mark: str) -> list[str]:
    """Return the cells of the first line.

    Raises
    ------
    InputError
        If the line is empty, or separated by something else than the file's ending says.
    """
    if line.startswith(UTF16_MARKS):
        raise InputError(f"{path.name}: is UTF-16 text; save it as UTF-8")
    text = line.decode("utf-8-sig").strip("\r\n")
    if not text.strip():
        raise _empty(path)
    other = max(SEPARATORS_IN_WORDS, key=text.count)
    if mark not in text and other in text:
        raise InputError(
            f"{path.name}: its columns are separated by {SEPARATORS_IN_WORDS[other]}, but its name says "
            f"{SEPARATORS_IN_WORDS[mark]}; rename it or save it again"
        )
    return [cell.strip() for cell in next(csv.reader([text], delimiter=mark))]


def row_width(line: bytes, path: Path, mark: str, columns: int) -> int:
    """Return the number of cells of the first row: as many as the header has, or one more.

    Raises
    ------
    InputError
        If the row is missing or has any other number of cells.
    """
    width = len(next(csv.reader([line.decode("utf-8")], delimiter=mark), []))
    if not width:
        raise InputError(f"{path.name}: has a header and no rows below it; check that the file is complete")
    if width not in (columns, columns + 1):
        raise InputError(
            f"{path.name}: its header has {columns} cells, its rows have {width}; give every column a name"
        )
    return width


@contextlib.contextmanager
def errors_in_words(path: Path) -> Iterator[None]:
    """Turn what pandas and gzip raise for an unreadable table into one sentence."""
    try:
        yield
    except pd.errors.EmptyDataError:
        raise _empty(path) from None
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        reason = str(error).strip()
        raise InputError(
            f"{path.name}: cannot be read as a table ({reason}); check that the file is complete"
        ) from None


def read_metadata(path: Path, keys: tuple[str, ...], needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a table with one row per cell, spot, gene or type, all columns as text.

    Parameters
    ----------
    path
        The table.
    keys
        Columns that may hold the names, the usual one first; the first one that the table has becomes the index.
    needed
        Further columns that the table must have.

    Raises
    ------
    InputError
        If a column is missing or a name appears twice.
    """
    table = _read_text(path)
    # R writes the names of rows into a column without a name
    key = next((column for column in (*keys, "") if column in table), None)
    missing = [column for column in needed if column not in table]
    if key is None:
        raise _lacking(path, [keys[0], *missing], table)
    if missing:
        raise _lacking(path, missing, table)
    twice = table[key].duplicated()
    if twice.any():
        raise InputError(
            f"{path.name}: {key} '{table.loc[twice, key].iloc[0]}' appears in more than one row; names must be unique"
        )
    return table.set_index(key)


def _read_text(path: Path) -> pd.DataFrame:
    """Read a table, all columns as text; a column of row names without a header is called ''."""
    mark = required_separator(path)
    with errors_in_words(path):
        with open_bytes(path) as file:
            header = read_header(file.readline(), path, mark)
            header = [""] * (row_width(file.readline(), path, mark, len(header)) - len(header)) + header
        return pd.read_csv(
            path, sep=mark, header=None, skiprows=1, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        ).set_axis(header, axis=1)


def _lacking(path: Path, columns: list[str], table: pd.DataFrame) -> InputError:
    return InputError(
        f"{path.name}: no column {' and no column '.join(columns)}; it has {', '.join(table.columns)}: "
        f"rename the columns"
    )


def _empty(path: Path) -> InputError:
    return InputError(f"{path.name}: the file is empty; give a table with a header line")
