"""Fractions of mRNA and of cells, and how one follows from the other."""

from typing import NamedTuple

import numpy as np

from ..numerics.shares import rows_to_one


class Fractions(NamedTuple):
    """Fitted fractions of samples or spots.

    Attributes
    ----------
    rna_fraction
        Share of mRNA of each type, samples × types; rows sum to 1, or to 0 for a sample without expression.
    proportion
        Share of cells of each type, samples × types; sums as above.
    residual
        Misfit as a multiple of the noise that counts have, (samples,); see :func:`misfit`.
    """

    rna_fraction: np.ndarray
    proportion: np.ndarray
    residual: np.ndarray


def fractions_of(coefficients: np.ndarray, mrna_content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn fitted coefficients (… × types) into shares of mRNA and shares of cells; zeros stay zeros."""
    return rows_to_one(coefficients), rows_to_one(coefficients / mrna_content)
