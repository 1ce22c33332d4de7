"""The section decides how it is fitted: genes left out of the fit choose.

No way to fit is the best for all sections. Where counts are few, one weight for a gene in all spots is steadier than
its own in each. Where the types of reference and section differ in more than a factor per gene, factors can be traded
for composition. So each section is fitted in three ways to most of its genes; the others judge (:mod:`.left_out`).

The standard way counts always. The errors of common weights are others than its own, so that the mean of both is closer
to the truth in most sections of counts, more than left-out genes can tell. They join it there, unless left-out genes
are clearly against them. Any other way of these joins only if it is better by more than the noise of the judgement. The
published fit to log values alone predicts left-out genes worse than the standard way. In a section without counts,
whose noise nobody knows, it joins if the mean of all ways then predicts them better. All ways have equal weight. The
same genes say whether neighbouring spots help.
"""

import logging
from typing import NamedTuple

import numpy as np

from ..numerics.lattice import patches
from . import left_out
from .cell_noise import CellNoise
from .left_out import Fold
from .profile import ReferenceProfile
from .smoothing import smoothed
from .spot_block import Way
from .spot_model import STANDARD, Measured

log = logging.getLogger(__name__)

WAYS = {
    "standard": STANDARD,
    "common_weights": Way(common_weights=True, dispersion=0.02),
    "no_gene_factors": Way(gene_factors=False),
}
LOG_VALUES = "log_values"  # the published fit, which is not one of the spot model's ways
SMOOTHINGS = (0.3, 0.6)  # weights of neighbours that are tried
MOST_WORSE = 0.02  # by which common weights may raise the loss of left-out genes; chosen on the tuning sets
NOISE = 1.0  # standard errors over genes by which another way has to be better
FEWEST_SPOTS = 30  # from which a section decides
FEWEST_GENES = 30
MOST_SPOTS = 500  # that decide
PATCH = 25  # neighbouring spots that are drawn together


class Choice(NamedTuple):
    """What a section decided.

    Attributes
    ----------
    ways
        Names of the ways whose mean composition counts.
    smoothing
        Weight of a spot's neighbours.
    gains
        By how much each way and smoothing that was tried lowers the loss of left-out genes against the standard way
        (log values and smoothing: against the mean of the other ways), as a proportion of it; empty where nothing was
        tried.
    pooling
        Width of the Gaussian by which the counts of spots that touch are pooled with their neighbours', in distances of
        neighbouring spots; 0 where they are not (:mod:`.pooling_choice`).
    """

    ways: tuple[str, ...]
    smoothing: float
    gains: dict[str, float]
    pooling: float = 0.0


def choose(
    measured: Measured,
    spatial: np.ndarray,
    profile: ReferenceProfile,
    noise: CellNoise,
    rng: np.random.Generator,
    *,
    smoothing: float | None = None,
) -> Choice:
    """Choose how a section is fitted.

    Parameters
    ----------
    measured, noise
        As in :func:`.spot_model.fit`.
    profile
        Of the reference's types, in the section's genes.
    spatial
        Centres of the spots, spots × 2.
    rng
        Draws the spots that decide, in patches of neighbours, and the genes that are left out together.
    smoothing
        The user's weight of neighbours; None to let the section decide.
    """
    n_spots, n_genes = measured.expression.shape
    if n_spots < FEWEST_SPOTS or n_genes < FEWEST_GENES:
        return Choice(("standard",), smoothing or 0.0, {})
    drawn = patches(spatial, MOST_SPOTS, PATCH, rng)
    some, spatial, means = measured.at(drawn), spatial[drawn], profile.means
    order = rng.permutation(n_genes)
    found = {name: left_out.folds(some, means, noise, way, order) for name, way in WAYS.items()}
    loss = dict(zip(found, left_out.losses(some, means, noise, list(found.values())), strict=True))
    counted = bool(np.isfinite(some.counts).all())
    ways = ways_of(loss, counted=counted)
    gains = {name: gain(each, loss["standard"]) for name, each in loss.items() if name != "standard"}
    if not counted:
        found[LOG_VALUES] = left_out.log_folds(some, profile, order)
        gains[LOG_VALUES] = _gain_beside([found[name] for name in ways], found[LOG_VALUES], some, means, noise)
        ways += (LOG_VALUES,) if gains[LOG_VALUES] > 0 else ()
    if smoothing is None:
        smoothing, more = _smoothing([found[name] for name in ways], some, spatial, means, noise)
        gains |= more
    log.info(
        "genes left out of the fit choose %s, smoothing %.1f; gains over the standard way: %s", " and ".join(ways),
        smoothing, ", ".join(f"{name} {100 * gain:+.2f} %" for name, gain in gains.items()),
    )  # fmt: skip
    return Choice(ways, smoothing, gains)


def ways_of(loss: dict[str, np.ndarray], *, counted: bool) -> tuple[str, ...]:
    """Return the names of the ways whose mean counts.

    Parameters
    ----------
    loss
        Of left-out genes by each way, (genes,).
    counted
        Whether the counts of all spots are known.
    """
    ways = ["standard"]
    if counted and gain(loss["common_weights"], loss["standard"]) > -MOST_WORSE:
        ways.append("common_weights")
    best = min(loss, key=lambda name: float(loss[name].sum()))
    if best not in ways and better(loss[best], loss["standard"]):
        ways.append(best)
    return tuple(ways)


def _gain_beside(
    found: list[list[Fold]], other: list[Fold], measured: Measured, means: np.ndarray, noise: CellNoise
) -> float:
    """Return how much better the mean of several ways predicts left-out genes if one more joins them."""
    without, joined = left_out.losses(measured, means, noise, [mixed_folds(found), mixed_folds([*found, other])])
    return gain(joined, without)


def _smoothing(
    found: list[list[Fold]], measured: Measured, spatial: np.ndarray, means: np.ndarray, noise: CellNoise
) -> tuple[float, dict[str, float]]:
    """Return the weight of neighbours that predicts left-out genes best, and the gains of all weights tried."""
    mean = mixed_folds(found)
    tried = [smoothed_folds(mean, spatial, weight) for weight in SMOOTHINGS]
    alone, *mixed = left_out.losses(measured, means, noise, [mean, *tried])
    gains = {f"smoothing {weight}": gain(loss, alone) for weight, loss in zip(SMOOTHINGS, mixed, strict=True)}
    best = int(np.argmin([loss.sum() for loss in mixed]))
    return (SMOOTHINGS[best] if better(mixed[best], alone) else 0.0), gains


def mixed_folds(found: list[list[Fold]]) -> list[Fold]:
    """Return the folds of several ways with the mean of their coefficients."""
    return [
        Fold(same[0].out, np.mean([fold.coefficients for fold in same], axis=0)) for same in zip(*found, strict=True)
    ]


def smoothed_folds(found: list[Fold], spatial: np.ndarray, weight: float) -> list[Fold]:
    """Return folds after mixing each spot's proportions with its neighbours'."""
    return [Fold(fold.out, _mixed(fold.coefficients, spatial, weight)) for fold in found]


def _mixed(coefficients: np.ndarray, spatial: np.ndarray, weight: float) -> np.ndarray:
    """Return coefficients after mixing each spot's proportions with its neighbours', spots × types."""
    size = coefficients.sum(axis=1, keepdims=True)
    shares = np.divide(coefficients, size, out=np.zeros_like(coefficients), where=size > 0)
    return size * smoothed(shares, spatial, np.ones(len(shares), dtype=bool), weight)


def better(loss: np.ndarray, standard: np.ndarray, *, noise: float = NOISE) -> bool:
    """Tell whether losses of genes, (genes,), are smaller by more than ``noise`` standard errors of their mean."""
    gained = standard - loss
    return bool(gained.mean() > noise * gained.std() / np.sqrt(len(gained)) and gained.mean() > 0)


def gain(loss: np.ndarray, standard: np.ndarray) -> float:
    """Return by how much losses of genes, (genes,), are smaller in their sum, as a proportion of it."""
    return float(1 - loss.sum() / standard.sum())
