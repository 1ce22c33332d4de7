"""Condition and covariates of a cohort's samples as the report draws them: names, groups and colours."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_rgba

from ..contract.comparisons import CONDITION, COVARIATE, varying
from ..contract.tables import COHORT_SAMPLES
from ..contract.task_samples import TaskSample, factors_of
from .style import COLOURS, LIGHT, wrap

MOST = 3  # factors that figures show
MOST_WORDS = 8  # of a factor; the colours of more are hard to tell apart
NUMBER_MAP = "cividis"
NOT_GIVEN = "not given"
TAKEN = {CONDITION, "verdict", *COHORT_SAMPLES.header}
"""Columns of the figures' tables: a covariate of such a name keeps its whole name, covariate_<name>."""


class Factor(NamedTuple):
    """A condition or covariate.

    Attributes
    ----------
    name
        As the report calls it: ``condition``, ``age``.
    values
        By sample; None where it is not given.
    words
        Its words in the order of the samplesheet; empty for numbers.
    first_colour
        Place of the first word's colour among the colours: no two factors share one.
    """

    name: str
    values: pd.Series
    words: list[str]
    first_colour: int = 0

    @property
    def palette(self) -> dict[str, str]:
        """Colour of each word."""
        return {word: COLOURS[place % len(COLOURS)] for place, word in enumerate(self.words, self.first_colour)}

    @property
    def in_a_sentence(self) -> str:
        """Its name on one line."""
        return " ".join(self.name.split())

    @property
    def entries(self) -> dict[str, str]:
        """Colour of each word, and of samples without one, where there are any."""
        return self.palette | ({NOT_GIVEN: LIGHT} if self.values.isna().any() else {})

    def numbers(self, samples: Sequence[str]) -> np.ndarray:
        """Return the numbers of samples; NaN where none is given."""
        return self.values.loc[list(samples)].astype(float).to_numpy()

    def colours(self, samples: Sequence[str]) -> np.ndarray:
        """Return the colours of samples, (samples, 4)."""
        if self.words:
            return np.array([to_rgba(self.palette.get(value, LIGHT)) for value in self.values.loc[list(samples)]])
        numbers, every = self.numbers(samples), self.numbers(self.values.index)
        found = colormaps[NUMBER_MAP](Normalize(np.nanmin(every), np.nanmax(every))(np.nan_to_num(numbers)))
        found[np.isnan(numbers)] = to_rgba(LIGHT)
        return found


def shown(samples: Sequence[TaskSample]) -> list[Factor]:
    """Return the factors that figures show: those that differ, condition first, without words that are too many."""
    given = factors_of(samples)
    found: list[Factor] = []
    for name in varying(given.values()):
        values = pd.Series({sample: of_sample[name] for sample, of_sample in given.items()}, dtype=object)
        words = [value for value in dict.fromkeys(values) if isinstance(value, str)]
        if len(words) <= MOST_WORDS:
            before = sum(len(factor.words) for factor in found)
            short = name.removeprefix(COVARIATE)
            shown_as = name if name != short and short in TAKEN else short
            found.append(Factor(wrap(shown_as.replace("_", " ")), values, words, before))
    return found[:MOST]
