"""Disturbances of a reference: wrong cell types, and noise in expression."""

import numpy as np
import scipy.sparse as sp


def mislabelled(cell_type: np.ndarray, proportion: float, rng: np.random.Generator) -> np.ndarray:
    """Return the types after a proportion of the cells got another type at random.

    Parameters
    ----------
    cell_type
        Type of each cell, (cells,).
    proportion
        Proportion of the cells that get another type, 0 to 1.
    rng
        Random generator.
    """
    types = np.unique(cell_type)
    changed = rng.choice(len(cell_type), round(proportion * len(cell_type)), replace=False)
    codes = np.searchsorted(types, cell_type)
    codes[changed] = (codes[changed] + rng.integers(1, len(types), len(changed))) % len(types)
    return types[codes]


def noisy(values: sp.csr_matrix, proportion: float, rng: np.random.Generator) -> sp.csr_matrix:
    """Return the values with noise in a proportion of the cells (paper, eq. 8).

    The noise is uniform between minus and plus the largest value, in every gene. Sums below zero become zero, and whole
    numbers stay whole.

    Parameters
    ----------
    values
        Counts or linear expression, cells × genes.
    proportion
        Proportion of the cells that are disturbed, 0 to 1.
    rng
        Random generator.
    """
    largest = values.max()
    whole = bool((values.data == np.rint(values.data)).all())
    rows = np.sort(rng.choice(values.shape[0], round(proportion * values.shape[0]), replace=False))
    loud = values[rows].toarray() + rng.uniform(-largest, largest, (len(rows), values.shape[1]))
    loud = np.maximum(np.rint(loud) if whole else loud, 0)
    quiet = np.setdiff1d(np.arange(values.shape[0]), rows)
    mixed = sp.vstack([values[quiet], sp.csr_matrix(loud, dtype=np.float32)], format="csr")
    return mixed[np.argsort(np.concatenate([quiet, rows]))]
