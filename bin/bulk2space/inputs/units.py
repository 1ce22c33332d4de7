"""Units of expression values: recognised, checked and brought to counts or linear values."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..contract.problems import InputError
from ..numerics.scaling import factors_to, totals

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
SPREAD_OF_EQUAL_TOTALS = 1e-3
"""Relative spread of the totals of a library-normalised table, at most."""
SPREAD_OF_ALIKE_TOTALS = 0.05
"""The same of a library-normalised table that has lost some genes since."""
CLEARLY_SMALLER = 0.5
"""A spread at most this multiple of the next one decides between two units."""
DISTANCE_FROM_MILLION = 0.01
"""Relative distance from a million, at most, of totals that are meant to be a million."""
TOTAL_OF_EXPECTED_COUNTS = 2e6
"""A bulk's fractional values that sum to more than this are expected counts, as salmon and RSEM give them."""
DOUBTFUL_TOTALS = (1e6, 1e7)
"""Totals between which expected counts and FPKM are hard to tell apart."""
LARGEST_DEVIATION = 0.25
"""Distance from a whole number, at most, of every recovered count."""
MEDIAN_DEVIATION = 1e-3
"""Distance from a whole number, at most, of half the recovered counts."""


class Linear(NamedTuple):
    """Values brought to a linear scale.

    Attributes
    ----------
    matrix
        Observations × genes, float32; counts where ``is_counts``.
    is_counts
        Whether the values are counts.
    units
        What came in and what was done, for ``uns["units"]``.
    doubt
        Why the recognised unit may be wrong, as the first half of a sentence; empty where there is no doubt.
    """

    matrix: sp.csr_matrix
    is_counts: bool
    units: dict[str, str | float]
    doubt: str


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
        (np.isinf(matrix.data), "is infinite", "correct it or remove the gene"),
        (matrix.data < 0, "is negative", "scaled values cannot be used: give counts or log1p values"),
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


def recognise(matrix: sp.csr_matrix, *, bulk: bool = False) -> tuple[str, str]:
    """Recognise the unit of non-negative values.

    Whole numbers are counts. Fractions up to 24 are logarithms, unless their totals are equal as they are. The base of
    logarithms is the one that leads back to counts. Where none does, it is the one that makes the totals of all
    observations most alike, since a library-normalised table has equal totals.
    Larger fractions are CPM/TPM-like where the totals are equal or about a million. Otherwise, in a bulk, they are
    expected counts (large totals) or FPKM/RPKM.

    Parameters
    ----------
    matrix
        Observations × genes, without stored zeros.
    bulk
        Whether the observations are bulk samples.

    Returns
    -------
    ``counts``, ``tpm``, ``fpkm``, ``linear`` or a logarithm (``log1p``, ``log2``, ``log10``);
    and the doubt, as of :class:`Linear`.
    """
    if not matrix.nnz or np.array_equal(matrix.data, np.rint(matrix.data)):
        return "counts", ""
    if matrix.data.max() <= LARGEST_LOG:
        return _small_values(matrix)
    sums = totals(matrix)
    if _spread(sums) < SPREAD_OF_EQUAL_TOTALS or np.abs(sums / MILLION - 1).max() < DISTANCE_FROM_MILLION:
        return "tpm", ""
    if not bulk:
        return "linear", ""
    total = np.median(sums)
    unit = "counts" if total > TOTAL_OF_EXPECTED_COUNTS else "fpkm"
    doubt = f"values are taken for {'expected counts' if unit == 'counts' else 'FPKM'} by their total of {total:.3g}"
    return unit, doubt if DOUBTFUL_TOTALS[0] < total < DOUBTFUL_TOTALS[1] else ""


def _small_values(matrix: sp.csr_matrix) -> tuple[str, str]:
    """Tell logarithms from small linear values, and their bases from one another."""
    largest = matrix.data.max()
    # libraries are scaled to a million at most, so no gene has more than that
    bases = {unit: base for unit, base in LOGARITHMS.items() if largest <= np.log1p(MILLION) / np.log(base)}
    bases = bases or {"log2": 2.0}
    spread = {"tpm": _spread(totals(matrix))}
    for unit, base in bases.items():
        linear = inverse(matrix, base)
        if recover_counts(linear).is_exact:
            return unit, ""
        sums = totals(linear)
        near_million = np.abs(sums / MILLION - 1).max()
        spread[unit] = min(_spread(sums[sums > 0]), near_million if near_million < DISTANCE_FROM_MILLION else np.inf)
    best, second, *_others = sorted(spread, key=lambda unit: spread[unit])
    largest_spread = SPREAD_OF_EQUAL_TOTALS if best == "tpm" else SPREAD_OF_ALIKE_TOTALS
    if spread[best] < largest_spread and spread[best] < CLEARLY_SMALLER * spread[second]:
        return best, ""
    guess = next(iter(bases))
    return guess, f"values are taken for {guess} by their range alone"


def _spread(sums: np.ndarray) -> float:
    """Return the standard deviation of the totals over their mean; infinite for a single one."""
    return float(sums.std() / sums.mean()) if len(sums) > 1 else np.inf


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
    filled = np.diff(linear.indptr) > 0
    unit = np.ones(linear.shape[0])
    unit[filled] = np.minimum.reduceat(linear.data, linear.indptr[:-1][filled])
    multiples = linear.data / np.repeat(unit, np.diff(linear.indptr))
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


def to_linear(matrix: sp.csr_matrix, *, unit: str | None = None, bulk: bool = False) -> Linear:
    """Bring checked values to a linear scale, to counts where they are or can be recovered.

    Counts are recovered from logarithms where :attr:`Recovered.is_exact`.

    Parameters
    ----------
    matrix
        Observations × genes.
    unit
        Unit as the user states it, one of `UNITS`; None: recognised.
    bulk
        Whether the observations are bulk samples.
    """
    matrix = sp.csr_matrix(matrix, dtype=np.float32)
    matrix.eliminate_zeros()
    doubt = ""
    if unit is None:
        unit, doubt = recognise(matrix, bulk=bulk)
    if unit == "fpkm":
        return Linear(per_million(matrix).astype(np.float32), False, {"input": unit, "done": "scaled to TPM"}, doubt)
    if unit not in LOGARITHMS:
        whole = unit == "counts" and np.array_equal(matrix.data, np.rint(matrix.data))
        return Linear(matrix, bool(whole), {"input": unit, "done": "none"}, doubt)
    linear = inverse(matrix, LOGARITHMS[unit])
    recovered = recover_counts(linear)
    units: dict[str, str | float] = {
        "input": unit,
        "done": "counts recovered" if recovered.is_exact else "brought back from the logarithm",
        "largest_deviation": recovered.largest,
        "median_deviation": recovered.median,
    }
    if recovered.is_exact:
        return Linear(recovered.counts, True, units, "")
    return Linear(linear.astype(np.float32), False, units, doubt)
