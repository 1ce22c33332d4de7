"""Proportions of cell types against conditions and covariates."""

import pandas as pd
from scipy import stats

from .design import Design
from .log_ratios import against_unchanged, logarithms
from .rows import rows_of

LEVEL = "proportion"


def compare(proportions: pd.DataFrame, high: pd.DataFrame, design: Design) -> list[pd.DataFrame]:
    """Test the log2 ratio of each type to the types that do not change, by term.

    P values are adjusted within a term, over the types (Benjamini and Hochberg).

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
    logs = logarithms(proportions.to_numpy(), high.to_numpy())
    found = []
    for term in design.terms:
        estimates = against_unchanged(logs, design.matrix, term.column)
        adjusted = stats.false_discovery_control(estimates.p)
        found.append(rows_of(LEVEL, list(proportions), "", term, estimates, adjusted, len(proportions)))
    return found
