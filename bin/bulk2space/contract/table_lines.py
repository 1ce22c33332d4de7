"""The lines of a table that a user gives: its header and its rows, without comments, empty rows and odd line ends."""

import contextlib
import csv
import io
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from .problems import InputError, reason, remedy
from .table_header import fitted, is_header
from .unpacked import open_gzip

TAB_ENDINGS = (".tsv", ".txt", ".tab", ".gct", ".sf", ".results", ".counts", ".count")
"""Endings of tables separated by tabs; the later ones are those of gct, salmon, RSEM and HTSeq."""
SEPARATORS = {".csv": ",", **dict.fromkeys(TAB_ENDINGS, "\t")}
SEPARATORS_IN_WORDS = {",": "commas", "\t": "tabs", ";": "semicolons", " ": "spaces"}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # the first two bytes of a file in UTF-16
GZIP_MARK = b"\x1f\x8b"  # the first two bytes of a file compressed by gzip
PROBE = 1 << 16
"""Bytes at the start of a file that show how its lines end."""
PROBED_ROWS = 20
"""First rows that show whether rows end in a separator, as those of Excel may, some of them."""
COMMENT = b"#"
COMMENTS = (COMMENT, b"!")
"""Starts of lines that are not part of a table; '!' is that of a series matrix of GEO."""
GCT = re.compile(rb"#1\.[23]\s*")
"""The first line of a gct file; the second has the sizes of the matrix."""
NO_TABLES = {
    b"PK\x03\x04": "is a spreadsheet or an archive, whatever its name; save the sheet as CSV (UTF-8), or unpack it",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet, whatever its name; save the sheet as CSV (UTF-8)",
    b"\x89HDF": "is a file of HDF5, whatever its name; call it .h5ad if it is AnnData, .h5 if it is 10x",
    b"version https://git-lfs": "is only a pointer of Git LFS to the file; download the file itself",
    b"<!DOCTYPE": "is a web page; download the file itself",
    b"<html": "is a web page; download the file itself",
}
"""First bytes of files that are called tables and are none."""


class Opened(NamedTuple):
    """A table whose header has been read.

    Attributes
    ----------
    mark
        The separator.
    header
        Cells of the header: one per column, '' for a column without a name. Empty where the table has no header.
    rows
        The lines below it, as bytes.
    """

    mark: str
    header: list[str]
    rows: Iterator[bytes]


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a table at its first row.

    Comments (``#``), the two lines above a gct table, and rows without any content are passed over. A comment is the
    header if the line below it is none and has as many cells. Below the header, only a line without a separator is a
    comment: a sample or gene may be called ``#1``.

    Raises
    ------
    InputError
        If the file's ending is not that of a table, it cannot be read, is empty, or does not have the separator of its
        ending; or if its header does not fit its rows.
    """
    mark = required_separator(path)
    with errors_in_words(path), _open_bytes(path) as file:
        comment, first, lines = _top(file, path, mark)
        header, probed = _cells(first, path, mark), list(itertools.islice(lines, PROBED_ROWS))
        row = _split(probed[0], mark) if probed else []
        if not is_header(header, is_short=len(row) == len(header) + 1):
            above = _split(comment.lstrip(COMMENT), mark)
            named = above if len(above) == len(header) > 1 and is_header(above) else []
            yield Opened(mark, named, itertools.chain([first, *probed], lines))
        elif not probed:
            raise InputError(f"{path.name}: has a header and no rows below it; check that the file is complete")
        else:
            width, rows = len(header), itertools.chain(probed, lines)
            only_separators = len(row) == width + 1 and not any(_has_more(line, mark, width) for line in probed)
            columns = fitted(header, row, path, only_separators=only_separators)
            yield Opened(mark, columns, _without_more(rows, mark, width, path) if only_separators else rows)


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
        raise InputError(f"{path.name}: its name is not that of a table; use .csv, .tsv or .txt, also with .gz")
    return mark


@contextlib.contextmanager
def errors_in_words(path: Path) -> Iterator[None]:
    """Turn what pandas and gzip raise for an unreadable table into one sentence."""
    try:
        yield
    except pd.errors.EmptyDataError:
        raise _empty(path) from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: is not UTF-8 text; save it as UTF-8 (in Excel: 'CSV UTF-8')") from None
    except (pd.errors.ParserError, csv.Error, EOFError, OSError, zlib.error) as error:
        raise InputError(f"{path.name}: cannot be read as a table ({reason(error)}); {remedy(error)}") from None


def _open_bytes(path: Path) -> io.BufferedIOBase:
    """Open a table, decompressed where it is compressed; lines that end as on old Macs (CR) end as elsewhere."""
    file: io.BufferedIOBase = path.open("rb")
    if file.read(2) == GZIP_MARK:
        file.close()
        file = open_gzip(path)
    file.seek(0)
    start = file.read(PROBE)
    file.seek(0)
    for mark, sentence in NO_TABLES.items():
        if start.startswith(mark):
            raise InputError(f"{path.name}: {sentence}")
    if b"\r" in start and b"\n" not in start:
        with file:
            return io.BytesIO(file.read().replace(b"\r", b"\n"))
    return file


def _top(file: Iterable[bytes], path: Path, mark: str) -> tuple[bytes, bytes, Iterator[bytes]]:
    """Return the last comment above the header (empty where there is none), the header's line and the lines below."""
    comment = b""
    lines = _of_text(file, path)
    nothing = _nothing(mark)
    for line in lines:
        line = line.removeprefix(b"\xef\xbb\xbf")
        if GCT.fullmatch(line):
            next(lines, None)
        elif line.startswith(COMMENTS):
            comment = line
        elif line.strip(nothing):
            return comment, line, (row for row in lines if row.strip(nothing) and not _is_comment(row, mark))
    raise _empty(path)


def _is_comment(row: bytes, mark: str) -> bool:
    return row.startswith(COMMENTS) and mark.encode() not in row


def _has_more(row: bytes, mark: str, width: int) -> bool:
    """Tell whether a row has a value, or text in quotes, beyond so many cells."""
    return not row.rstrip(b"\r\n").endswith(mark.encode()) and len(_split(row, mark)) > width


def _without_more(rows: Iterable[bytes], mark: str, width: int, path: Path) -> Iterator[bytes]:
    """Yield the rows of a table whose first rows end in a separator; refuse one with a value behind it."""
    for row in rows:
        if _has_more(row, mark, width):
            raise InputError(
                f"{path.name}: the row of '{_split(row, mark)[0]}' has {width + 1} cells, the first line has {width}; "
                f"give every column a name"
            )
        yield row


def _of_text(lines: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Yield lines; refuse UTF-16, and bytes of 0, which no text has and neither a name nor a label can hold."""
    for number, line in enumerate(lines):
        if not number and line.startswith(UTF16_MARKS):
            raise InputError(f"{path.name}: is UTF-16 text; save it as UTF-8")
        if b"\0" in line:
            raise InputError(
                f"{path.name}: holds bytes of 0, so it is not UTF-8 text; save it as UTF-8, or check that the file is "
                f"complete"
            )
        yield line


def _nothing(mark: str) -> bytes:
    """Return the bytes that a row without content consists of."""
    return b' \t\r\n"' + mark.encode()


def _cells(line: bytes, path: Path, mark: str) -> list[str]:
    text = line.decode("utf-8")
    other = max(SEPARATORS_IN_WORDS, key=text.strip().count)
    if mark not in text and other in text.strip() and not line.startswith(COMMENT):
        ending = {",": "call it .csv or ", "\t": "call it .tsv or "}.get(other, "")
        points = " and decimal points" if other == ";" else ""  # where Excel writes semicolons, commas are decimal
        raise InputError(
            f"{path.name}: its columns are separated by {SEPARATORS_IN_WORDS[other]}, but its name says "
            f"{SEPARATORS_IN_WORDS[mark]}; {ending}save it with {SEPARATORS_IN_WORDS[mark]}{points}"
        )
    return _split(line, mark)


def _split(line: bytes, mark: str) -> list[str]:
    cells = next(csv.reader([line.decode("utf-8").strip("\r\n")], delimiter=mark), [])
    return [cell.strip() for cell in cells]


def _empty(path: Path) -> InputError:
    return InputError(f"{path.name}: the file is empty; give a table with a header line")
