"""What tells generated cells apart: their state, from the whole transcriptome, and their type."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import principal_axes, standardize


class Target(NamedTuple):
    """What tells cells apart; both parts are centred and have the same mean squared length.

    Attributes
    ----------
    states
        Principal components of the transcriptome, cells × components, float32.
    types
        Membership in each type, cells × types, float32.
    """

    states: np.ndarray
    types: np.ndarray

    def some(self, rows: np.ndarray) -> "Target":
        """Return some of the cells."""
        return Target(*(part[rows] for part in self))


def states(expression: sp.csr_matrix, types: np.ndarray, *, components: int = 30, genes: int = 2_000) -> Target:
    """Describe each cell by its state and its type.

    Parameters
    ----------
    expression
        Log expression of all genes, cells × genes.
    types
        Types of the cells, (cells,).
    components
        Largest number of principal components of the standardised genes.
    genes
        How many genes take part: those with the largest variance.
    """
    expression = sp.csr_matrix(expression, dtype=np.float32)
    mean = np.asarray(expression.mean(axis=0, dtype=np.float64)).ravel()
    variance = np.asarray(expression.power(2).mean(axis=0, dtype=np.float64)).ravel() - mean**2
    values = standardize(expression[:, np.sort(np.argsort(-variance, kind="stable")[:genes])].toarray())
    types = np.asarray(types, dtype=str)
    member = (types[:, None] == np.unique(types)).astype(np.float32)
    return Target(
        unit_power(values @ principal_axes(values, components=components)), unit_power(member - member.mean(axis=0))
    )


def unit_power(values: np.ndarray) -> np.ndarray:
    """Scale all values by one factor, so that the rows' mean squared length is 1; zeros stay zero."""
    power = np.square(values).sum(axis=1).mean()
    return values / np.sqrt(power) if power > 0 else values
