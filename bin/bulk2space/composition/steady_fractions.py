"""Proportions of mRNA, differing between samples as far as is certain: their errors are not put down to genes."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..numerics.shares import rows_to_one

WIDTH_OF_INTERVAL = 3.92  # standard deviations in a 95 % interval
OWN_ERROR = 0.1
"""Part of an interval's variance by which the samples of a file differ; the rest is an error that they share. Chosen on
the tuning sets of the benchmark of expression by type."""
SMALLEST_VARIANCE = 1e-12


class SteadyFractions(NamedTuple):
    """Proportions of mRNA without the part of their differences that is error, and how uncertain they are.

    Attributes
    ----------
    samples, types
        Names of rows and columns.
    estimated
        As estimated, samples × types.
    steady
        Drawn to the mean of the file's samples by the part of their variance that is error, samples × types.
    variance
        Of the truth around these, samples × types.
    """

    samples: list[str]
    types: list[str]
    estimated: np.ndarray
    steady: np.ndarray
    variance: np.ndarray

    def among(self, part: np.ndarray) -> "SteadyFractions":
        """Return the proportions among the mRNA of some genes: a part of the mRNA of each type, (types,)."""
        whole = (self.steady * part).sum(axis=1, keepdims=True)
        variance = self.variance * (part / np.maximum(whole, SMALLEST_VARIANCE)) ** 2
        return self._replace(steady=rows_to_one(self.steady * part), variance=variance)


def steady_fractions(estimates: pd.DataFrame) -> SteadyFractions:
    """Read proportions and their uncertainty from the estimates of a bulk.

    With an error, the best guess of a sample's true proportion lies between the estimate and the mean of all samples
    (regression calibration: Carroll et al. 2006, Measurement Error in Nonlinear Models, chapter 4). A file of one
    sample keeps its estimate.

    Parameters
    ----------
    estimates
        The table ESTIMATES (contract/tables.py) of all columns of a bulk.
    """
    wide = estimates.pivot(index="sample", columns="cell_type")
    fraction, proportion = wide["rna_fraction"].to_numpy(), wide["proportion"].to_numpy()
    cells = proportion.sum(axis=0)
    content = np.divide(fraction.sum(axis=0), cells, out=np.ones_like(cells), where=cells > 0)  # mRNA of one cell
    error = content * (wide["ci_high"] - wide["ci_low"]).to_numpy() / WIDTH_OF_INTERVAL
    variance = OWN_ERROR * error**2
    steady = fraction
    if len(fraction) > 1:
        between = fraction.var(axis=0, ddof=1)
        trusted = between / (between + variance.mean(axis=0) + SMALLEST_VARIANCE)  # (types,)
        steady = fraction.mean(axis=0) + trusted * (fraction - fraction.mean(axis=0))
        variance = trusted * variance
    return SteadyFractions(list(wide.index), list(wide["proportion"].columns), fraction, steady, variance)
