"""Units of expression values: recognised, checked and brought to counts or linear values."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..contract.problems import InputError
from ..numerics.scaling import factors_to, totals

LOGARITHMS = {"log1p": np.e, "log2": 2.0, "log10": 10.0}
"""Units that are logarithms of 1 + value, with their bases."""
UNITS = ("counts", "tpm", "fpkm", *LOGARITHMS)
"""What a user may say of a file; ``linear`` is what is left when nothing else is recognised."""
IN_WORDS = {"tpm": "CPM/TPM-like", "fpkm": "FPKM/RPKM"}

MILLION = 1e6
LARGEST_LOG = 24.0
"""Values above are no logarithms: log2 of 16 million."""
LARGEST_COUNT = 1e9
"""Larger values are integers that overflowed."""
EQUAL, ALIKE = 1e-3, 0.05
"""Relative spreads of totals: of a library-normalised table, and of one that lost some genes since."""
NEAR_MILLION = 0.01
EXPECTED_COUNTS = 2e6
"""A bulk's fractional values that sum to more than this are expected counts, as salmon and RSEM give them."""
DOUBTFUL_TOTALS = (1e6, 1e7)
"""Totals between which expected counts and FPKM are hard to tell apart."""
DEVIATION_LARGEST = 0.25
DEVIATION_MEDIAN = 1e-3


class Linear(NamedTuple):
    """Values brought to a linear scale."""

    matrix: sp.csr_matrix
    """Observations × genes, float32; counts where ``is_counts``."""
    is_counts: bool
    units: dict[str, str | float]
    """What came in and what was done, for ``uns[Uns.UNITS]``."""
    doubt: str
    """What a user should know of a guess; empty when there is none."""


class Recovered(NamedTuple):
    """Counts read off normalised values."""

    counts: sp.csr_matrix
    """Observations × genes, float32, whole numbers."""
    largest: float
    """The largest distance of a multiple of the smallest value from a whole number."""
    median: float
    """The median of these distances."""

    @property
    def is_exact(self) -> bool:
        """Whether the values were counts once."""
        return self.largest < DEVIATION_LARGEST and self.median < DEVIATION_MEDIAN


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
        For a missing, infinite, negative or overflown value.
    """
    for bad, what, remedy in (
        (np.isnan(matrix.data), "is missing (NaN)", "fill it with 0 or leave the gene out"),
        (np.isinf(matrix.data), "is infinite", "correct it or leave the gene out"),
        (matrix.data < 0, "is negative", "scaled values cannot be brought back: give counts or log1p values"),
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

    Whole numbers are counts. Fractions up to 24 are logarithms; their base is the one that leads back to counts, else
    the one that makes the totals of all observations most alike (a library-normalised table has equal totals), unless
    the totals are equal as they stand.
    Larger fractions are CPM/TPM-like where the totals are equal or a round million, and otherwise, in a bulk, expected
    counts (large totals) or FPKM/RPKM.

    Parameters
    ----------
    matrix
        Observations × genes, without stored zeros.
    bulk
        Whether the observations are bulk samples.

    Returns
    -------
    ``counts``, ``tpm``, ``fpkm``, ``linear`` or a logarithm (``log1p``, ``log2``, ``log10``);
    and, where that is a guess, a sentence's worth of doubt.
    """
    if not matrix.nnz or np.array_equal(matrix.data, np.rint(matrix.data)):
        return "counts", ""
    if matrix.data.max() <= LARGEST_LOG:
        return _small_values(matrix)
    sums = totals(matrix)
    if _alike(sums) < EQUAL or np.abs(sums / MILLION - 1).max() < NEAR_MILLION:
        return "tpm", ""
    if not bulk:
        return "linear", ""
    total = np.median(sums)
    unit = "counts" if total > EXPECTED_COUNTS else "fpkm"
    said = f"values are taken for {'expected counts' if unit == 'counts' else 'FPKM'} by their total of {total:.3g}"
    return unit, said if DOUBTFUL_TOTALS[0] < total < DOUBTFUL_TOTALS[1] else ""


def _small_values(matrix: sp.csr_matrix) -> tuple[str, str]:
    """Tell logarithms from small linear values, and their bases from one another."""
    largest = matrix.data.max()
    # no gene holds more than the million that a library is at most scaled to
    bases = {unit: base for unit, base in LOGARITHMS.items() if largest <= np.log1p(MILLION) / np.log(base)}
    bases = bases or {"log2": 2.0}
    spread = {"tpm": _alike(totals(matrix))}
    for unit, base in bases.items():
        linear = inverse(matrix, base)
        if recover_counts(linear).is_exact:
            return unit, ""
        sums = totals(linear)
        near_million = np.abs(sums / MILLION - 1).max()
        spread[unit] = min(_alike(sums[sums > 0]), near_million if near_million < NEAR_MILLION else np.inf)
    best, second, *_others = sorted(spread, key=spread.get)
    if spread[best] < (EQUAL if best == "tpm" else ALIKE) and spread[best] < 0.5 * spread[second]:
        return best, ""
    guess = next(iter(bases))
    return guess, f"values are taken for {guess} by their range alone"


def _alike(sums: np.ndarray) -> float:
    """Return the relative spread of the totals; infinite for a single one."""
    return float(sums.std() / sums.mean()) if len(sums) > 1 else np.inf


def inverse(matrix: sp.csr_matrix, base: float) -> sp.csr_matrix:
    """Return the values whose logarithm to a base, after adding 1, the matrix holds (float64)."""
    linear = sp.csr_matrix(matrix, dtype=np.float64, copy=True)
    linear.sum_duplicates()
    linear.data = np.expm1(linear.data * np.log(base))
    return linear


def recover_counts(linear: sp.csr_matrix) -> Recovered:
    """Recover counts from library-normalised counts.

    An observation's smallest value is taken for one count; the others are rounded multiples of it.

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

    Counts are recovered from log values when the largest deviation from an integer stays under 0.25 and the median
    under 0.001.

    Parameters
    ----------
    matrix
        Observations × genes.
    unit
        What the user says of the file, one of `UNITS`; None: recognised.
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
    deviations = {"largest_deviation": recovered.largest, "median_deviation": recovered.median}
    if recovered.is_exact:
        return Linear(recovered.counts, True, {"input": unit, "done": "counts recovered", **deviations}, "")
    done = {"input": unit, "done": "brought back from the logarithm", **deviations}
    return Linear(linear.astype(np.float32), False, done, doubt)
