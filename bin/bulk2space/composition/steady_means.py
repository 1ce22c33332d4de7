"""Means of the types without differences that are chance.

A type's mean over few cells has an error. In most genes, types differ little but seem to differ by chance. Where such
errors are as large as the true differences, a fit to the means mixes the types up: the more genes, the worse. So the
difference between a type's mean and that of all types is kept only as far as it exceeds its standard error
(non-negative garrote: Breiman 1995, Technometrics 37:373). A reference of many cells keeps its means.
"""

import numpy as np

from .cell_noise import CellNoise

CHANCE = 2.0  # squared standard errors up to which a difference is taken for chance; chosen on the tuning sets


def steadied(means: np.ndarray, noise: CellNoise, sizes: np.ndarray) -> np.ndarray:
    """Return the types' means, types × genes, with differences d from their mean as d · max(0, 1 - CHANCE · s² / d²).

    Parameters
    ----------
    means
        Mean expression of each type per 10 000, types × genes.
    noise
        How cells of one type differ: s² is their variance over the number of cells.
    sizes
        Number of cells of each type, (types,).
    """
    centre = means.mean(axis=0)
    difference = means - centre
    squares = difference**2
    chance = CHANCE * noise.variance / sizes[:, None]
    kept = np.divide(squares - chance, squares, out=np.zeros_like(squares), where=squares > chance)
    return centre + difference * kept
