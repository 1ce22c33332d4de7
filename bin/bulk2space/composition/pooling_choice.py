"""A section whose spots touch and hold few counts decides whether their counts are pooled with neighbours'.

Counts must not judge themselves. So the genes that judge are left out of all spots: of the spot's own counts, of its
neighbours' and of the squares' around it. The spots are those of some squares. Their own counts of the left-out genes
are predicted from the composition that pooled counts of the other genes lead to.
"""

import logging

import numpy as np
import scipy.sparse as sp

from ..contract import remarks
from ..numerics.scaling import totals
from . import left_out, spot_model
from .cell_noise import CellNoise
from .left_out import ROUNDS, Fold
from .pooling import Pooled, Touching, weights_within
from .spot_choice import WAYS, Choice, better, gain, mixed_folds, smoothed_folds
from .surroundings import Squares, squares, surroundings

log = logging.getLogger(__name__)

WIDTHS = (0.35, 0.5, 0.8)
"""Of the Gaussian, in distances of neighbouring spots, ascending. The first leaves a spot nearly to its own counts."""
# Standard errors by which a larger width has to be better. Chosen on the tuning sets: a cell that lies in two spots
# makes the left-out genes of one prefer the other, and so wider pooling than is best for the composition.
CLEARLY = 5.0
FEW_COUNTS = 200.0  # of a spot in the genes of the fit (median), below which pooling is tried
MOST_SPOTS = 700  # that decide
RINGS = 1.5  # sides of a square, within which the squares around those of these spots are fitted, too


def with_pooling(
    choice: Choice, spots: Touching, means: np.ndarray, noise: CellNoise, rng: np.random.Generator
) -> Choice:
    """Return a section's choice after it was asked whether counts are pooled, too; pooling then replaces smoothing.

    Parameters
    ----------
    choice
        Of ways to fit and of smoothing, which pooling has to beat.
    spots
        The section.
    means, noise, rng
        As for :func:`tried`.
    """
    counts = float(np.median(totals(spots.counts)))
    if counts >= FEW_COUNTS:
        return choice
    width, gains = tried(spots, means, noise, rng, ways=choice.ways, smoothing=choice.smoothing)
    log.info(
        "genes left out of the fit choose pooling %.2f; gains: %s", width,
        ", ".join(f"{name} {100 * one:+.2f} %" for name, one in gains.items()) or "none tried",
    )  # fmt: skip
    choice = choice._replace(gains=choice.gains | gains)
    if not width:
        return choice
    remarks.note(
        log, "counts_pooled",
        f"spots touch and hold few counts, {counts:.0f} in marker genes (median): the counts of each are pooled with "
        f"its neighbours' (Gaussian weights, standard deviation {width:g} of the distance of neighbours), and its "
        "surroundings say what to expect of it, because this predicts genes better that were left out of the fit",
        counts=counts, width=width, gain=gains[f"pooling {width}"],
    )  # fmt: skip
    return choice._replace(smoothing=0.0, pooling=width)


def tried(
    spots: Touching,
    means: np.ndarray,
    noise: CellNoise,
    rng: np.random.Generator,
    *,
    ways: tuple[str, ...],
    smoothing: float,
) -> tuple[float, dict[str, float]]:
    """Return the width of pooling that predicts left-out genes best, 0 for none, and the gains of all widths tried.

    A larger width has to be better by CLEARLY, as it blurs the section more.

    Parameters
    ----------
    spots
        The section.
    means, noise
        As in :func:`.spot_model.fit`.
    rng
        Draws the squares that decide.
    ways, smoothing
        What the section chose without pooling, which pooling has to beat.
    """
    cut = squares(spots)
    if cut is None:
        return 0.0, {}
    near, judged = _drawn(spots, cut, rng)
    some, cut = spots.at(near), _renumbered(cut, near)
    own = Pooled(some, sp.identity(len(near), format="csr")).at(judged)
    order = rng.permutation(means.shape[1])
    alone = mixed_folds([left_out.folds(own, means, noise, WAYS[way], order) for way in ways])
    alone = smoothed_folds(alone, some.spatial[judged], smoothing)
    by_way = [_folds(some, cut, judged, way, means, noise, order, rng) for way in ways]
    pooled = [mixed_folds(list(of_ways)) for of_ways in zip(*by_way, strict=True)]
    standard, *losses = left_out.losses(own, means, noise, [alone, *pooled])
    gains = {f"pooling {width}": gain(loss, standard) for width, loss in zip(WIDTHS, losses, strict=True)}
    best = min(losses, key=lambda loss: float(loss.sum()))
    if not better(best, standard):
        return 0.0, gains
    return next(
        width for width, loss in zip(WIDTHS, losses, strict=True) if not better(best, loss, noise=CLEARLY)
    ), gains


def _drawn(spots: Touching, cut: Squares, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the spots of some squares and of those around them, and where among these the judged spots are."""
    telling = totals(spots.counts) > 0
    order = rng.permutation(len(cut.centres))
    held = np.cumsum(np.bincount(cut.of_spot, telling)[order])
    own = order[: max(1, int(np.searchsorted(held, MOST_SPOTS)))]
    apart = np.abs(cut.centres[:, None] - cut.centres[own]).max(axis=2).min(axis=1)
    near = np.flatnonzero(np.isin(cut.of_spot, np.flatnonzero(apart < RINGS * cut.side)))
    return near, np.flatnonzero(np.isin(cut.of_spot[near], own) & telling[near])


def _renumbered(cut: Squares, rows: np.ndarray) -> Squares:
    """Return the squares of some spots."""
    there, of_spot = np.unique(cut.of_spot[rows], return_inverse=True)
    return Squares(of_spot, cut.centres[there], cut.side)


def _folds(
    spots: Touching,
    cut: Squares,
    judged: np.ndarray,
    way: str,
    means: np.ndarray,
    noise: CellNoise,
    order: np.ndarray,
    rng: np.random.Generator,
) -> list[list[Fold]]:
    """Fit spots pooled by each of WIDTHS, without each third of the genes; return the folds of each width."""
    found: list[list[Fold]] = [[] for _ in WIDTHS]
    weights = [weights_within(spots.spatial, width) for width in WIDTHS]
    for out, kept in left_out.splits(order):
        some, of_kept = spots.of(kept), noise.of(kept)
        around = surroundings(some, cut, means[:, kept], of_kept, rng, WAYS[way])
        for folds, of_width in zip(found, weights, strict=True):
            measured = Pooled(some, of_width, around.expected).at(judged)
            fit = spot_model.learn(
                measured, means[:, kept], of_kept, way=WAYS[way], rounds=ROUNDS, log_factors=around.log_factors
            )
            folds.append(Fold(out, fit[1].coefficients))
    return found
