"""Tables that users bring: numbers by gene, and metadata by cell, spot or bulk sample."""

import contextlib
import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...problems import InputError
from . import plain_counts

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}
VALUES_AT_ONCE, PLAIN_AT_ONCE = 20_000_000, 1_000_000
"""Numbers of a block: many where a column costs, few where the block should stay in the processor's cache."""
NAME_COLUMNS = ("gene_id", "gene_name", "gene_symbol", "symbol", "description")
"""Columns behind the first that hold names of genes, not numbers, by their header in lower case."""


def separator(path: Path) -> str | None:
    """Return the separator that the file's ending stands for (``.gz`` set aside), None when it is no table."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return SEPARATORS.get(suffixes[-1]) if suffixes else None


def read_numbers(path: Path) -> ad.AnnData:
    """Read a table of genes × observations, a block of rows at a time, without ever making it dense.

    Returns
    -------
    observations × genes: X float32 CSR; var is named by the first column and holds further columns of gene names.

    Raises
    ------
    InputError
        If the file is no table, has no columns of numbers, or holds text among the numbers.
    """
    mark = _mark(path)
    with _errors_in_words(path), _open(path) as file:
        header = _header(file.readline(), path, mark)
        first = file.readline()
        width = _width(first, path, mark, len(header))
        if width > len(header):
            header.insert(0, "")  # R's write.table gives the column of gene names no name
        names = [0, *(i for i, name in enumerate(header[:3]) if i and name.lower() in NAME_COLUMNS)]
        labels = [name for i, name in enumerate(header) if i not in names]
        if not labels:
            raise InputError(
                f"{path.name}: no column of numbers beside the names; give genes in rows and one column a sample, "
                f"separated by {WORDS[mark]}"
            )
        blocks, rows = [], []
        lines, at_once = itertools.chain([first], file), PLAIN_AT_ONCE if len(names) == 1 else VALUES_AT_ONCE
        while taken := list(itertools.islice(lines, max(at_once // width, 1))):
            block = [line for line in taken if line.strip()]
            if not block:
                continue
            plain = plain_counts.parse(block, mark, len(labels)) if at_once == PLAIN_AT_ONCE else None
            if plain:
                rows.append(pd.DataFrame({0: plain[0]}))
                blocks.append(plain[1])
            elif at_once == PLAIN_AT_ONCE:
                lines, at_once = itertools.chain(block, lines), VALUES_AT_ONCE
            else:
                table, matrix = _block(block, path, mark, names, labels)
                rows.append(table)
                blocks.append(matrix)
    table = pd.concat(rows, ignore_index=True)
    var = pd.DataFrame({header[i]: table[i].to_numpy() for i in names[1:]}, index=table[0].to_numpy())
    matrix = sp.csr_matrix(sp.vstack(blocks).T)
    return ad.AnnData(matrix, obs=pd.DataFrame(index=labels), var=var, uns={"matrix": "table"})


def _block(
    lines: list[bytes], path: Path, mark: str, names: list[int], labels: list[str]
) -> tuple[pd.DataFrame, sp.csr_matrix]:
    """Read lines of any numbers: the columns of names, and rows × observations."""
    kinds = {"converters": dict.fromkeys(names, str), "low_memory": False}
    block = pd.read_csv(io.BytesIO(b"".join(lines)), sep=mark, header=None, **kinds)
    if block.shape[1] != len(names) + len(labels):
        raise InputError(
            f"{path.name}: the row of '{block.iloc[0, 0]}' has {block.shape[1]} cells, others have "
            f"{len(names) + len(labels)}; check that it is whole"
        )
    values = _as_numbers(block.drop(columns=names).set_axis(labels, axis=1), block[0].to_numpy(), path)
    return block[names], sp.csr_matrix(values)


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


def _as_numbers(block: pd.DataFrame, names: np.ndarray, path: Path) -> np.ndarray:
    kinds = block.dtypes.to_numpy()
    for place in np.flatnonzero([not np.issubdtype(kind, np.number) for kind in kinds]):
        column = block.iloc[:, place]
        bad = (pd.to_numeric(column, errors="coerce").isna() & column.notna()).to_numpy()
        if bad.any():
            raise InputError(
                f"{path.name}: the value of '{names[np.argmax(bad)]}' in '{block.columns[place]}' is "
                f"'{column.iloc[np.argmax(bad)]}', which is not a number; correct it"
            )
    if all(np.issubdtype(kind, np.number) for kind in kinds):
        return block.to_numpy(dtype=np.float32)
    return block.apply(pd.to_numeric).to_numpy(dtype=np.float32)
