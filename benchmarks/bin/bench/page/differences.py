"""The page on tests between samples."""

import pandas as pd

from ..cases.differing_cohorts import CELLS, FALL, PER_YEAR
from ..judges.differences import AGE_IGNORED, COHORTS
from .markdown import filled

LIMIT = 0.06  # proportion of tests below 0.05 that is still right


def text(permuted: pd.DataFrame, true: pd.DataFrame) -> str:
    """Return the page in Markdown: tests of proportions where nothing differs, and where a type falls."""
    valid = permuted[permuted["model"] != AGE_IGNORED]
    return filled(
        "differences", cells=f"{CELLS:,}", fold=f"{2**FALL:g}", per_year=f"{2**PER_YEAR - 1:.0%}", cohorts=COHORTS,
        largest=f"{valid['p below 0.05'].max():.1%}", limit=f"{LIMIT:.0%}", permuted=permuted, true=true,
    )  # fmt: skip
