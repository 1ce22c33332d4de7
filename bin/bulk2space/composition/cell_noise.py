"""How single cells of one type differ from each other, measured in a reference."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from .count_model import BACKGROUND_VARIANCE

# Expression is per 10 000 throughout.
MOST_PROGRAMS = 4  # directions in which cells of one type may differ; with more, types themselves are explained away
SMALL_MEAN = 0.02  # added to a mean before its variance is taken


class CellNoise(NamedTuple):
    """How single cells of one type differ from each other.

    Attributes
    ----------
    variance
        Variance of each gene's expression per 10 000 among the cells of a type, types × genes.
    programs
        Directions in which cells of all types differ most from their types' means, genes × programs.
    strength
        Variance along these directions beyond that of independent genes, (programs,).
    """

    variance: np.ndarray
    programs: np.ndarray
    strength: np.ndarray

    def of(self, genes: np.ndarray) -> "CellNoise":
        """Return the noise of some of the genes."""
        return CellNoise(self.variance[:, genes], self.programs[genes], self.strength)


def cell_noise(expression: sp.csr_matrix, codes: np.ndarray, means: np.ndarray) -> CellNoise:
    """Measure in a reference how cells of one type differ.

    The ratio of variance to mean of a gene is pooled over the types, because a type of a few cells has no reliable
    variance of its own.

    Parameters
    ----------
    expression
        Linear expression per 10 000, cells × genes.
    codes
        Index of the type of each cell, (cells,).
    means
        Mean expression of each type, types × genes.
    """
    values = expression.toarray().astype(np.float64)
    deviation = values - means[codes]
    sizes = np.bincount(codes, minlength=len(means))
    within = np.array([(deviation[codes == code] ** 2).sum(axis=0) for code in range(len(means))])  # sums of squares
    ratio = (within / (means + 5 * SMALL_MEAN)).sum(axis=0) / sizes.sum()
    variance = ratio * (means + SMALL_MEAN)
    scaled = deviation / np.sqrt(variance[codes] + BACKGROUND_VARIANCE)
    size, axes = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    # The largest eigenvalue that independent genes would have (Marchenko and Pastur 1967)
    edge = (1 + np.sqrt(scaled.shape[1] / len(scaled))) ** 2
    found = min(MOST_PROGRAMS, int((size > edge).sum()))
    pooled = np.sqrt(sizes @ variance / sizes.sum())
    last = slice(len(size) - found, None)
    return CellNoise(variance, axes[:, last] * pooled[:, None], size[last] - 1)
