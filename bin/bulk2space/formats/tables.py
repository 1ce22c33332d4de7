"""Tables that users bring: numbers by gene, and metadata by cell, spot or bulk sample."""

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..problems import InputError

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}
VALUES_AT_ONCE = 20_000_000
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
    with _errors_in_words(path):
        header = _header(path, mark)
        width = _width(path, mark, len(header))
        if width == len(header) + 1:
            header.insert(0, "")  # R's write.table gives the column of gene names no name
        names = [0, *(i for i, name in enumerate(header[:3]) if i and name.lower() in NAME_COLUMNS)]
        labels = [name for i, name in enumerate(header) if i not in names]
        if not labels:
            raise InputError(
                f"{path.name}: no column of numbers beside the names; give genes in rows and one column a sample, "
                f"separated by {WORDS[mark]}"
            )
        blocks, rows = [], []
        body = {"header": None, "skiprows": 1, "converters": dict.fromkeys(names, str), "low_memory": False}
        for block in pd.read_csv(
            path, sep=mark, encoding="utf-8-sig", chunksize=max(VALUES_AT_ONCE // width, 1), **body
        ):
            rows.append(block[names])
            block = block.drop(columns=names).set_axis(labels, axis=1)
            blocks.append(sp.csr_matrix(_as_numbers(block, rows[-1][0].to_numpy(), path)))
    table = pd.concat(rows, ignore_index=True)
    var = pd.DataFrame({header[i]: table[i].to_numpy() for i in names[1:]}, index=table[0].to_numpy())
    matrix = sp.csr_matrix(sp.vstack(blocks).T)
    return ad.AnnData(matrix, obs=pd.DataFrame(index=labels), var=var, uns={"matrix": "table"})


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
        _header(path, mark)
        table = pd.read_csv(path, sep=mark, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    key = next((column for column in keys if column in table), None)
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


def _header(path: Path, mark: str) -> list[str]:
    """Return the first line's cells; refuse a line that is separated otherwise than the file's ending says."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        line = file.readline()
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path.name}: is UTF-16 text; save it as UTF-8")
    text = line.decode("utf-8-sig").strip("\r\n")
    other = max(WORDS, key=text.count)
    if mark not in text and other in text:
        raise InputError(
            f"{path.name}: its columns are separated by {WORDS[other]}, its name promises {WORDS[mark]}; "
            f"rename it or save it anew"
        )
    first = {"header": None, "nrows": 1, "dtype": str, "keep_default_na": False}
    return pd.read_csv(path, sep=mark, encoding="utf-8-sig", **first).iloc[0].str.strip().tolist()


def _width(path: Path, mark: str, columns: int) -> int:
    """Return the number of cells of the first row below the header."""
    first = {"header": None, "skiprows": 1, "nrows": 1, "dtype": str}
    try:
        width = pd.read_csv(path, sep=mark, encoding="utf-8-sig", **first).shape[1]
    except pd.errors.EmptyDataError:
        raise InputError(f"{path.name}: has a header and no rows; give genes in rows") from None
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
