"""Spaces in which generated and imaged cells are compared: values of the panel's genes, and axes of them.

Axes are genes × axes. Those of :func:`components` and :func:`joint_components` follow from the panel alone. Those of
:func:`of_states` and :func:`of_states_and_types` are learned on generated cells, whose whole transcriptome is known.
"""

import numpy as np
import scipy.sparse as sp

from ..numerics.axes import principal_axes
from ..numerics.scaling import factors_to
from .ridge import ridge_coefficients
from .states import Target

COMPONENTS = 30  # of a panel, where they are the axes themselves
REGRESSED = 200  # components of a panel that enter a regression


def log_values(values: sp.csr_matrix) -> np.ndarray:
    """Return log expression as it is, rows × genes, dense float32."""
    return sp.csr_matrix(values, dtype=np.float32).toarray()


def root_proportions(values: sp.csr_matrix) -> np.ndarray:
    """Return the square root of each gene's proportion of its row, rows × genes, float32, from log expression.

    This removes what a platform does to a cell's total, and the square root makes the spread of counts nearly the same
    for all genes (Anscombe 1948, Biometrika 35:246).
    """
    linear = sp.csr_matrix(values, dtype=np.float32).expm1()
    return np.sqrt((sp.diags_array(factors_to(1.0, linear)) @ linear).toarray()).astype(np.float32)


def components(cells: np.ndarray, section: np.ndarray, target: Target) -> np.ndarray:
    """Return the principal axes of the generated cells."""
    return principal_axes(cells, components=COMPONENTS)


def joint_components(cells: np.ndarray, section: np.ndarray, target: Target) -> np.ndarray:
    """Return the principal axes of generated and imaged cells together, so that axes are seen by the section, too."""
    return principal_axes(np.vstack([cells, section]), components=COMPONENTS)


def of_states(cells: np.ndarray, section: np.ndarray, target: Target) -> np.ndarray:
    """Return the axes along which the generated cells' states can be told from the panel, by ridge regression."""
    return _regressed(cells, target.states)


def of_states_and_types(cells: np.ndarray, section: np.ndarray, target: Target) -> np.ndarray:
    """Return the same for states and types together."""
    return _regressed(cells, np.hstack(target))


def _regressed(cells: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    axes = principal_axes(cells, components=REGRESSED)
    return axes @ ridge_coefficients(cells @ axes, wanted)
