"""Remarks on samples that lie apart, and on groups of samples that nobody named."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from ..contract import remarks
from ..contract.comparisons import CONDITION
from .apart import goes_with, two_groups

log = logging.getLogger(__name__)

NAMED = 20  # samples that a remark names


def note_apart(samples: Sequence[str], cohort: str) -> None:
    """Remark on samples whose composition lies apart from the others."""
    if samples:
        more = f" and {len(samples) - NAMED:,} more (samples.csv)" if len(samples) > NAMED else ""
        sentence = (
            f"samples whose composition lies apart from the others: {', '.join(samples[:NAMED])}{more}; check them "
            "before you rely on a test"
        )
        remarks.warn(log, "samples_apart", sentence, subject=cohort, samples=list(samples))


def note_groups(
    component: np.ndarray, explained: float, factors: Mapping[str, Sequence[float | str | None]], cohort: str
) -> None:
    """Remark on covariates, and on unnamed groups, that most of the largest difference between samples goes with.

    Parameters
    ----------
    component
        First principal component of the compositions, (samples,).
    explained
        Its part of their variance.
    factors
        Condition and covariates by name, a value per sample.
    cohort
        Name of the cohort.
    """
    where = f"the largest difference between compositions ({explained:.0%} of their variance)"
    named = goes_with(component, factors)
    for name, part in named.items():
        if name != CONDITION and part > named.get(CONDITION, 0):
            sentence = f"{name} explains {part:.0%} of {where}; it may be a batch, compare samples within it as well"
            remarks.warn(log, "batch", sentence, subject=cohort, factor=name, part=part)
    upper = two_groups(component)
    if upper is not None and not named:
        small = upper if upper.sum() * 2 <= len(upper) else ~upper
        groups = f"{small.sum():,} and {(~small).sum():,} samples"
        sentence = (
            f"samples fall into two groups of {groups} along {where}, which no condition and no covariate explains; "
            "samples.csv has them (pc1): add what they have in common as covariate_<name>"
        )
        remarks.warn(log, "unnamed_groups", sentence, subject=cohort, sizes=[int(small.sum()), int((~small).sum())])
