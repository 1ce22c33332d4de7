"""The linear model of a cohort: which samples it takes, which columns it has, and which of them are tested."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..contract import remarks
from ..contract.comparisons import CONDITION, FEWEST_OF_GROUP, FEWEST_SAMPLES, is_person, varying
from ..contract.problems import few
from .regression import ALMOST_ONE

log = logging.getLogger(__name__)

Value = float | str | None
SOME_WEIGHT = 1e-6  # of the largest weight of a sample in a coefficient: smaller ones are rounding
LEAST_FREEDOM = 3  # samples more than coefficients that a model needs


class Term(NamedTuple):
    """One tested column of the model.

    Attributes
    ----------
    name
        ``condition[tumour]``, or the covariate's name where it is a number.
    against
        The word that others are compared with: the first of the samplesheet; empty for a number.
    column
        Its place in the model.
    unit
        By how much of a number the column rises when it rises by 1; 1 for words.
    """

    name: str
    against: str
    column: int
    unit: float = 1.0


class Design(NamedTuple):
    """A linear model.

    Attributes
    ----------
    matrix
        Samples × coefficients; the first column is 1. Numbers have mean 0 and standard deviation 1: beside large ones,
        such as dates, the others would be lost to rounding.
    terms
        What is tested.
    """

    matrix: np.ndarray
    terms: list[Term]


def design(
    factors: Sequence[Mapping[str, Value]], cohort: str, *, everyone: Sequence[Mapping[str, Value]] | None = None
) -> Design:
    """Return the model of samples, of which each has every factor that varies.

    Persons first, then condition, then covariates as in the samplesheet. A factor that the model cannot tell from those
    before it, or that leaves too few degrees of freedom, is left out with a remark. A word of few samples is in the
    model, and is not tested.

    Parameters
    ----------
    factors
        Condition and covariates of each sample, by name.
    cohort
        Name of the cohort, for remarks.
    everyone
        The same of all samples, in the order of the samplesheet: the first word there is what others are compared with,
        whichever samples are left out. None: there are no others.
    """
    matrix = np.ones((len(factors), 1))
    terms: list[Term] = []
    if len(factors) < FEWEST_SAMPLES and varying(everyone or factors):
        _untested(cohort, f"{len(factors)} samples can be compared, at least {FEWEST_SAMPLES} are needed")
        return Design(matrix, terms)
    taken: dict[str, np.ndarray] = {}
    for name in sorted(varying(factors), key=is_person, reverse=True):
        values = [sample[name] for sample in factors]
        order = dict.fromkeys(sample[name] for sample in everyone or factors)
        columns, tested = _columns(name, values, order, matrix.shape[1], cohort)
        wider = np.column_stack([matrix, columns])
        if len(factors) - wider.shape[1] < LEAST_FREEDOM:
            size = f"has {columns.shape[1] + 1} words" if isinstance(values[0], str) else "is one more factor"
            beside = f" beside {' and '.join(taken)}" if taken else ""
            _untested(cohort, f"{name} {size}, too many for {len(factors)} samples{beside}", name)
        elif not _has_full_rank(wider):
            told = _same(columns, taken)
            _untested(
                cohort, f"{name} cannot be told from {told}: samples that differ in one differ in the other", name
            )
        else:
            matrix, terms, taken = wider, terms + tested, taken | {name: columns}
    return Design(matrix, _resting_on_several(matrix, terms, cohort))


def _resting_on_several(matrix: np.ndarray, terms: list[Term], cohort: str) -> list[Term]:
    """Return the terms that could still be told from the other columns without any one sample.

    If a batch holds tumours and a single normal sample, and another batch the other normal samples, then tumour and
    batch are told apart by that sample alone. The model follows it wherever it is, so nothing says how far it may err.
    """
    leverage = (np.linalg.qr(matrix)[0] ** 2).sum(axis=1)
    towards = np.abs(np.linalg.pinv(matrix))  # from responses to coefficients
    alone = (towards > SOME_WEIGHT * towards.max(axis=1, keepdims=True))[:, leverage > ALMOST_ONE].any(axis=1)
    for term in terms:
        if alone[term.column]:
            reason = f"{term.name} can be told from the other factors by one sample alone"
            _untested(cohort, reason, term.name.split("[", 1)[0])
    return [term for term in terms if not alone[term.column]]


def note_constant(factors: Sequence[Mapping[str, Value]], cohort: str) -> None:
    """Remark on factors that are given and do not vary."""
    given = dict.fromkeys(name for sample in factors for name, value in sample.items() if value is not None)
    for name in given:
        if name not in varying(factors):
            _untested(cohort, f"{name} is the same in all samples", name)


def _columns(
    name: str, values: list[Value], order: Iterable[Value], start: int, cohort: str
) -> tuple[np.ndarray, list[Term]]:
    """Return a factor's columns, samples × (1 or words but the first), and those of them that are tested."""
    if not isinstance(values[0], str):
        given = np.array(values, dtype=float)
        unit = float(given.std())
        numbers = (given - given.mean()) / unit
        if len(values) - Counter(values).most_common(1)[0][1] < FEWEST_OF_GROUP:
            _untested(cohort, f"{name} is the same in all but fewer than {FEWEST_OF_GROUP} samples", name)
            return numbers[:, None], []
        return numbers[:, None], [Term(name, "", start, unit)]
    counted = Counter(values)
    sizes = {word: counted[word] for word in order if word in counted}
    control = next((word for word in order if word is not None), None)  # in the samplesheet, of whichever samples
    first, *others = sizes
    columns = np.column_stack([np.array([value == other for value in values], dtype=float) for other in others])
    small = [str(word) for word, size in sizes.items() if size < FEWEST_OF_GROUP]
    if control in small or control not in sizes:
        reason = f"{name} '{control}' is first in the samplesheet, and has fewer than {FEWEST_OF_GROUP} samples"
        _untested(cohort, f"{reason} to compare others with", name)
        return columns, []
    if small:
        _untested(cohort, f"{name} {few(small)} has fewer than {FEWEST_OF_GROUP} samples", name)
    named = [(place, other) for place, other in enumerate(others) if other not in small]
    return columns, [Term(f"{name}[{other}]", str(first), start + place) for place, other in named]


def _same(columns: np.ndarray, taken: Mapping[str, np.ndarray]) -> str:
    """Return the first factor that alone explains the columns of another; all of them where none does alone."""
    constant = np.ones((len(columns), 1))
    alone = [name for name, of in taken.items() if not _has_full_rank(np.column_stack([constant, of, columns]))]
    return alone[0] if alone else " and ".join(taken)


def _has_full_rank(matrix: np.ndarray) -> bool:
    """Tell whether no column behind the first, which is 1, follows from others; units do not matter."""
    moved = matrix - np.where(np.arange(matrix.shape[1]) > 0, matrix.mean(axis=0), 0)
    return np.linalg.matrix_rank(moved / np.linalg.norm(moved, axis=0)) == matrix.shape[1]


def _untested(cohort: str, reason: str, factor: str = CONDITION) -> None:
    remarks.warn(log, "not_tested", f"{reason}; not tested", subject=cohort, factor=factor)
