"""Tables that users give: one row a cell, spot, gene or type."""

import contextlib
import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pandas as pd

from .problems import InputError

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}


def separator(path: Path) -> str | None:
    """Return the separator that the file's ending stands for (``.gz`` set aside), None when it is no table."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return SEPARATORS.get(suffixes[-1]) if suffixes else None


def read_metadata(path: Path, keys: tuple[str, ...], needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a table with one row a cell, spot or gene, all columns as text.

    Parameters
    ----------
    path
        The table.
    keys
        Columns that may hold the names, the usual one first; the first that is there becomes the index.
    needed
        Further columns that must be there.

    Raises
    ------
    InputError
        If a column is missing or a name stands twice.
    """
    mark = _mark(path)
    with _errors_in_words(path):
        with _open(path) as file:
            header = _header(file.readline(), path, mark)
            header = [""] * (_width(file.readline(), path, mark, len(header)) - len(header)) + header
        text = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
        table = pd.read_csv(path, sep=mark, header=None, skiprows=1, **text).set_axis(header, axis=1)
    # R writes the names of rows into a column without a name
    key = next((column for column in (*keys, "") if column in table), None)
    missing = [column for column in needed if column not in table]
    if key is None:
        missing.insert(0, keys[0])
    if missing:
        raise InputError(
            f"{path.name}: no column {' and no column '.join(missing)}; it has {', '.join(table.columns)}: "
            f"rename the columns"
        )
    twice = table[key].duplicated()
    if twice.any():
        raise InputError(
            f"{path.name}: {key} '{table.loc[twice, key].iloc[0]}' stands in more than one row; names must be unique"
        )
    return table.set_index(key)


def _mark(path: Path) -> str:
    mark = separator(path)
    if mark is None:
        raise InputError(f"{path.name}: not a table by its name; tables end in {', '.join(SEPARATORS)}, also with .gz")
    return mark


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def _header(line: bytes, path: Path, mark: str) -> list[str]:
    """Return the first line's cells; refuse a line that is separated otherwise than the file's ending says."""
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path.name}: is UTF-16 text; save it as UTF-8")
    text = line.decode("utf-8-sig").strip("\r\n")
    if not text.strip():
        raise InputError(f"{path.name}: the file is empty; give a table with a header line")
    other = max(WORDS, key=text.count)
    if mark not in text and other in text:
        raise InputError(
            f"{path.name}: its columns are separated by {WORDS[other]}, its name promises {WORDS[mark]}; "
            f"rename it or save it anew"
        )
    return [cell.strip() for cell in next(csv.reader([text], delimiter=mark))]


def _width(line: bytes, path: Path, mark: str, columns: int) -> int:
    """Return the number of cells of the first row: as many as the header has, or one more."""
    width = len(next(csv.reader([line.decode("utf-8")], delimiter=mark), []))
    if not width:
        raise InputError(f"{path.name}: has a header and no rows below it; check that it is whole")
    if width not in (columns, columns + 1):
        raise InputError(
            f"{path.name}: its header has {columns} cells, its rows have {width}; give every column a name"
        )
    return width


@contextlib.contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except pd.errors.EmptyDataError:
        raise InputError(f"{path.name}: the file is empty; give a table with a header line") from None
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        reason = str(error).strip()
        raise InputError(f"{path.name}: cannot be read as a table ({reason}); check that it is whole") from None
