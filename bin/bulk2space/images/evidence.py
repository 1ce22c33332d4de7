"""What speaks for each type of an imaged cell, other than how common the type is.

Three things per cell and type: how dense the type's cells lie among the neighbours, how near the imaged cell lies to
the type's centre in the mapper's space, and how well the type's mean profile explains the panel.
"""

import numpy as np
import scipy.sparse as sp
from sklearn.covariance import ledoit_wolf

from ..numerics.axes import principal_axes
from ..numerics.groups import indicator
from .mappers import Found
from .technology import SMALLEST_SHARE, shares

DENSITY, CENTRE, PROFILE = range(3)
KINDS = 3
SMALLEST_DENSITY = 0.05  # relative to the mean: fifty neighbours show no smaller one
FARTHEST, UNLIKELIEST = -60.0, -200.0  # ends of the log likelihoods: a cell that lies far from all types tells little
MOST_AXES = 200  # of the mapper's space, for a covariance
LENT = 0.2  # part of the mean profile of all cells that each type's profile is mixed with
PER_PANEL = 100.0  # counts for which the likelihood of a profile is written
DEEPEST = 16.0  # largest and, inverted, smallest depth relative to the median that counts


def evidence(
    found: Found, cells: sp.csr_matrix, section: sp.csr_matrix, codes: np.ndarray, n_types: int, depth: np.ndarray
) -> np.ndarray:
    """Return what speaks for each type of each imaged cell, imaged cells × types × 3.

    Parameters
    ----------
    found
        The imaged cells' neighbours among the cells.
    cells, section
        Linear values, cells × panel genes and imaged cells × panel genes.
    codes
        Type of each cell, (cells,). A type without cells gets the weakest evidence.
    n_types
        Number of types.
    depth
        Counts of each imaged cell relative to the section's median, (imaged cells,). The likelihoods count by its
        square root: neither as if genes were independent, nor as if depth did not matter.
    """
    number = np.bincount(codes, minlength=n_types)
    weight = np.sqrt(np.clip(depth, 1 / DEEPEST, DEEPEST))[:, None]
    given = np.stack(
        [
            density(found.neighbors, codes, number),
            weight * np.clip(centre(found.cells, found.section, codes, number), FARTHEST, 0),
            weight * np.clip(profile(cells, section, codes, number), UNLIKELIEST, 0),
        ],
        axis=2,
    )
    lacking = number == 0
    given[:, lacking, CENTRE], given[:, lacking, PROFILE] = FARTHEST, UNLIKELIEST
    return given


def density(neighbors: sp.csr_matrix, codes: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the log of each type's part of the vote over its part of the cells, imaged cells × types, centred.

    So five cells of a rare type weigh as much as a hundred of a common one.
    """
    vote = (neighbors @ indicator(codes, len(number)).T).toarray()
    log_ratio = np.log(vote * (len(codes) / np.maximum(number, 1)) + SMALLEST_DENSITY)
    return log_ratio - log_ratio.mean(axis=1, keepdims=True)


def centre(cells: np.ndarray, section: np.ndarray, codes: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the log likelihood of each type as in linear discriminant analysis, less the best type's.

    The covariance within types is shrunk (Ledoit and Wolf 2004, J Multivar Anal 88:365).
    """
    if cells.shape[1] > MOST_AXES:
        axes = principal_axes(cells - cells.mean(axis=0), components=MOST_AXES)
        cells, section = cells @ axes, section @ axes
    cells, section = cells.astype(np.float64), section.astype(np.float64)
    means = (indicator(codes, len(number)) @ cells) / np.maximum(number, 1)[:, None]
    covariance = ledoit_wolf(cells - means[codes], assume_centered=True)[0]
    covariance *= len(cells) / max(len(cells) - int(np.count_nonzero(number)), 1)
    covariance += np.eye(len(covariance)) * max(1e-6 * np.trace(covariance) / len(covariance), 1e-12)
    slopes = np.linalg.solve(covariance, means.T)
    likelihood = section @ slopes - (means.T * slopes).sum(axis=0) / 2
    return _less_best(likelihood, number)


def profile(cells: sp.csr_matrix, section: sp.csr_matrix, codes: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the multinomial log likelihood of the panel under each type's mean profile, less the best type's.

    Profiles are brought to the section's platform by one factor per gene: the ratio of mean proportions.
    """
    own, imaged = shares(cells), shares(section)
    mean, wanted = (np.asarray(part.mean(axis=0)).ravel() + SMALLEST_SHARE for part in (own, imaged))
    profiles = (indicator(codes, len(number)) @ own).toarray() / np.maximum(number, 1)[:, None] * (wanted / mean)
    profiles = profiles + LENT * profiles.mean(axis=0) + SMALLEST_SHARE
    profiles /= profiles.sum(axis=1, keepdims=True)
    return PER_PANEL * _less_best(imaged @ np.log(profiles).T, number)


def _less_best(likelihood: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Subtract the value of the best type that has cells."""
    return likelihood - likelihood[:, number > 0].max(axis=1, keepdims=True)
