"""What tells generated cells apart: their state, from the whole transcriptome, and their type."""

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import principal_axes, standardize


def states(expression: sp.csr_matrix, types: np.ndarray, *, components: int = 30, genes: int = 2_000) -> np.ndarray:
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

    Returns
    -------
    Cells × (components + types), float32: the components, then membership in each type. Both parts are centred and have
    the same mean squared length.
    """
    expression = sp.csr_matrix(expression, dtype=np.float32)
    mean = np.asarray(expression.mean(axis=0, dtype=np.float64)).ravel()
    variance = np.asarray(expression.power(2).mean(axis=0, dtype=np.float64)).ravel() - mean**2
    values = standardize(expression[:, np.sort(np.argsort(-variance, kind="stable")[:genes])].toarray())
    types = np.asarray(types, dtype=str)
    member = (types[:, None] == np.unique(types)).astype(np.float32)
    return np.hstack(
        [unit_power(values @ principal_axes(values, components=components)), unit_power(member - member.mean(axis=0))]
    )


def unit_power(values: np.ndarray) -> np.ndarray:
    """Scale all values by one factor, so that the rows' mean squared length is 1; zeros stay zero."""
    power = np.square(values).sum(axis=1).mean()
    return values / np.sqrt(power) if power > 0 else values
