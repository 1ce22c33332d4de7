"""What the report shows of each sample: chapters of its own, its line in the table, or its row in a cohort."""

import dataclasses
import logging
from collections.abc import Iterator, Sequence

from ...contract import remarks
from ...contract.comparisons import FEWEST_OF_GROUP, FEWEST_SAMPLES, factors, varying
from ...contract.problems import Problem
from .plan import Sample

log = logging.getLogger(__name__)


def shown(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return the samples with what the report shows of each.

    The first of the samplesheet have chapters of their own. More than these of one bulk and reference are a cohort; so
    are enough of them to be compared.

    Parameters
    ----------
    samples
        All samples of the run.
    most
        Most samples with chapters of their own.
    """
    cohorts = {pair for pair, group in _pairs(samples).items() if len(group) > most or _is_compared(group)}
    return [
        dataclasses.replace(
            sample,
            chapters=place < most,
            cohort=_name(sample.bulk, sample.reference) if (sample.bulk, sample.reference) in cohorts else None,
        )
        for place, sample in enumerate(samples)
    ]


def pair_problems(samples: Sequence[Sample], sheet: str) -> Iterator[Problem]:
    """Yield a problem for pairs of bulk and reference that would share a name: `a.b` with `c`, and `a` with `b.c`."""
    named: dict[str, tuple[str, str]] = {}
    for pair in _pairs(samples):
        first = named.setdefault(_name(*pair), pair)
        if first != pair:
            yield Problem(
                f"{sheet}: the samples of bulk {first[0]} and reference {first[1]} and those of bulk {pair[0]} and "
                f"reference {pair[1]} would both have the results cohorts/{_name(*pair)}; rename one of these files",
                subject=_name(*pair),
            )


def note_untested(samples: Sequence[Sample]) -> None:
    """Remark on conditions and covariates that differ among the samples of a run, but within no cohort."""
    named = _varying(samples)
    if named and not any(map(_is_compared, _pairs(samples).values())):
        remarks.note(
            log,
            "nothing_compared",
            f"{', '.join(named)}: not tested, as samples are compared where one bulk file and one reference have at "
            f"least {FEWEST_SAMPLES} of them, {FEWEST_OF_GROUP} in a group; give all samples as columns of one file",
            factors=named,
        )


def _name(bulk: str, reference: str) -> str:
    """Return what the results of the samples of one bulk and reference are called."""
    return f"{bulk}.{reference}"


def _pairs(samples: Sequence[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """Return the samples of each pair of bulk and reference."""
    pairs: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        pairs.setdefault((sample.bulk, sample.reference), []).append(sample)
    return pairs


def _is_compared(group: Sequence[Sample]) -> bool:
    return len(group) >= FEWEST_SAMPLES and bool(_varying(group))


def _varying(samples: Sequence[Sample]) -> list[str]:
    return varying(factors(sample.condition, sample.covariates) for sample in samples)
