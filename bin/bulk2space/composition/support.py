"""What supports a fit: whether the genes of a bulk or section are expressed as the fitted composition says.

A fit always gives proportions, also of a tissue that the reference does not know. Then a few genes that both share
carry the fit, while most markers of the types that it names are absent. Three figures show it:

* the correlation of fit and measurement over the marker genes, in log2;
* of each type its own markers, which it supplies by more than half in the fit: how many of them are missing;
* how far these markers scatter around their median. Two laboratories differ by a factor for each gene, but by about the
  same factors for all markers of a type that is really there.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from . import count_model

OWN_MARKERS = 20
"""Markers of a type that are looked at: the best of those that it supplies by more than half."""
CANDIDATES = 200
"""First markers of a type among which they are sought."""
SUPPLIED = 0.5
"""Part of a gene's fitted expression that makes it a type's own."""
FEWEST_OWN = 5
"""So many own markers, at least, say something of a type."""
FEWEST_RNA = 0.02
"""Types with less of the mRNA say nothing of the whole."""
MISSING = 0.1
"""A marker is missing if it is measured below this part of its fit."""
OFFSET = 0.05
"""Expression per 10 000 that is added before logarithms, or that of one count where it is more: less is noise."""
EXPECTED_COUNTS = 3
"""Counts of a marker that the fit expects, at least, for its absence to mean anything."""
WEIGHT_OF_SPREAD, WEIGHT_OF_MISSING = 0.2, 0.5
"""Of the two in the agreement, beside the correlation. `make bench-trust` prints what they separate."""


class Support(NamedTuple):
    """What supports the fit of one sample.

    Attributes
    ----------
    agreement
        Correlation minus the weighted spread and proportion of missing markers: about 1 for a perfect fit.
    correlation
        Pearson's, of log2 fit and log2 measurement over the marker genes.
    types
        One row per type, named by it: `own_markers` (their number), `missing` (proportion of them), `log2_ratio`
        (median of measurement over fit), `spread` (median distance of log2 ratios from that median); NaN
        without own markers.
    """

    agreement: float
    correlation: float
    types: pd.DataFrame


def support(
    expression: np.ndarray,
    means: np.ndarray,
    rna_fraction: np.ndarray,
    types: list[str],
    ranked: dict[str, np.ndarray],
    is_marker: np.ndarray,
    *,
    depth: float = np.inf,
) -> Support:
    """Return what supports the fit of one sample.

    Parameters
    ----------
    expression
        Linear expression per 10 000 of the sample, (genes,).
    means
        Mean expression per 10 000 of each type, types × genes.
    rna_fraction
        The fitted proportion of the mRNA of each type, (types,).
    types
        Names of the types.
    ranked
        Of each type its candidates' places among the genes, the best first.
    is_marker
        Genes that the correlation is taken over, (genes,) bool.
    depth
        Counts of the sample in all genes; infinite where its values are not counts.
    """
    supplied = rna_fraction[:, None] * means
    fit = supplied.sum(axis=0)
    fit = fit * _scale(expression[is_marker], fit[is_marker])
    one_count = 1e4 / depth
    offset = max(OFFSET, one_count)
    difference = np.log2(expression + offset) - np.log2(fit + offset)
    is_own = supplied > SUPPLIED * np.maximum(supplied.sum(axis=0), np.finfo(float).tiny)
    is_own &= fit >= EXPECTED_COUNTS * one_count
    rows = [
        _of_type(difference, expression < MISSING * fit, ranked[name][is_own[t, ranked[name]]][:OWN_MARKERS])
        for t, name in enumerate(types)
    ]
    table = pd.DataFrame(rows, index=types, columns=["own_markers", "missing", "log2_ratio", "spread"])
    logs = np.log2(np.stack([expression, fit])[:, is_marker] + offset)
    flat = np.ptp(logs, axis=1).min() == 0
    correlation = 0.0 if flat else float(np.corrcoef(logs)[0, 1])
    return Support(_agreement(correlation, table, rna_fraction), correlation, table)


def _scale(values: np.ndarray, fit: np.ndarray) -> float:
    """Return the factor that suits the fit to the values best, by the count model's noise."""
    weights = fit / count_model.variance(fit)
    return float((weights * values).sum() / max((weights * fit).sum(), np.finfo(float).tiny))


def _of_type(difference: np.ndarray, is_missing: np.ndarray, own: np.ndarray) -> tuple[int, float, float, float]:
    """Return what the own markers, given by their places, say of their type."""
    if len(own) < FEWEST_OWN:
        return len(own), np.nan, np.nan, np.nan
    ratio = float(np.median(difference[own]))
    return len(own), float(is_missing[own].mean()), ratio, float(np.median(np.abs(difference[own] - ratio)))


def _agreement(correlation: float, table: pd.DataFrame, rna_fraction: np.ndarray) -> float:
    """Return the agreement; types without own markers take no part."""
    known = table["spread"].notna().to_numpy() & (rna_fraction >= FEWEST_RNA)
    if not known.any():
        return correlation
    weights = rna_fraction[known]
    spread, missing = (np.average(table[name].to_numpy()[known], weights=weights) for name in ("spread", "missing"))
    return float(correlation - WEIGHT_OF_SPREAD * spread - WEIGHT_OF_MISSING * missing)
