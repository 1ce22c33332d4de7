"""Comparisons between the samples of a cohort: what plan, tests and report agree on."""

import re
from collections.abc import Iterable, Mapping

FEWEST_OF_GROUP = 3
"""Samples that each of two compared groups needs: with fewer, the spread within it cannot be told."""
FEWEST_SAMPLES = 2 * FEWEST_OF_GROUP
"""Samples that any test needs."""
SURE = 0.05
"""Adjusted p value below which a change counts as found."""
CONDITION = "condition"
"""Name of the factor that is not a covariate."""
COVARIATE = "covariate_"
"""What the names of the others begin with."""
_NAMES = r"{}(_?(id|name|number|no|nr|code))?"  # of persons or groups, as tables of samples have them
PERSON = re.compile(_NAMES.format("(animal|donor|individual|mouse|participant|patient|person|proband|subject)"))
"""Covariates that say whom a sample is of, behind ``covariate_``: samples of one are not independent."""
GROUP = re.compile(
    _NAMES.format("(batch|cent(er|re)|chip|cohort|flow_?cell|hospital|lane|plate|pool|run|site|slide|study|sex|gender)")
)
"""Covariates that say in which group a sample is, behind ``covariate_``: a group 3 is not three times a group 1."""


def is_person(factor: str) -> bool:
    """Tell whether a factor says whom a sample is of."""
    return _is_called(factor, PERSON)


def holds_names(factor: str) -> bool:
    """Tell whether a factor's values are names, also where they are numbers: of persons, batches or other groups."""
    return _is_called(factor, GROUP) or is_person(factor)


def _is_called(factor: str, names: re.Pattern[str]) -> bool:
    return factor.startswith(COVARIATE) and bool(names.fullmatch(factor.lower().removeprefix(COVARIATE)))


def factors(condition: str | None, covariates: Mapping[str, float | str | None]) -> dict[str, float | str | None]:
    """Return condition and covariates of a sample by name; None where one is not given."""
    return {CONDITION: condition, **covariates}


def varying(samples: Iterable[Mapping[str, float | str | None]]) -> list[str]:
    """Return the factors that have two values or more among the samples, in order."""
    values: dict[str, set[float | str]] = {}
    for sample in samples:
        for name, value in sample.items():
            if value is not None:
                values.setdefault(name, set()).add(value)
    return [name for name, found in values.items() if len(found) > 1]
