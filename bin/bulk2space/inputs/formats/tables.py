"""Tables of numbers that users bring: genes × observations, as text."""

import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Uns
from ...contract.problems import InputError
from ...contract.user_tables import (
    SEPARATORS_IN_WORDS,
    errors_in_words,
    open_bytes,
    read_header,
    required_separator,
    row_width,
)
from . import plain_counts

VALUES_AT_ONCE = 20_000_000
"""Numbers of a block for the general reader: many, because each column of a block costs time."""
PLAIN_VALUES_AT_ONCE = 1_000_000
"""The same for the reader of plain counts: few, because a block should fit into the processor's cache."""
NAME_COLUMNS = ("gene_id", "gene_name", "gene_symbol", "symbol", "description")
"""Second and third columns with one of these headers, in lower case, hold names of genes and not numbers."""

Block = tuple[pd.DataFrame, sp.csr_matrix]
"""The columns of names of some rows, and these rows × observations."""


class Layout(NamedTuple):
    """Where a table has its names and its numbers.

    Attributes
    ----------
    path, mark
        The table and its separator.
    header
        Headers of all columns.
    names
        Numbers of the columns that hold names of genes; the first column always does.
    labels
        Headers of the other columns: names of the observations.
    """

    path: Path
    mark: str
    header: list[str]
    names: list[int]
    labels: list[str]

    @classmethod
    def of(cls, path: Path, mark: str, header: list[str], width: int) -> Self:
        """Return the layout of a table whose rows have this many cells."""
        if width > len(header):
            header = ["", *header]  # R's write.table gives the column of gene names no header
        names = [0, *(i for i, name in enumerate(header[:3]) if i and name.lower() in NAME_COLUMNS)]
        labels = [name for i, name in enumerate(header) if i not in names]
        if not labels:
            raise InputError(
                f"{path.name}: no column of numbers beside the names; give genes in rows and one column per sample, "
                f"separated by {SEPARATORS_IN_WORDS[mark]}"
            )
        return cls(path, mark, header, names, labels)


def read_numbers(path: Path) -> ad.AnnData:
    """Read a table of genes × observations, a block of rows at a time, without ever making it dense.

    Returns
    -------
    Observations × genes: X float32 CSR; var is named by the first column and holds further columns of gene names.

    Raises
    ------
    InputError
        If the file is not a table, has no columns of numbers, or has text among the numbers.
    """
    mark = required_separator(path)
    with errors_in_words(path), open_bytes(path) as file:
        header = read_header(file.readline(), path, mark)
        first = file.readline()
        layout = Layout.of(path, mark, header, row_width(first, path, mark, len(header)))
        names, matrices = zip(*_blocks(first, file, layout), strict=True)
    table = pd.concat(names, ignore_index=True)
    var = pd.DataFrame({layout.header[i]: table[i].to_numpy() for i in layout.names[1:]}, index=table[0].to_numpy())
    matrix = sp.csr_matrix(sp.vstack(matrices).T)
    return ad.AnnData(matrix, obs=pd.DataFrame(index=layout.labels), var=var, uns={Uns.MATRIX: "table"})


def _blocks(first: bytes, file: Iterable[bytes], layout: Layout) -> Iterator[Block]:
    """Yield the table's blocks: by the fast reader as long as they hold plain counts, then by the general one."""
    lines: Iterable[bytes] = itertools.chain([first], file)
    if len(layout.names) == 1:
        for block in _taken(lines, PLAIN_VALUES_AT_ONCE, layout):
            plain = plain_counts.parse(block, layout.mark, len(layout.labels))
            if plain is None:
                lines = itertools.chain(block, lines)
                break
            yield pd.DataFrame({0: plain[0]}), plain[1]
    for block in _taken(lines, VALUES_AT_ONCE, layout):
        yield _parsed(block, layout)


def _taken(lines: Iterable[bytes], values: int, layout: Layout) -> Iterator[list[bytes]]:
    """Yield lists of lines with about so many values each, blank lines left out."""
    rows = max(values // len(layout.header), 1)
    while taken := list(itertools.islice(lines, rows)):
        block = [line for line in taken if line.strip()]
        if block:
            yield block


def _parsed(lines: list[bytes], layout: Layout) -> Block:
    """Read lines of any numbers."""
    kinds = {"converters": dict.fromkeys(layout.names, str), "low_memory": False}
    block = pd.read_csv(io.BytesIO(b"".join(lines)), sep=layout.mark, header=None, **kinds)
    if block.shape[1] != len(layout.header):
        raise InputError(
            f"{layout.path.name}: the row of '{block.iloc[0, 0]}' has {block.shape[1]} cells, others have "
            f"{len(layout.header)}; check that the file is complete"
        )
    numbers = block.drop(columns=layout.names).set_axis(layout.labels, axis=1)
    return block[layout.names], sp.csr_matrix(_as_numbers(numbers, block[0].to_numpy(), layout.path))


def _as_numbers(block: pd.DataFrame, names: np.ndarray, path: Path) -> np.ndarray:
    """Return the block as float32, genes × observations; refuse text."""
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
