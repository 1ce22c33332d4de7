"""What stored arrays promise: sizes that they do not hold are refused before memory is asked for them."""

import os
from pathlib import Path

import pyarrow.parquet as pq

from ...contract.problems import InputError

FREE_BYTES = 1 << 30
"""Bytes that any array may have."""
MOST_EXPANSION = 1_100
"""Times that a larger array may grow when it is read; gzip ends at 1032 for nothing but zeros."""
MOST_NAMES = 100_000_000
"""Rows or columns of a matrix: ten times as many as the largest data sets have. More would take all memory."""


def check_array(name: str, place: str, promised: int, stored: int) -> None:
    """Check the size of an array against the bytes that the file or store has of it.

    Raises
    ------
    InputError
        If it is larger than these bytes can be.
    """
    if promised > FREE_BYTES and promised > MOST_EXPANSION * stored:
        raise InputError(
            f"{name}: its array {place} promises {in_words(promised)} and holds {in_words(stored)}; check where the "
            f"file comes from, and that it is complete"
        )


def check_memory(name: str, promised: int) -> None:
    """Check that what is read at once fits into this machine.

    Raises
    ------
    InputError
        If it does not.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if promised > memory:
        raise InputError(
            f"{name}: needs more than {in_words(promised)} of memory, and this machine has {in_words(memory)}; take a "
            f"larger one, or give fewer observations or a sparse matrix"
        )


def check_parquet(path: Path) -> None:
    """Check the rows of a table in columns, which repeat a value without end in a few bytes.

    Raises
    ------
    InputError
        If there are more than a data set has.
    """
    rows = pq.read_metadata(path).num_rows
    if rows > MOST_NAMES:
        raise InputError(
            f"{path.name}: promises {rows} rows, more than data sets have; check where the file comes from"
        )


def in_words(size: float) -> str:
    """Return bytes in a unit that a reader can picture."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.0f} TB"
