"""Samples that are independent of each other: of one bulk column, and of one person, tests count only one."""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from ..contract import remarks
from ..contract.comparisons import CONDITION, is_person, varying
from ..contract.problems import few

log = logging.getLogger(__name__)

Value = float | str | None


class Joined(NamedTuple):
    """Samples as they are tested.

    Attributes
    ----------
    factors
        Condition and covariates of each unit, by its name: a sample, or a person.
    unit
        Name of the unit of each sample, by the sample.
    """

    factors: dict[str, Mapping[str, Value]]
    unit: pd.Series

    def means(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the mean of each unit's rows from a table of samples × anything."""
        return table.groupby(self.unit[table.index].to_numpy(), sort=False).mean().loc[list(self.factors)]


def copies(
    factors: Mapping[str, Mapping[str, Value]], columns: Mapping[str, str], out: Mapping[str, str]
) -> dict[str, str]:
    """Return samples that are the same bulk column as another, which then stands for all, with the reason.

    Parameters
    ----------
    factors
        Condition and covariates by sample, in the order of the samplesheet.
    columns
        Column of the bulk by sample.
    out
        Samples that take no part for another reason.
    """
    same: dict[str, list[str]] = {}
    for name in factors:
        if name not in out:
            same.setdefault(columns[name], []).append(name)
    found: dict[str, str] = {}
    for column, names in same.items():
        first, *others = names
        if all(factors[name] == factors[first] for name in others):
            found |= dict.fromkeys(others, f"its bulk column {column} is that of {first}, which counts once")
        else:
            reason = f"{few(names)} have the bulk column {column}, and not the same condition and covariates"
            found |= dict.fromkeys(names, reason)
    return found


def joined(factors: Mapping[str, Mapping[str, Value]], cohort: str) -> Joined:
    """Return samples as tests count them: those of one person as one where each person has one condition.

    Where a person has several conditions, the model compares them within the person instead.

    Parameters
    ----------
    factors
        Condition and covariates by sample, of the samples that take part.
    cohort
        Name of the cohort, for remarks.
    """
    samples = list(factors.values())
    alone = pd.Series(list(factors), list(factors))
    person = next((name for name in varying(samples) if is_person(name)), None)
    if person is None:
        return Joined(dict(factors), alone)
    unit = pd.Series([str(of_sample[person]) for of_sample in samples], list(factors))
    within = [name for name in varying(samples) if name != person and _differs(samples, person, name)]
    if unit.is_unique or CONDITION in within or len(within) == len(varying(samples)) - 1:
        return Joined(dict(factors), alone)
    sentence = (
        f"{len(unit)} samples are of {unit.nunique()} different {person}: samples of one are not independent, so tests "
        f"count them once, by their mean"
    )
    remarks.warn(log, "samples_joined", sentence, subject=cohort, samples=len(unit), units=int(unit.nunique()))
    if within:
        sentence = f"{', '.join(within)} differ between samples of one {person}; not tested"
        remarks.warn(log, "not_tested", sentence, subject=cohort, factor=within[0])
    kept = {
        word: {name: value for name, value in of_sample.items() if name not in (person, *within)}
        for word, of_sample in reversed(list(zip(unit, samples, strict=True)))
    }
    return Joined({word: kept[word] for word in dict.fromkeys(unit)}, unit)


def _differs(samples: Sequence[Mapping[str, Value]], person: str, name: str) -> bool:
    """Tell whether a factor has different values among the samples of one person."""
    pairs = {(of_sample[person], of_sample[name]) for of_sample in samples}
    return len(pairs) > len({of_person for of_person, _value in pairs})
