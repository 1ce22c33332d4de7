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
        Condition and covariates of each unit, by the name of its first sample.
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

    Where a person has several conditions, the model compares them within the person instead, and those of one person
    and condition are one. Without conditions, covariates that all differ within persons are treated alike.

    Parameters
    ----------
    factors
        Condition and covariates by sample, of the samples that take part.
    cohort
        Name of the cohort, for remarks.
    """
    samples = list(factors.values())
    person = next((name for name in varying(samples) if is_person(name)), None)
    others = [name for name in varying(samples) if name != person]
    within = [name for name in others if person and _differs(samples, [person], name)]
    compared = [CONDITION] if CONDITION in within else within if within == others else []
    same = [person, *compared] if person and others else []
    first: dict[tuple[Value, ...], str] = {}
    unit = pd.Series(
        {
            name: first.setdefault(tuple(of_sample[key] for key in same), name) if same else name
            for name, of_sample in factors.items()
        },
        dtype=object,
    )
    if unit.is_unique:
        return Joined(dict(factors), unit)
    one = " and ".join(same)
    sentence = (
        f"{len(unit)} samples are of {len({of_sample[same[0]] for of_sample in samples})} different {person}: samples "
        f"of one {one} are not independent, so tests count them once, by their mean"
    )
    remarks.warn(log, "samples_joined", sentence, subject=cohort, samples=len(unit), units=int(unit.nunique()))
    differing = [name for name in others if _differs(samples, same, name)]
    if differing:
        sentence = f"{', '.join(differing)} differ between samples of one {one}; not tested"
        remarks.warn(log, "not_tested", sentence, subject=cohort, factor=differing[0])
    dropped = differing if compared else [person, *differing]
    kept: dict[str, Mapping[str, Value]] = {
        name: {key: value for key, value in factors[name].items() if key not in dropped} for name in dict.fromkeys(unit)
    }
    return Joined(kept, unit)


def _differs(samples: Sequence[Mapping[str, Value]], same: Sequence[str], name: str) -> bool:
    """Tell whether a factor has different values among samples that have the same values of some other factors."""
    groups = [tuple(of_sample[key] for key in same) for of_sample in samples]
    pairs = {(group, of_sample[name]) for group, of_sample in zip(groups, samples, strict=True)}
    return len(pairs) > len(set(groups))
