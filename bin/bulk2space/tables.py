"""Tables that users bring: numbers by gene, and metadata by cell, spot or bulk sample."""

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
        If the file is no table, has no columns of numbers, or holds text among the numbers.
    """
    blocks, genes = [], []
    for block in _read(path, index_col=0, chunksize=ROWS_AT_ONCE):
        genes.append(block.index.astype(str).to_numpy())
        blocks.append(sp.csr_matrix(_as_numbers(block, path)))
    columns = block.columns.astype(str).to_numpy()
    if not blocks or not len(columns):
        raise InputError(
            f"{path.name}: no column of numbers beside the gene names; give genes in rows, separated by "
            f"{'commas' if separator(path) == ',' else 'tabs'} as the file's ending says"
        )
    return sp.csr_matrix(sp.vstack(blocks).T), columns, np.concatenate(genes)


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
    table = _read(path, dtype=str, keep_default_na=False)
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


def _read(path: Path, **options) -> pd.DataFrame:
    mark = separator(path)
    if mark is None:
        raise InputError(f"{path.name}: not a table by its name; tables end in {', '.join(SEPARATORS)}, also with .gz")
    try:
        return pd.read_csv(path, sep=mark, encoding="utf-8-sig", low_memory=False, **options)
    except pd.errors.EmptyDataError:
        raise InputError(f"{path.name}: the file is empty; give a table with a header line") from None
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError) as error:
        raise InputError(f"{path.name}: cannot be read as a table ({error}); check that it is whole") from None


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
