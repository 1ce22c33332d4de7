"""Units of expression values: their names, the check of values, and the arithmetic from one to another."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ...contract.problems import InputError
from ...numerics.scaling import factors_to
from ...numerics.values import multiples_of_smallest

LOGARITHMS = {"log1p": np.e, "log2": 2.0, "log10": 10.0}
"""Units that are logarithms of 1 + value, with their bases."""
UNITS = ("counts", "tpm", "fpkm", *LOGARITHMS)
"""Units that a user may state; ``linear`` is what remains when nothing else is recognised."""
IN_WORDS = {"tpm": "CPM/TPM-like", "fpkm": "FPKM/RPKM"}

MILLION = 1e6
LARGEST_LOG = 24.0
"""Larger values cannot be logarithms: this one is log2 of 16 million."""
LARGEST_COUNT = 1e9
"""Larger values are integers that overflowed."""
LARGEST_DEVIATION = 0.25
"""Distance from a whole number, at most, of every recovered count."""
MEDIAN_DEVIATION = 1e-3
"""Distance from a whole number, at most, of half the recovered counts."""


class Recovered(NamedTuple):
    """Counts recovered from normalised values.

    Attributes
    ----------
    counts
        Observations × genes, float32, whole numbers.
    largest
        The largest distance from a whole number of a value divided by the smallest value of its observation.
    median
        The median of these distances.
    """

    counts: sp.csr_matrix
    largest: float
    median: float

    @property
    def is_exact(self) -> bool:
        """Whether the values were counts once."""
        return self.largest < LARGEST_DEVIATION and self.median < MEDIAN_DEVIATION


def in_words(unit: str) -> str:
    """Return what a unit is called in sentences."""
    return IN_WORDS.get(unit, unit)


def check_values(matrix: sp.csr_matrix, rows: np.ndarray, columns: np.ndarray, source: str) -> None:
    """Refuse values that no expression matrix holds.

    Parameters
    ----------
    matrix
        Observations × genes.
    rows, columns
        Names of observations and genes, to say where the first bad value is.
    source
        The file's name, for the message.

    Raises
    ------
    InputError
        For a missing, infinite, negative or overflowed value.
    """
    for bad, what, remedy in (
        (np.isnan(matrix.data), "is missing (NaN)", "fill it with 0 or remove the gene"),
        (
            np.isneginf(matrix.data),
            "is minus infinity",
            "this is the logarithm of 0: give logarithms of 1 + value, or the values themselves",
        ),
        (np.isinf(matrix.data), "is infinite", "correct it or remove the gene"),
        (
            matrix.data < 0,
            "is negative",
            "scaled values and logarithms of small numbers cannot be used: give counts, TPM or log1p values",
        ),
        (matrix.data > LARGEST_COUNT, "is larger than any count (an integer overflow?)", "correct it"),
    ):
        if bad.any():
            first = int(np.argmax(bad))
            row = int(np.searchsorted(matrix.indptr, first, side="right")) - 1
            others = int(bad.sum()) - 1
            raise InputError(
                f"{source}: the value of gene '{columns[matrix.indices[first]]}' in '{rows[row]}' {what}"
                f"{f', as are {others} others' if others else ''}; {remedy}"
            )


def inverse(matrix: sp.csr_matrix, base: float) -> sp.csr_matrix:
    """Return the values whose logarithm to a base, after adding 1, the matrix holds (float64)."""
    linear = sp.csr_matrix(matrix, dtype=np.float64, copy=True)
    linear.sum_duplicates()
    linear.data = np.expm1(linear.data * np.log(base))
    return linear


def recover_counts(linear: sp.csr_matrix) -> Recovered:
    """Recover counts from library-normalised counts.

    The smallest value of each observation is taken for one count; the others are rounded to multiples of it.

    Parameters
    ----------
    linear
        Observations × genes, linear values without stored zeros.
    """
    multiples = multiples_of_smallest(linear)
    counts = np.rint(multiples)
    deviations = np.abs(multiples - counts)
    recovered = sp.csr_matrix((counts.astype(np.float32), linear.indices, linear.indptr), shape=linear.shape)
    median = float(np.median(deviations)) if len(deviations) else 0.0
    return Recovered(recovered, float(deviations.max(initial=0)), median)


def per_million(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Scale every row to a sum of a million: reads to RPM (paper, eq. 11), FPKM to TPM (eq. 12)."""
    return sp.csr_matrix(sp.diags_array(factors_to(MILLION, matrix)) @ matrix)


def per_kilobase(matrix: sp.csr_matrix, lengths: np.ndarray) -> sp.csr_matrix:
    """Divide by gene length: RPM to RPKM or FPKM (paper, eq. 9 and 10).

    Parameters
    ----------
    matrix
        Samples × genes.
    lengths
        Bases of each gene, (genes,) or samples × genes.
    """
    return sp.csr_matrix(matrix.multiply(1e3 / lengths))
