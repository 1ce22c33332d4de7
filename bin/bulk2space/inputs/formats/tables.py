"""Tables that users bring: numbers by gene, and metadata by cell, spot or bulk sample."""

import io
import itertools
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.problems import InputError
from ...contract.user_tables import WORDS, _errors_in_words, _header, _mark, _open, _width
from . import plain_counts

VALUES_AT_ONCE, PLAIN_AT_ONCE = 20_000_000, 1_000_000
"""Numbers of a block: many where a column costs, few where the block should stay in the processor's cache."""
NAME_COLUMNS = ("gene_id", "gene_name", "gene_symbol", "symbol", "description")
"""Columns behind the first that hold names of genes, not numbers, by their header in lower case."""


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
