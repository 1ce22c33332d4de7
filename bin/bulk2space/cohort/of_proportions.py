"""Proportions of cell types against conditions and covariates."""

import pandas as pd
from scipy import stats

from .design import Design
from .log_ratios import NONE, against_unchanged, offsets
from .rows import rows_of

LEVEL = "proportion"
FEWEST_TYPES = 2


def compare(proportions: pd.DataFrame, high: pd.DataFrame, design: Design) -> list[pd.DataFrame]:
    """Test the log2 ratio of each type to the other types that do not change, by term.

    A type that no sample has is not tested, and a type alone has nothing to be compared with. P values are adjusted
    within a term, over the types (Benjamini and Hochberg).

    Parameters
    ----------
    proportions, high
        Samples × types: estimates, and the upper ends of their intervals.
    design
        The model of these samples.

    Returns
    -------
    For each term, one row per type (contract/tables.py, COMPARISONS).
    """
    types = [name for name in proportions if name not in nowhere(proportions)]
    if len(types) < FEWEST_TYPES:
        return []
    values = proportions[types].to_numpy()
    offset = offsets(values, high[types].to_numpy())
    found = []
    for term in design.terms:
        estimates = against_unchanged(values, offset, design.matrix, term.column)
        adjusted = stats.false_discovery_control(estimates.p)
        found.append(rows_of(LEVEL, types, "", term, estimates, adjusted, len(proportions)))
    return found


def nowhere(proportions: pd.DataFrame) -> list[str]:
    """Return the types that no sample has, of samples × types."""
    return [str(name) for name in proportions.columns[(proportions < NONE).all()]]
