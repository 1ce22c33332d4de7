"""The page on the cost of cohorts."""

import pandas as pd

from ..cases.cohorts import LINES, MIXTURES
from ..cases.data_sets import BLOOD
from .markdown import filled


def text(runs: pd.DataFrame, steps: pd.DataFrame) -> str:
    """Return the page in Markdown; one row per run, and one per run and step."""
    return filled("cohort", mixtures=MIXTURES, lines=LINES, blood=BLOOD, runs=runs, steps=steps)
