"""Rows of comparisons.csv."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .design import Term
from .regression import Estimates


def rows_of(
    level: str,
    types: str | Sequence[str],
    genes: str | Sequence[str],
    term: Term,
    estimates: Estimates,
    adjusted: np.ndarray,
    samples: int,
    follows: str | Sequence[str] = "",
) -> pd.DataFrame:
    """Return one row per estimate, of numbers per unit; types or genes are one name for all, or a name for each."""
    low, high = estimates.interval()
    return pd.DataFrame(
        {
            "level": level,
            "cell_type": types,
            "gene": genes,
            "term": term.name,
            "against": term.against,
            "follows": follows,
            "samples": samples,
            "effect": estimates.effect / term.unit,
            "ci_low": low / term.unit,
            "ci_high": high / term.unit,
            "p": estimates.p,
            "p_adjusted": adjusted,
        }
    )
