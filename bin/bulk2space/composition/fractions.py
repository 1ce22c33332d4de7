"""Proportions of mRNA and of cells, and how one follows from the other."""

from typing import NamedTuple

import numpy as np

from ..numerics.shares import rows_to_one


class Fractions(NamedTuple):
    """Fitted composition of bulk samples or spots.

    Attributes
    ----------
    rna_fraction
        Proportion of the mRNA that each type contributes, samples × types; rows sum to 1, or to 0 for a sample
        without expression.
    proportion
        Proportion of the cells that are of each type, samples × types; rows sum as above.
    residual
        Distance of each sample from its fit, in multiples of the counts' noise, (samples,); see
        :func:`.residual.misfit`.
    """

    rna_fraction: np.ndarray
    proportion: np.ndarray
    residual: np.ndarray


def fractions_of(coefficients: np.ndarray, mrna_content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn fitted coefficients into proportions of mRNA and of cells.

    Parameters
    ----------
    coefficients
        Non-negative, … × types.
    mrna_content
        mRNA of one cell of each type, (types,), in any unit.

    Returns
    -------
    Both of the coefficients' shape; the last axis sums to 1, or stays zero.
    """
    return rows_to_one(coefficients), rows_to_one(coefficients / mrna_content)
