"""How well a way to fit a section predicts genes that were left out of the fit.

Coefficients are fitted to most genes; proportions times the types' means then predict the others. All ways are judged
with one variance and one kind of gene factor: the ratio of the sums of measured and predicted values. A state that
cells of a type share would favour a fit that mistakes states for types. So the directions in which cells of one type
differ are taken out of the left-out residuals, as they are in the fit (generalised least squares).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..numerics.scaling import totals
from . import log_values, spot_model
from .cell_noise import CellNoise
from .count_model import BACKGROUND_VARIANCE
from .profile import ReferenceProfile
from .spot_block import Way
from .spot_model import Measured

FOLDS = 3
ROUNDS = 15  # enough to rank ways
LARGEST_SQUARE = 50.0  # of a residual in units of its variance
SMALL = 0.5  # added to sums of values before their ratio is taken


class Fold(NamedTuple):
    """Genes that are left out together.

    Attributes
    ----------
    out
        Positions of these genes.
    coefficients
        Fitted to all other genes, spots × types.
    """

    out: np.ndarray
    coefficients: np.ndarray


def folds(measured: Measured, means: np.ndarray, noise: CellNoise, way: Way, order: np.ndarray) -> list[Fold]:
    """Fit a section without each third of its genes.

    Parameters
    ----------
    measured, means, noise
        As in :func:`.spot_model.fit`.
    way
        How to fit.
    order
        All genes in the order in which they are dealt to the folds, (genes,).
    """
    found = []
    for out, kept in splits(order):
        counts = measured.counts * len(kept) / len(order)
        some = Measured(measured.expression[:, kept], measured.cells, counts)
        fit = spot_model.learn(some, means[:, kept], noise.of(kept), way=way, rounds=ROUNDS)[1]
        found.append(Fold(out, fit.coefficients))
    return found


def log_folds(measured: Measured, profile: ReferenceProfile, order: np.ndarray) -> list[Fold]:
    """Fit a section to log values without each third of its genes; a spot's coefficients add up to its expression.

    Parameters as in :func:`folds`, with the reference's profile.
    """
    found = []
    for out, kept in splits(order):
        some, means = measured.expression[:, kept], profile.means[:, kept]
        x = log_values.fit(some, profile.log_means[:, kept])
        explained = (x @ means).sum(axis=1)
        scale = np.divide(totals(some), explained, out=np.zeros_like(explained), where=explained > 0)
        found.append(Fold(out, x * scale[:, None]))
    return found


def splits(order: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the genes of each fold and those that are fitted without them, positions; ``order`` is as above."""
    for first in range(FOLDS):
        out = order[first::FOLDS]
        yield out, np.setdiff1d(order, out)


def losses(measured: Measured, means: np.ndarray, noise: CellNoise, found: Sequence[list[Fold]]) -> np.ndarray:
    """Return the loss of each gene, left out, by each way, ways × genes: squared residuals by one common variance.

    Parameters
    ----------
    measured, means, noise
        As in :func:`.spot_model.fit`.
    found
        Folds of each way.
    """
    values = measured.expression.toarray().astype(np.float64)
    predicted = [_predicted(values, means, each) for each in found]
    centre = np.mean(predicted, axis=0)
    x = np.mean([fold.coefficients for each in found for fold in each], axis=0)
    factors = (values.sum(axis=0) + SMALL) / ((x @ means).sum(axis=0) + SMALL)
    variance = (x @ noise.variance) * factors**2 / measured.cells[:, None]
    variance += spot_model.STANDARD.dispersion * centre**2 + BACKGROUND_VARIANCE
    misfit = np.minimum((values - centre) ** 2 / variance, LARGEST_SQUARE).mean(axis=1, keepdims=True)
    variance *= misfit + spot_model.TINY
    precision = 1 / np.maximum(variance, variance.mean(axis=0))  # a spot of few counts says no more than an average one
    result = np.empty((len(found), len(factors)))
    for fold in found[0]:
        genes = fold.out
        programs = noise.programs[genes] * factors[genes, None]
        for row, each in enumerate(predicted):
            residual = values[:, genes] - each[:, genes]
            result[row, genes] = _squares(residual, precision[:, genes], programs, noise.strength, measured.cells)
    return result


def _predicted(values: np.ndarray, means: np.ndarray, of_way: list[Fold]) -> np.ndarray:
    """Return the left-out genes as their folds predict them, spots × genes."""
    result = np.empty_like(values)
    for fold in of_way:
        result[:, fold.out] = fold.coefficients @ means[:, fold.out]
    return result * (values.sum(axis=0) + SMALL) / (result.sum(axis=0) + SMALL)


def _squares(
    residual: np.ndarray, precision: np.ndarray, programs: np.ndarray, strength: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """Return each gene's part of the residuals' generalised squares, summed over the spots, (genes,).

    The Woodbury identity takes out the programs, as in :mod:`.spot_block`.
    """
    weighted = precision * residual
    if not len(strength):
        return (weighted * residual).sum(axis=0)
    among = np.einsum("gk,sg,gl->skl", programs, precision, programs, optimize=True)
    among += np.einsum("s,ij->sij", cells, np.diag(1 / strength))
    along = np.linalg.solve(among, (weighted @ programs)[..., None])[..., 0]
    return (weighted * (residual - along @ programs.T)).sum(axis=0)
