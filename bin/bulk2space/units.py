"""Units of expression values: recognised, checked and brought to counts or linear values."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from .problems import InputError

LARGEST_LOG = np.log1p(1e6)
"""No log1p value is larger: log1p of a million, one gene holding a whole library of counts per million."""
DEVIATION_LARGEST = 0.25
DEVIATION_MEDIAN = 1e-3


class Linear(NamedTuple):
    """Values brought to a linear scale."""

    matrix: sp.csr_matrix
    """Observations × genes, float32; counts where ``is_counts``."""
    is_counts: bool
    units: dict[str, str | float]
    """What came in and what was done, for ``uns["units"]``."""


def check_values(matrix: sp.csr_matrix, rows: np.ndarray, columns: np.ndarray, source: str) -> None:
    """Refuse values that no expression matrix holds.

    Parameters
    ----------
    matrix
        Observations × genes.
    rows, columns
        Names of observations and genes, to say where the first bad value stands.
    source
        The file's name, for the message.

    Raises
    ------
    InputError
        For a missing, infinite or negative value.
    """
    for bad, what, remedy in (
        (np.isnan(matrix.data), "is missing (NaN)", "fill it with 0 or leave the gene out"),
        (np.isinf(matrix.data), "is infinite", "correct it or leave the gene out"),
        (matrix.data < 0, "is negative", "give counts or log-normalised values, not scaled ones"),
    ):
        if bad.any():
            first = int(np.argmax(bad))
            row = int(np.searchsorted(matrix.indptr, first, side="right")) - 1
            raise InputError(
                f"{source}: the value of gene '{columns[matrix.indices[first]]}' in '{rows[row]}' {what}, "
                f"as are {bad.sum() - 1} others; {remedy}"
            )


def recognise(matrix: sp.csr_matrix) -> str:
    """Return the unit of non-negative values: ``counts`` (integers), ``log1p``, or ``linear`` (CPM- or TPM-like)."""
    if np.array_equal(matrix.data, np.rint(matrix.data)):
        return "counts"
    return "log1p" if matrix.data.max() <= LARGEST_LOG else "linear"


def recover_counts(log_values: sp.csr_matrix) -> tuple[sp.csr_matrix, float, float]:
    """Recover counts from log1p of library-normalised counts.

    A cell's smallest non-zero linear value is taken for one count; the others are rounded multiples of it.

    Parameters
    ----------
    log_values
        Cells × genes, log1p.

    Returns
    -------
    The rounded counts (cells × genes, float32), the largest and the median distance of a multiple from its integer.
    """
    linear = sp.csr_matrix(log_values, dtype=np.float64).expm1()
    linear.eliminate_zeros()
    filled = np.diff(linear.indptr) > 0
    unit = np.ones(linear.shape[0])
    unit[filled] = np.minimum.reduceat(linear.data, linear.indptr[:-1][filled])
    multiples = linear.data / np.repeat(unit, np.diff(linear.indptr))
    counts = np.rint(multiples)
    deviations = np.abs(multiples - counts)
    recovered = sp.csr_matrix((counts.astype(np.float32), linear.indices, linear.indptr), shape=linear.shape)
    return (
        recovered,
        float(deviations.max(initial=0)),
        float(np.median(deviations)) if len(deviations) else 0.0,
    )


def to_linear(matrix: sp.csr_matrix) -> Linear:
    """Bring checked values to a linear scale, to counts where they are or can be recovered.

    Counts are recovered from log values when the largest deviation from an integer stays under 0.25 and the median
    under 0.001.
    """
    matrix = sp.csr_matrix(matrix, dtype=np.float32)
    matrix.eliminate_zeros()
    unit = recognise(matrix) if matrix.nnz else "counts"
    if unit == "counts":
        return Linear(matrix, True, {"input": unit, "done": "none"})
    if unit == "linear":
        return Linear(matrix, False, {"input": unit, "done": "none"})
    counts, largest, median = recover_counts(matrix)
    if largest < DEVIATION_LARGEST and median < DEVIATION_MEDIAN:
        done = {
            "input": unit,
            "done": "counts recovered",
            "largest_deviation": largest,
            "median_deviation": median,
        }
        return Linear(counts, True, done)
    return Linear(matrix.expm1(), False, {"input": unit, "done": "expm1"})
