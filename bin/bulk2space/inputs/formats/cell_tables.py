"""Tables with one row a cell, as instruments' software writes them: counts by gene, and what is known of each cell."""

import contextlib
import csv
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import scipy.sparse as sp

from ...contract import remarks
from ...contract.problems import InputError, few
from ...contract.unpacked import check_expansion
from .files import in_words, open_text, read_table
from .positions import require_columns

log = logging.getLogger(__name__)

BLOCK_BYTES = 8 * 2**20
ROW_NAMES = ""
"""Name of R's column of row names, which has no header."""


class Counts(NamedTuple):
    """Counts of cells.

    Attributes
    ----------
    names
        Columns of text, one row a cell.
    values
        Cells × genes.
    genes
        Names of the genes.
    """

    names: pd.DataFrame
    values: sp.csr_matrix
    genes: list[str]


def header_of(path: Path) -> list[str]:
    """Return the names of a table's columns; R's column of row names is called ''.

    Raises
    ------
    InputError
        If the table has no rows, or if these do not fit the header.
    """
    with in_words(path, "a table of cells"), open_text(path) as file:
        lines = [next(csv.reader([file.readline().rstrip("\r\n")]), []) for _line in range(2)]
    header, row = [cell.strip() for cell in lines[0]], lines[1]
    if not header or not row:
        raise InputError(f"{path.name}: has no rows of cells; check that the file is complete")
    if len(row) == len(header) + 1:
        header = [ROW_NAMES, *header]
    if len(row) != len(header):
        raise InputError(
            f"{path.name}: its header has {len(header)} columns, its first row has {len(row)}; "
            f"give the file as the instrument's software wrote it"
        )
    twice = pd.Index(header).duplicated()
    if twice.any():
        raise InputError(f"{path.name}: the column '{header[np.argmax(twice)]}' appears more than once; rename one")
    return header


def read_counts(path: Path, names: Sequence[str]) -> Counts:
    """Read cells × genes, separated by commas, also with .gz, without ever making them dense.

    Parameters
    ----------
    path
        The table.
    names
        Columns of text; all others are genes.

    Raises
    ------
    InputError
        If the file cannot be read or has anything but numbers in the genes' columns.
    """
    header = header_of(path)
    genes = [column for column in header if column not in names]
    if not genes:
        raise InputError(f"{path.name}: has no column of a gene; it has {few(header)}: give the instrument's own file")
    types = {column: pa.string() if column in names else pa.float32() for column in header}
    options = {
        "read_options": pyarrow.csv.ReadOptions(column_names=header, skip_rows=1, block_size=BLOCK_BYTES),
        "convert_options": pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    }
    texts, blocks = [], []
    is_packed = path.suffix.lower() == ".gz"
    packed, unpacked = path.stat().st_size, 0
    with _columns_in_words(path, header), pa.input_stream(path, compression="gzip" if is_packed else None) as stream:
        for batch in pyarrow.csv.open_csv(stream, **options):
            texts.append(batch.select([column for column in header if column in names]).to_pandas())
            values = np.column_stack([batch.column(gene).to_numpy(zero_copy_only=False) for gene in genes])
            if is_packed:
                unpacked += batch.nbytes
                check_expansion(path, packed, unpacked)
            blocks.append(sp.csr_matrix(values, dtype=np.float32))
    counts = Counts(pd.concat(texts, ignore_index=True), sp.csr_matrix(sp.vstack(blocks)), genes)
    _check_complete(counts, path)
    return counts


@contextlib.contextmanager
def _columns_in_words(path: Path, header: list[str]) -> Iterator[None]:
    """Name the column in which there is text for a number; put all other errors in words too."""
    with in_words(path, "a table of counts"):
        try:
            yield
        except pa.ArrowInvalid as error:
            wrong = re.search(r"column #(\d+): .* invalid value '(.*)'", str(error))
            if wrong is None:
                raise
            column, value = header[int(wrong[1])], wrong[2]
            raise InputError(
                f"{path.name}: the column '{column}' holds '{value}', which is not a number; correct it"
            ) from None


def _check_complete(counts: Counts, path: Path) -> None:
    lost = np.flatnonzero(~np.isfinite(counts.values.data))
    if len(lost):
        row = int(np.searchsorted(counts.values.indptr, lost[0], side="right")) - 1
        gene = counts.genes[counts.values.indices[lost[0]]]
        cell = " ".join(map(str, counts.names.iloc[row]))
        raise InputError(f"{path.name}: the cell '{cell}' has no number for {gene}; correct the file")


def read_known(path: Path, names: Sequence[str], needed: Sequence[str]) -> pd.DataFrame:
    """Read what is known of the cells, separated by commas, also with .gz.

    Parameters
    ----------
    path
        The table.
    names
        Columns that stay text, because their numbers may have too many digits to be exact.
    needed
        Columns that the table must have.

    Raises
    ------
    InputError
        If the file cannot be read or a column is missing.
    """
    header = header_of(path)
    require_columns(pd.DataFrame(columns=header), needed, path.name)
    with in_words(path, "a table of cells"):
        kinds = {"converters": {name: str for name in names if name in header}, "low_memory": False}
        return read_table(path, names=header, skiprows=1, encoding="utf-8-sig", **kinds)


def left_out_outside(counts: Counts, outside: np.ndarray, *, file: str) -> Counts:
    """Leave out the rows of transcripts that lie outside all cells, (rows,) bool; a remark counts them."""
    if not outside.any():
        return counts
    transcripts = float(counts.values[outside].sum())
    remarks.note(
        log,
        "outside_cells_left_out",
        f"{file}: {outside.sum()} rows hold the transcripts outside cells (cell_ID 0), {transcripts:.0f} in all; "
        f"they are left out",
        rows=int(outside.sum()),
        transcripts=transcripts,
    )
    kept = np.flatnonzero(~outside)
    return Counts(counts.names.iloc[kept], counts.values[kept], counts.genes)
