"""From checked values in any unit to a linear scale, and to counts where they are or can be recovered."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ...numerics.values import is_whole, near_whole
from .recognise import recognise
from .units import LARGEST_LOG, LOGARITHMS, inverse, per_million, recover_counts

OFFSETS = tuple(10.0**-power for power in range(1, 7))
"""Numbers that are added to values before their logarithm is taken, as UCSC Xena adds 0.001."""
LARGE_OFFSETS = (0.5, 0.25)
"""The same for log2 alone, where values are too large for log10: its minima would be those of 0.1 and 0.01."""
TOO_LARGE_FOR_LOG10 = 7.0
OFFSET_BASES = {"log2": 2.0, "log1p": np.e}
"""Bases of such logarithms; a minimum that is a power of ten's logarithm to base ten would be a whole number."""
TOLERANCE = 1e-3
"""Distance of the smallest value from an offset's logarithm, at most."""


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
    strange
        Genes whose values are in another unit, (genes,) bool: annotation.
    """

    matrix: sp.csr_matrix
    is_counts: bool
    units: dict[str, str | float]
    doubt: str
    strange: np.ndarray


def without_offset(matrix: sp.csr_matrix, unit: str | None) -> tuple[sp.csr_matrix, str]:
    """Bring back logarithms of values to which a small number was added, such as log2(x + 0.001).

    They are recognised by their smallest value, which is that number's logarithm and stands for 0.

    Parameters
    ----------
    matrix
        Observations × genes.
    unit
        Unit as the user states it; None: recognised.

    Returns
    -------
    The linear values and the logarithm in words; the matrix itself and nothing where it is no such logarithm.
    """
    smallest = matrix.data.min(initial=0)
    if not smallest < 0:
        return matrix, ""
    for name, base in OFFSET_BASES.items():
        may_be_large = name == "log2" and matrix.data.max() > TOO_LARGE_FOR_LOG10
        for offset in (*OFFSETS, *(LARGE_OFFSETS if may_be_large else ())):
            at_zero = matrix.data < np.log(offset) / np.log(base) + TOLERANCE
            if unit in (None, name) and abs(smallest - np.log(offset) / np.log(base)) < TOLERANCE and at_zero.sum() > 1:
                values = np.power(base, matrix.toarray().astype(np.float64)) - offset
                values[values < offset * TOLERANCE * 10] = 0
                return sp.csr_matrix(values), f"{'log2' if base == 2 else 'ln'}(x + {offset:g})"
    return matrix, ""


def to_linear(
    matrix: sp.csr_matrix,
    *,
    unit: str | None = None,
    bulk: bool = False,
    called_counts: bool = False,
    judges: np.ndarray | None = None,
) -> Linear:
    """Bring checked values to a linear scale, to counts where they are or can be recovered.

    Counts are recovered from logarithms where :attr:`Recovered.is_exact`. Counts with rounding noise are rounded, and
    so are counts of cells and spots with fractions, such as those corrected for ambient RNA.

    Parameters
    ----------
    matrix
        Observations × genes.
    unit
        Unit as the user states it, one of `UNITS`; None: recognised.
    bulk
        Whether the observations are bulk samples.
    called_counts
        Whether the file itself calls the values counts. They are unless a logarithm leads back to whole numbers.
    judges
        Observations whose values tell the unit, (observations,) bool; None: all.
    """
    matrix = sp.csr_matrix(matrix, dtype=np.float32)
    matrix.eliminate_zeros()
    doubt, strange = "", np.zeros(matrix.shape[1], dtype=bool)
    if unit is None and called_counts:
        unit, doubt = _called_counts(matrix)
    elif unit is None:
        unit, doubt, strange = recognise(matrix if judges is None else matrix[judges], bulk=bulk)
        matrix = matrix[:, np.flatnonzero(~strange)]
    if unit == "fpkm":
        units: dict[str, str | float] = {"input": unit, "done": "scaled to TPM"}
        return Linear(per_million(matrix).astype(np.float32), False, units, doubt, strange)
    if unit not in LOGARITHMS:
        return _as_they_are(matrix, unit, doubt, strange, bulk=bulk)
    linear = inverse(matrix, LOGARITHMS[unit])
    recovered = recover_counts(linear)
    units = {
        "input": unit,
        "done": "counts recovered" if recovered.is_exact else "brought back from the logarithm",
        "largest_deviation": recovered.largest,
        "median_deviation": recovered.median,
    }
    if recovered.is_exact:
        return Linear(recovered.counts, True, units, doubt if called_counts else "", strange)
    return Linear(linear.astype(np.float32), False, units, doubt, strange)


def _called_counts(matrix: sp.csr_matrix) -> tuple[str, str]:
    """Return the unit of values that their file calls counts, and the doubt."""
    if not near_whole(matrix.data).all():
        for unit, base in LOGARITHMS.items():
            can_be = matrix.data.max() <= LARGEST_LOG and recover_counts(inverse(matrix, base)).is_exact
            if can_be:
                return unit, f"the layer called counts holds {unit} values, from which whole numbers are recovered"
    return "counts", ""


def _as_they_are(matrix: sp.csr_matrix, unit: str, doubt: str, strange: np.ndarray, *, bulk: bool) -> Linear:
    are_whole = near_whole(matrix.data).all()
    if unit == "counts" and (are_whole or not bulk) and not is_whole(matrix.data):
        rounded = sp.csr_matrix((np.rint(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)
        rounded.eliminate_zeros()
        return Linear(rounded, True, {"input": unit, "done": "fractions rounded to whole numbers"}, doubt, strange)
    return Linear(matrix, unit == "counts" and bool(are_whole), {"input": unit, "done": "none"}, doubt, strange)
