"""The unit of expression values, recognised by the bulk of them and never by a single one."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ...numerics.scaling import totals
from ...numerics.values import by_row, multiples_of_smallest, near_whole
from .units import LARGEST_COUNT, LARGEST_LOG, LOGARITHMS, MILLION, inverse, recover_counts

SPREAD_OF_EQUAL_TOTALS = 1e-3
"""Relative spread of the totals of a library-normalised table, at most."""
SPREAD_OF_ALIKE_TOTALS = 0.05
"""The same of a library-normalised table that has lost some genes since."""
FEWEST_ALIKE = 5
"""The totals of fewer observations may be alike, though not equal, by chance."""
SPREAD_OF_EXACT_TOTALS = 1e-4
"""The same where other values have like totals by chance: logarithms, and expected counts of few samples."""
ROUND_TOTALS = (1.0, 100.0, 1e4)
"""Totals of proportions, percentages and counts per 10 000, which speak for linear values even of one observation."""
CLEARLY_SMALLER = 0.5
"""A spread at most this multiple of the next one decides between two units."""
DISTANCE_FROM_MILLION = 0.01
"""Relative distance from a million, at most, of totals that are meant to be a million."""
TOTAL_OF_EXPECTED_COUNTS = 2e6
"""A bulk's fractional values that sum to more than this are expected counts, as salmon and RSEM give them."""
DOUBTFUL_TOTALS = (1e6, 1e7)
"""Totals between which expected counts and FPKM are hard to tell apart."""
FEW_GENES = 0.01
"""So few of the genes may hold other values than all the rest; then they are annotation."""
MOST_ANNOTATION = 20
"""More columns of annotation than this do not stand among genes: every linear table has more highly expressed genes."""
FEWEST_VALUES = 20
"""Values of an observation, at least, for their distribution to say anything."""
LARGEST_SHARE = 0.9
"""Of the expression of a typical observation, one gene does not hold more."""
AT_FLOOR = 0.01
"""Proportion of the values that are the same smallest one, at least, where it stands for genes without expression."""
HARDLY_ANY_WHOLE = 5e-3
"""Proportion of whole numbers in a table of logarithms, at most, beside which a gene of whole numbers is annotation."""
MANY_WHOLE = 0.1
"""Proportion of whole numbers above 0 that logarithms do not have."""
NEARLY_ALL = 0.97
"""Proportion of values that lie near multiples of the smallest one of their observation: counts behind logarithms that
were stored with few decimals."""
NEAR = 0.1
"""Distance from a multiple, at most, of such a value."""
SMALL_COUNT = 30
"""Above this, rounding hides what is a multiple."""
MANY_DIFFERENT = 0.5
"""Different values of an observation over all its values: logarithms of counts repeat, corrected counts do not."""
LONG_TAIL = 8.0
"""Largest over median value above 0: logarithms do not reach so far."""


class Recognised(NamedTuple):
    """What values were recognised as.

    Attributes
    ----------
    unit
        ``counts``, ``tpm``, ``fpkm``, ``linear`` or a logarithm (``log1p``, ``log2``, ``log10``).
    doubt
        Why it may be wrong, as the first half of a sentence; empty where there is no doubt.
    strange
        Genes whose values cannot be in this unit, (genes,) bool: annotation.
    """

    unit: str
    doubt: str
    strange: np.ndarray


def recognise(matrix: sp.csr_matrix, *, bulk: bool = False) -> Recognised:
    """Recognise the unit of non-negative values.

    Whole numbers are counts, also with rounding noise. Fractions up to 24 are logarithms, unless their totals are equal
    as they are or there is evidence for fractional counts. The base of logarithms is the one that leads back to counts. Where none does, it is
    the one that makes the totals of all observations most alike, since a library-normalised table has equal totals.
    Larger fractions are CPM/TPM-like where the totals are equal or about a million. Otherwise, in a bulk, they are
    expected counts (large totals) or FPKM/RPKM. Up to one gene in a hundred may differ from the others.

    Parameters
    ----------
    matrix
        Observations × genes, without stored zeros.
    bulk
        Whether the observations are bulk samples.
    """
    nothing = np.zeros(matrix.shape[1], dtype=bool)
    are_whole = near_whole(matrix.data)
    if are_whole.all():
        return Recognised("counts", "", nothing)
    fractional = _genes_with(matrix, ~are_whole)
    if _are_few(fractional):
        whole_values = np.bincount(matrix.indices[are_whole], minlength=matrix.shape[1])
        return Recognised("counts", "", fractional & (whole_values < matrix.getnnz(axis=0) / 2))
    whole = _whole_genes(matrix, fractional)
    if _are_few(whole):
        found = recognise(matrix[:, np.flatnonzero(~whole)], bulk=bulk)
        strange = whole.copy()
        strange[~whole] = found.strange
        return found._replace(strange=strange) if found.unit in LOGARITHMS else found._replace(strange=nothing)
    large = _genes_with(matrix, matrix.data > LARGEST_LOG)
    unit, doubt = _linear_values(matrix, bulk=bulk)
    if not large.any():
        logarithm, doubt = _small_values(matrix, bulk=bulk)
        return Recognised(unit if logarithm == "linear" else logarithm, doubt, nothing)
    if unit != "tpm" and _are_few(large):
        logarithm, uncertain = _small_values(matrix[:, np.flatnonzero(~large)], bulk=bulk)
        if logarithm in LOGARITHMS and (bulk or not uncertain):
            return Recognised(logarithm, uncertain, large)
    return Recognised(unit, doubt, nothing)


def _genes_with(matrix: sp.csr_matrix, values: np.ndarray) -> np.ndarray:
    """Tell which genes have any of the values, given by position in ``matrix.data``."""
    return np.bincount(matrix.indices[values], minlength=matrix.shape[1]) > 0


def _whole_genes(matrix: sp.csr_matrix, fractional: np.ndarray) -> np.ndarray:
    """Tell which genes have many values, all whole, where the others have none or hardly any."""
    whole = ~fractional & (matrix.getnnz(axis=0) >= FEWEST_VALUES)
    of_others = ~whole[matrix.indices]
    are_whole = (matrix.data == np.rint(matrix.data))[of_others]
    return whole if are_whole.size and are_whole.mean() < HARDLY_ANY_WHOLE else np.zeros_like(whole)


def _are_few(genes: np.ndarray) -> bool:
    return len(genes) >= FEWEST_VALUES and 0 < genes.sum() <= np.clip(FEW_GENES * len(genes), 1, MOST_ANNOTATION)


def _linear_values(matrix: sp.csr_matrix, *, bulk: bool) -> tuple[str, str]:
    sums = totals(matrix)
    sums = sums[sums > 0]
    total = np.median(sums)
    may_be_counts = bulk and total > TOTAL_OF_EXPECTED_COUNTS  # of which few samples may have like totals by chance
    largest_spread = SPREAD_OF_EXACT_TOTALS if may_be_counts else SPREAD_OF_EQUAL_TOTALS
    are_equal = min(_spread(sums), _from_round(sums)) < largest_spread
    if are_equal or np.abs(sums / MILLION - 1).max() < DISTANCE_FROM_MILLION:
        return "tpm", ""
    if not bulk:
        return "linear", ""
    unit = "counts" if total > TOTAL_OF_EXPECTED_COUNTS else "fpkm"
    doubt = f"values are taken for {'expected counts' if unit == 'counts' else 'FPKM'} by their total of {total:.3g}"
    return unit, doubt if DOUBTFUL_TOTALS[0] < total < DOUBTFUL_TOTALS[1] else ""


def _small_values(matrix: sp.csr_matrix, *, bulk: bool) -> tuple[str, str]:
    """Tell logarithms from small linear values, and their bases from one another."""
    largest = matrix.data.max()
    bases = {unit: base for unit, base in LOGARITHMS.items() if largest <= np.log1p(LARGEST_COUNT) / np.log(base)}
    bases = bases or {"log2": 2.0}
    linear = {unit: inverse(matrix, base) for unit, base in bases.items()}
    floor = _floor(matrix) if bulk else 0.0
    if floor:
        return "log2", (
            f"their smallest value {floor:.3g} stands for 0 in many genes, as after DESeq2's vst, so they are taken "
            f"for log2 and genes of low expression are overestimated: give counts if there are any"
        )
    for unit, values in linear.items():
        if recover_counts(values).is_exact:
            return unit, ""
    own_totals = totals(matrix)[totals(matrix) > 0]
    is_round = _from_round(own_totals) < SPREAD_OF_EQUAL_TOTALS
    near = {"tpm": _near_whole(matrix)} if is_round else {}  # else it may be a matter of few decimals
    near |= {unit: _near_whole(values) for unit, values in linear.items()}
    best = max(near, key=lambda unit: near[unit])
    if near[best] > NEARLY_ALL:
        return best, ""
    # the totals of quantile-normalised logarithms are all equal too, so equal ones do not differ in how equal they are
    spread = {"tpm": 0.0 if is_round else max(_spread(own_totals), SPREAD_OF_EXACT_TOTALS)}
    within = _within_a_million(linear, largest)
    spread |= {unit: _distance_from_normalised(totals(linear[unit])) for unit in within}
    best, second, *_others = sorted(spread, key=lambda unit: spread[unit])
    largest_spread = SPREAD_OF_EXACT_TOTALS if best == "tpm" else SPREAD_OF_ALIKE_TOTALS
    if spread[best] <= largest_spread and spread[best] < CLEARLY_SMALLER * spread[second]:
        unsure = best == "tpm" and not is_round and bulk and matrix.shape[0] < FEWEST_ALIKE
        return best, "values are taken for CPM/TPM-like by their equal totals" if unsure else ""
    evidence = _against_logarithms(matrix, bulk=bulk)
    usual = sorted(within, key=lambda unit: unit != "log2") if bulk else within
    possible = [unit for unit in usual if _largest_share(linear[unit]) <= LARGEST_SHARE]
    if evidence or not possible:
        evidence = evidence or "as logarithms, one gene would hold nearly all expression of a sample"
        return "linear", f"values are taken for fractional counts or another linear unit, because {evidence}"
    return possible[0], f"values are taken for {possible[0]} by their range alone"


def _floor(matrix: sp.csr_matrix) -> float:
    """Return the smallest value above 1 that many genes without expression have in each sample; 0 where it is none."""
    if matrix.nnz < matrix.shape[0] * matrix.shape[1]:
        return 0.0
    smallest = matrix.data.min()
    at_floor = (matrix.data == smallest).mean()
    return float(smallest) if smallest > 1 and at_floor >= AT_FLOOR else 0.0


def _within_a_million(units: Iterable[str], largest: float) -> list[str]:
    """Return the logarithms that lead to no more than a million, to which libraries are scaled at most."""
    return [unit for unit in units if largest <= np.log1p(MILLION) / np.log(LOGARITHMS[unit])] or ["log2"]


def _distance_from_normalised(sums: np.ndarray) -> float:
    """Return how far the totals are from being equal, or from a million where they are near it."""
    spread, near_million = _spread(sums[sums > 0]), np.abs(sums / MILLION - 1).max()
    if len(sums) < FEWEST_ALIKE and spread > SPREAD_OF_EQUAL_TOTALS:
        spread = np.inf
    near_million = near_million if near_million < DISTANCE_FROM_MILLION else np.inf
    return float(max(min(spread, near_million), SPREAD_OF_EXACT_TOTALS))


def _near_whole(linear: sp.csr_matrix) -> float:
    """Return the proportion of small multiples of their observation's smallest value that are nearly whole."""
    multiples = multiples_of_smallest(linear)
    small = multiples[(multiples > 1.0 + NEAR) & (multiples < SMALL_COUNT)]
    return float((np.abs(small - np.rint(small)) < NEAR).mean()) if len(small) >= FEWEST_VALUES else 0.0


def _against_logarithms(matrix: sp.csr_matrix, *, bulk: bool) -> str:
    """Return what speaks against logarithms, as the end of a sentence; empty where nothing does.

    A long tail does so in cells alone: most genes of a bulk have small values, so those of log2(FPKM + 1) reach far
    beyond their median.
    """
    whole = float(near_whole(matrix.data).mean())
    if whole >= MANY_WHOLE:
        return f"{whole:.0%} of them are whole numbers"
    tail = matrix.data.max() / np.median(matrix.data)
    has_many = matrix.nnz / matrix.shape[0] >= FEWEST_VALUES
    if not bulk and has_many and tail > LONG_TAIL and _different(matrix) > MANY_DIFFERENT:
        return f"the largest is {tail:.0f} times the median and few are equal"
    return ""


def _different(matrix: sp.csr_matrix) -> float:
    """Return the median over observations of the number of different values over that of all values above 0."""
    return float(np.median([len(np.unique(row)) / len(row) for row in by_row(matrix) if len(row)]))


def _largest_share(matrix: sp.csr_matrix) -> float:
    """Return the median over observations of the proportion of the total that the largest value holds."""
    sizes = np.diff(matrix.indptr)
    if not (sizes >= FEWEST_VALUES).any():
        return 0.0
    rows = matrix[np.flatnonzero(sizes >= FEWEST_VALUES)]
    return float(np.median(rows.max(axis=1).toarray().ravel() / totals(rows)))


def _from_round(sums: np.ndarray) -> float:
    """Return the largest relative distance of the totals from that round one which they are nearest to."""
    return min(float(np.abs(sums / total - 1).max()) for total in ROUND_TOTALS)


def _spread(sums: np.ndarray) -> float:
    """Return the standard deviation of the totals over their mean; infinite for a single one."""
    return float(sums.std() / sums.mean()) if len(sums) > 1 else np.inf
