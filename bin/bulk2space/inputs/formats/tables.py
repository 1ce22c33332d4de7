"""Tables of numbers that users bring: genes × observations, as text."""

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Uns
from ...contract.problems import InputError, few
from ...contract.table_header import NUMBER
from ...contract.table_lines import SEPARATORS_IN_WORDS, Opened, opened
from ...contract.whole_lines import cells, parsed
from ..no_expression.annotation import is_annotation_of_genes, left_out
from . import counters, plain_counts, quantifiers, thousands

VALUES_AT_ONCE = 20_000_000
"""Numbers of a block for the general reader: many, because each column of a block costs time."""
PLAIN_VALUES_AT_ONCE = 1_000_000
"""The same for the reader of plain counts: few, because a block should fit into the processor's cache."""
ROWS_THAT_SHOW_TEXT = 20
"""First rows of a table, by which columns of text are told from columns of numbers."""
GENE_NAMES = ("gene_id", "gene_name", "gene_symbol", "symbol", "name", "gene", "genes", "description")
"""Headers, in lower case, of columns that hold names of genes, not of observations, even if they are numbers."""
LETTER = re.compile(r"[A-Za-z]")
WITH_COMMA = re.compile(r"[+-]?[\d.]*,[\d,.]+")
NO_WORD = re.compile(r"[+-]?(nan|na|n/a|inf|infinity|null|none|[\d.]+e[+-]?\d+)?", re.IGNORECASE)
"""Text that stands for a number."""

Block = tuple[pd.DataFrame, sp.csr_matrix]
"""The columns of text of some rows, and the numbers of these rows × observations."""


class Layout(NamedTuple):
    """Where a table has its names and its numbers.

    Attributes
    ----------
    path, mark
        The table and its separator.
    header
        Headers of all columns.
    text
        Numbers of the columns of text; the first column always is one: the names of the rows.
    numbers
        Numbers of the columns of numbers, named after observations.
    """

    path: Path
    mark: str
    header: list[str]
    text: list[int]
    numbers: list[int]

    @property
    def labels(self) -> list[str]:
        """Names of the observations."""
        return [self.header[place] for place in self.numbers]

    @property
    def is_plain(self) -> bool:
        """Whether rows have a name and numbers only."""
        return self.text == [0] and len(self.numbers) + 1 == len(self.header)


def read_numbers(path: Path, *, annotation: bool = True) -> ad.AnnData:
    """Read a table of genes × observations, a block of rows at a time, without ever making it dense.

    Files of programs that count or quantify the reads of one sample are read too (quantifiers.py, counters.py).

    Parameters
    ----------
    path
        The table.
    annotation
        Whether columns that annotate genes, such as ``Length``, are to be told from observations by their headers.

    Returns
    -------
    Observations × genes: X float32 CSR; var is named by the first column and holds the columns of text.

    Raises
    ------
    InputError
        If the file is not a table, has no columns of numbers, or has text among the numbers.
    """
    with opened(path) as table:
        if not table.header:
            return counters.read(table, path)
        program = quantifiers.recognise(table.header) if annotation else None
        if program:
            return program.read(table, path)
        return _read(table, path, annotation)


def _read(table: Opened, path: Path, annotation: bool) -> ad.AnnData:
    first = list(itertools.islice(table.rows, ROWS_THAT_SHOW_TEXT))
    layout = _layout(table, first, path, annotation)
    first = _without_rows_of_words(first, layout) if annotation else first
    names, matrices = zip(*_blocks(itertools.chain(first, table.rows), layout), strict=True)
    text = pd.concat(names, ignore_index=True)
    columns = {layout.header[place]: text[place].to_numpy() for place in layout.text[1:]}
    others = [name for name in columns if name.lower() not in GENE_NAMES]
    if others and annotation:
        left_out(path.name, others)
    var = pd.DataFrame(columns, index=text[0].to_numpy())
    matrix = sp.csr_matrix(sp.vstack(matrices).T)
    return ad.AnnData(matrix, obs=pd.DataFrame(index=layout.labels), var=var, uns={Uns.MATRIX: "table"})


def _layout(table: Opened, rows: list[bytes], path: Path, annotation: bool) -> Layout:
    """Tell the columns apart by their headers and their first rows."""
    header = table.header
    words, filled = _words_and_filled(cells(rows, table.mark), len(header))
    is_text = words > filled / 2
    if annotation:
        is_text |= [name.lower() in GENE_NAMES or is_annotation_of_genes(name) for name in header]
    is_text[0] = True
    is_number = ~is_text & [bool(name or some) for name, some in zip(header, filled, strict=True)]
    text, numbers = np.flatnonzero(is_text).tolist(), np.flatnonzero(is_number).tolist()
    unnamed = [place for place in numbers if not header[place]]
    if unnamed and len(unnamed) == len(numbers) > 1:
        raise InputError(
            f"{path.name}: its first line has no names of columns; remove what stands above the header, and give every "
            f"column a name"
        )
    if unnamed:
        raise InputError(f"{path.name}: column {unnamed[0] + 1} has values and no name; name it or remove it")
    named = [name for name in header[1:] if is_annotation_of_genes(name)]
    if not numbers and annotation and named:
        raise InputError(
            f"{path.name}: its columns {few(named)} have names of annotation, no other holds numbers; give one column "
            f"per sample, called otherwise"
        )
    if not numbers:
        raise InputError(
            f"{path.name}: no column of numbers beside the names; give genes in rows and one column per sample, "
            f"separated by {SEPARATORS_IN_WORDS[table.mark]}"
        )
    return Layout(path, table.mark, header, text, numbers)


def _words_and_filled(rows: list[list[str]], width: int) -> tuple[np.ndarray, np.ndarray]:
    """Count in each column the cells that are words and the cells that are not empty, (columns,) each."""
    words, filled = np.zeros(width, dtype=int), np.zeros(width, dtype=int)
    for row in rows:
        for place, cell in enumerate(row[:width]):
            filled[place] += bool(cell.strip())
            words[place] += _is_word(cell)
    return words, filled


def _without_rows_of_words(lines: list[bytes], layout: Layout) -> list[bytes]:
    """Leave out rows that hold words and no number, such as the group of each sample above the genes.

    In a table of a single sample, one word may be a value gone wrong: that is for the reader of numbers to refuse.
    """
    if len(layout.numbers) < 2:
        return lines
    rows = cells(lines, layout.mark)
    numbers = [[row[place].strip() for place in layout.numbers if place < len(row)] for row in rows]
    of_words = [any(map(_is_word, row)) and not any(map(NUMBER.fullmatch, row)) for row in numbers]
    if not any(of_words) or all(of_words):
        return lines
    left_out(layout.path.name, [row[0] for row, is_out in zip(rows, of_words, strict=True) if is_out])
    return [line for line, is_out in zip(lines, of_words, strict=True) if not is_out]


def _is_word(cell: str) -> bool:
    return bool(LETTER.search(cell)) and not NO_WORD.fullmatch(cell.strip())


def _check_width(rows: pd.DataFrame, header: list[str], path: Path) -> None:
    if rows.shape[1] != len(header):
        raise InputError(
            f"{path.name}: the row of '{rows.iloc[0, 0]}' has {rows.shape[1]} cells, others have {len(header)}; check "
            f"that the file is complete"
        )


def _blocks(lines: Iterable[bytes], layout: Layout) -> Iterator[Block]:
    """Yield the table's blocks: by the fast reader as long as they hold plain counts, then by the general one."""
    if layout.is_plain:
        for block in _taken(lines, PLAIN_VALUES_AT_ONCE, layout):
            plain = plain_counts.parse(block, layout.mark, len(layout.numbers))
            if plain is None:
                lines = itertools.chain(block, lines)
                break
            yield pd.DataFrame({0: plain[0]}), plain[1]
    for block in _taken(lines, VALUES_AT_ONCE, layout):
        yield _parsed(block, layout)


def _taken(lines: Iterable[bytes], values: int, layout: Layout) -> Iterator[list[bytes]]:
    """Yield lists of lines with about so many values each."""
    lines = iter(lines)
    rows = max(values // len(layout.header), 1)
    while block := list(itertools.islice(lines, rows)):
        yield block


def _parsed(lines: list[bytes], layout: Layout) -> Block:
    """Read lines of any numbers."""
    kinds = {"converters": dict.fromkeys(layout.text, str), "low_memory": False}
    block = parsed(lines, layout.mark, layout.path, **kinds)
    _check_width(block, layout.header, layout.path)
    start = lines[: max(thousands.CELLS // len(layout.header), 1)]
    thousands.refuse(parsed(start, layout.mark, layout.path, dtype=str)[layout.numbers], layout.path)
    numbers = block[layout.numbers].set_axis(layout.labels, axis=1)
    return block[layout.text], sp.csr_matrix(_as_numbers(numbers, block[0].to_numpy(), layout.path))


def _as_numbers(block: pd.DataFrame, names: np.ndarray, path: Path) -> np.ndarray:
    """Return the block as float32, genes × observations; refuse text."""
    kinds = block.dtypes.to_numpy()
    for place in np.flatnonzero([not np.issubdtype(kind, np.number) for kind in kinds]):
        column = block.iloc[:, place]
        bad = (pd.to_numeric(column, errors="coerce").isna() & column.notna()).to_numpy()
        if bad.any():
            raise InputError(
                f"{path.name}: the value of '{names[np.argmax(bad)]}' in '{block.columns[place]}' is "
                f"'{column.iloc[np.argmax(bad)]}', which is not a number; {_remedy(str(column.iloc[np.argmax(bad)]))}"
            )
    if all(np.issubdtype(kind, np.number) for kind in kinds):
        return block.to_numpy(dtype=np.float32)
    return block.astype(np.float64).to_numpy(dtype=np.float32)


def _remedy(value: str) -> str:
    has_comma = WITH_COMMA.fullmatch(value.strip())
    return "write numbers with a decimal point and without commas" if has_comma else "correct it"
