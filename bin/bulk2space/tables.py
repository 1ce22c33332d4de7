"""Tables that users bring: numbers by gene, and metadata by cell, spot or bulk sample."""

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from .problems import InputError

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
ROWS_AT_ONCE = 2000


def separator(path: Path) -> str | None:
    """Return the separator that the file's ending stands for (``.gz`` set aside), None when it is no table."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return SEPARATORS.get(suffixes[-1]) if suffixes else None


def read_numbers(path: Path) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    """Read a table of genes × observations, a block of genes at a time, without ever making it dense.

    Returns
    -------
    The matrix turned round (observations × genes, float32), the observations' names and the genes' names.

    Raises
    ------
    InputError
        If the file is no table, has no columns of numbers, names one twice, or holds text among the numbers.
    """
    blocks, genes = [], []
    mark = _mark(path)
    with _errors_in_words(path):
        first = {"header": None, "nrows": 1, "dtype": str, "keep_default_na": False}
        header = pd.read_csv(path, sep=mark, encoding="utf-8-sig", **first).iloc[0].to_numpy()
        body = {"header": None, "skiprows": 1, "index_col": 0, "chunksize": ROWS_AT_ONCE}
        for block in pd.read_csv(path, sep=mark, encoding="utf-8-sig", **body):
            # R's write.table gives the column of gene names no name
            if block.shape[1] not in (len(header) - 1, len(header)):
                raise InputError(
                    f"{path.name}: its header has {len(header)} cells, its rows have {block.shape[1] + 1}; "
                    f"give every column a name"
                )
            block.columns = names = header if len(header) == block.shape[1] else header[1:]
            genes.append(block.index.astype(str).to_numpy())
            blocks.append(sp.csr_matrix(_as_numbers(block, path)))
    if not blocks or not len(header) or not blocks[0].shape[1]:
        separated = "commas" if mark == "," else "tabs"
        raise InputError(
            f"{path.name}: no column of numbers beside the gene names; give genes in rows, separated by {separated} "
            f"as the file's ending says"
        )
    return sp.csr_matrix(sp.vstack(blocks).T), names, np.concatenate(genes)


def read_metadata(path: Path, keys: tuple[str, ...], needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a table with one row a cell or spot, all columns as text.

    Parameters
    ----------
    path
        The table.
    keys
        Columns that may hold the names of cells or spots; the first that is there becomes the index.
    needed
        Further columns that must be there.

    Raises
    ------
    InputError
        If a column is missing or a name stands twice.
    """
    mark = _mark(path)
    with _errors_in_words(path):
        table = pd.read_csv(path, sep=mark, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    key = next((column for column in keys if column in table), None)
    missing = [column for column in needed if column not in table]
    if key is None:
        missing.insert(0, " or ".join(keys))
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


@contextlib.contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except pd.errors.EmptyDataError:
        raise InputError(f"{path.name}: the file is empty; give a table with a header line") from None
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        reason = str(error).strip()
        raise InputError(f"{path.name}: cannot be read as a table ({reason}); check that it is whole") from None


def _as_numbers(block: pd.DataFrame, path: Path) -> np.ndarray:
    text = block.select_dtypes(exclude="number")
    for column in text:
        bad = pd.to_numeric(text[column], errors="coerce").isna() & text[column].notna()
        if bad.any():
            gene = block.index[np.argmax(bad)]
            raise InputError(
                f"{path.name}: the value of gene '{gene}' in '{column}' is "
                f"'{text[column].iloc[np.argmax(bad)]}', which is not a number; correct it"
            )
    return block.apply(pd.to_numeric).to_numpy(dtype=np.float32)
