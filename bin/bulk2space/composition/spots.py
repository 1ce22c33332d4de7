"""Composition of each spot of a section."""

from collections.abc import Sequence
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract.expression import has_counts, linear, total
from ..contract.keys import Layers, Obs, Obsm
from ..numerics.lattice import touch
from ..numerics.scaling import totals
from ..numerics.shares import rows_to_one
from . import log_values, pooling_choice, spot_choice, spot_model
from .cell_noise import CellNoise, cell_noise
from .fractions import fractions_of
from .pooling import Touching
from .profile import ReferenceProfile
from .residual import misfit
from .spot_choice import LOG_VALUES, WAYS, Choice
from .spot_model import Fit, Measured
from .steady_means import steadied
from .surroundings import pooled_fit


class SpotFractions(NamedTuple):
    """Fitted composition of spots.

    Attributes
    ----------
    rna_fraction, proportion, residual
        As in :class:`.fractions.Fractions`.
    deviation
        Standard deviation that the spot model leaves to each proportion, spots × types; zeros where the method has
        none.
    """

    rna_fraction: np.ndarray
    proportion: np.ndarray
    residual: np.ndarray
    deviation: np.ndarray

    @property
    def is_fitted(self) -> np.ndarray:
        """Whether a spot was fitted, (spots,): one without counts in marker genes is not."""
        return self.proportion.sum(axis=1) > 0


def learned(reference: ad.AnnData, profile: ReferenceProfile) -> tuple[ReferenceProfile, CellNoise]:
    """Return what a fit of spots takes of a reference: its profile with steady means, and how cells of one type differ.

    Parameters
    ----------
    reference
        Annotated cells.
    profile
        Their profile, whose means have the chance of few cells (:mod:`.steady_means`).
    """
    codes = np.searchsorted(profile.types, reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    noise = cell_noise(linear(reference[:, profile.genes]), codes, profile.means)
    return profile._replace(means=steadied(profile.means, noise, np.bincount(codes))), noise


def choice_of(
    section: ad.AnnData,
    noise: CellNoise,
    profile: ReferenceProfile,
    cells: np.ndarray,
    *,
    method: str,
    rng: np.random.Generator,
    smoothing: float | None,
    diameter: float = 0.0,
) -> Choice:
    """Let a section choose how it is fitted; the published method leaves no choice.

    Parameters
    ----------
    section, noise, profile, cells, method
        As in :func:`of_spots`.
    rng
        Draws the spots and genes that decide.
    smoothing
        The user's weight of neighbours; None to let the section decide.
    diameter
        Of a spot, in coordinate units. Where spots touch and hold few counts, pooling of these is tried, too, unless
        the user gave a weight of neighbours.
    """
    if method != "negative_binomial":
        return Choice(("standard",), smoothing or 0.0, {})
    used, measured = _measured(section, profile, cells)
    centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)[used]
    choice = spot_choice.choose(measured, centres, profile, noise, rng, smoothing=smoothing)
    if smoothing is not None or not choice.gains or not has_counts(section) or not touch(centres, diameter):
        return choice
    spots = _touching(section, profile, cells)[1]
    own = rng.spawn(1)[0]  # a stream of its own: sections that pool nothing are fitted as without this question
    return pooling_choice.with_pooling(choice, spots, profile.means, noise, own)


def of_spots(
    section: ad.AnnData,
    noise: CellNoise,
    profile: ReferenceProfile,
    cells: np.ndarray,
    *,
    method: str,
    rng: np.random.Generator,
    ways: Sequence[str] = ("standard",),
    pooling: float = 0.0,
) -> SpotFractions:
    """Fit each spot as a non-negative sum of the types' profiles (paper, Methods, eq. 1 and 2, per spot).

    Parameters
    ----------
    section
        The spots.
    noise
        Of the reference's cells, from :func:`learned`.
    profile
        Mean expression of the reference's types, over the genes to use, from the same.
    cells
        Number of cells that each spot holds, (spots,). A spot of 0 cells is not fitted and has zeros.
    method
        ``negative_binomial`` is the model of :mod:`.spot_model`; ``log_nnls`` is least squares on log values, as
        published.
    rng
        Draws the spots that tell what all share, in a large section.
    ways
        Names of the ways to fit, from :func:`choice_of`: the result is the mean of their compositions.
    pooling
        Width by which counts of spots are pooled, from :func:`choice_of`; 0 to fit each spot to its own counts.
    """
    if pooling:
        used, spots = _touching(section, profile, cells)
        found = [pooled_fit(spots, profile.means, noise, rng, WAYS[way], pooling) for way in ways]
        fit = _mean_of(found, _expression(section, profile)[used], profile)
    else:
        used, measured = _measured(section, profile, cells)
        chosen = ways if method == "negative_binomial" else (LOG_VALUES,)
        fit = _mean_of([_fit(measured, profile, noise, rng, way) for way in chosen], measured.expression, profile)
    return SpotFractions(*(_at(used, part) for part in fit))


def _measured(section: ad.AnnData, profile: ReferenceProfile, cells: np.ndarray) -> tuple[np.ndarray, Measured]:
    """Return which spots are fitted, (spots,), and these spots."""
    expression = _expression(section, profile)
    used = (cells > 0) & (np.diff(expression.indptr) > 0)
    counts = np.full(used.sum(), np.inf)
    if has_counts(section):
        counts = totals(section[used, profile.genes].layers[Layers.COUNTS])
    return used, Measured(expression[used], cells[used].astype(float), counts)


def _fit(measured: Measured, profile: ReferenceProfile, noise: CellNoise, rng: np.random.Generator, way: str) -> Fit:
    """Fit spots in one way; that of log values knows no deviation, and has NaN."""
    if way != LOG_VALUES:
        return spot_model.fit(measured, profile.means, noise, rng, WAYS[way])
    coefficients = log_values.fit(measured.expression, profile.log_means)
    return Fit(coefficients, np.zeros(len(profile.genes)), np.full_like(coefficients, np.nan))


def _fractions(found: Fit, profile: ReferenceProfile) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return proportions of mRNA and of cells, and the deviation of the latter, as one way fits them."""
    rna, proportion = fractions_of(found.coefficients, profile.mrna_content)
    of_cells = (found.coefficients / profile.mrna_content).sum(axis=1, keepdims=True)
    deviation = found.deviation / profile.mrna_content / np.maximum(of_cells, np.finfo(float).tiny)
    return rna, proportion, np.minimum(deviation, 1)


def _mean_of(found: Sequence[Fit], expression: sp.csr_matrix, profile: ReferenceProfile) -> SpotFractions:
    """Return the mean of several fits; the residual is that of the spots' own expression, spots × genes."""
    rna, proportion, deviation = zip(*[_fractions(fit, profile) for fit in found], strict=True)
    rna, proportion = (rows_to_one(np.mean(each, axis=0)) for each in (rna, proportion))
    known = [each for each in deviation if not np.isnan(each).any()] or [np.zeros_like(proportion)]
    return SpotFractions(rna, proportion, misfit(expression, rna, profile.means), np.mean(known, axis=0))


def _expression(section: ad.AnnData, profile: ReferenceProfile) -> sp.csr_matrix:
    """Return linear expression of the profile's genes, spots × genes."""
    return linear(section)[:, section.var_names.get_indexer(profile.genes)]


def _touching(section: ad.AnnData, profile: ReferenceProfile, cells: np.ndarray) -> tuple[np.ndarray, Touching]:
    """Return which spots hold cells, (spots,), and these spots; their own genes may have no count."""
    used = (cells > 0) & (total(section) > 0)
    counts = sp.csr_matrix(section[used, profile.genes].layers[Layers.COUNTS], dtype=np.float64)
    centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)[used]
    return used, Touching(counts, total(section)[used], cells[used].astype(float), centres)


def _at(used: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Return the fitted rows at the positions of the used spots, and zeros elsewhere."""
    whole = np.zeros((len(used), *fitted.shape[1:]))
    whole[used] = fitted
    return whole
