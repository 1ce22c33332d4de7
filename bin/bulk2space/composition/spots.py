"""Composition of each spot of a section."""

from collections.abc import Sequence
from typing import NamedTuple

import anndata as ad
import numpy as np

from ..contract.expression import has_counts, linear
from ..contract.keys import Layers, Obs, Obsm
from ..numerics.scaling import totals
from . import spot_choice, spot_model
from .bulk import estimate
from .cell_noise import CellNoise, cell_noise
from .fractions import fractions_of
from .profile import ReferenceProfile
from .residual import misfit
from .spot_choice import Choice
from .spot_model import Measured


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


def noise_in(reference: ad.AnnData, profile: ReferenceProfile) -> CellNoise:
    """Return how cells of one type differ in the profile's genes."""
    codes = np.searchsorted(profile.types, reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    return cell_noise(linear(reference[:, profile.genes]), codes, profile.means)


def choice_of(
    section: ad.AnnData,
    noise: CellNoise,
    profile: ReferenceProfile,
    cells: np.ndarray,
    *,
    method: str,
    rng: np.random.Generator,
    smoothing: float | None,
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
    """
    if method != "negative_binomial":
        return Choice(("standard",), smoothing or 0.0, {})
    used, measured = _measured(section, profile, cells)
    centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)[used]
    return spot_choice.choose(measured, centres, profile.means, noise, rng, smoothing=smoothing)


def of_spots(
    section: ad.AnnData,
    noise: CellNoise,
    profile: ReferenceProfile,
    cells: np.ndarray,
    *,
    method: str,
    rng: np.random.Generator,
    ways: Sequence[str] = ("standard",),
) -> SpotFractions:
    """Fit each spot as a non-negative sum of the types' profiles (paper, Methods, eq. 1 and 2, per spot).

    Parameters
    ----------
    section
        The spots.
    noise
        Of the reference's cells, from :func:`noise_in`.
    profile
        Mean expression of the reference's types, over the genes to use.
    cells
        Number of cells that each spot holds, (spots,). A spot of 0 cells is not fitted and has zeros.
    method
        ``negative_binomial`` is the model of :mod:`.spot_model`; ``log_nnls`` is least squares on log values, as
        published.
    rng
        Draws the spots that tell what all share, in a large section.
    ways
        Names of the ways to fit, from :func:`choice_of`: the result is the mean of their compositions.
    """
    used, measured = _measured(section, profile, cells)
    if method == "negative_binomial":
        parts = [_fitted(measured, noise, profile, rng, way) for way in ways]
        rna, proportion, deviation = (np.mean(each, axis=0) for each in zip(*parts, strict=True))
        fit = SpotFractions(rna, proportion, misfit(measured.expression, rna, profile.means), deviation)
    else:
        published = estimate(measured.expression, profile, method=method)
        fit = SpotFractions(*published, np.zeros_like(published.proportion))
    return SpotFractions(*(_at(used, part) for part in fit))


def _measured(section: ad.AnnData, profile: ReferenceProfile, cells: np.ndarray) -> tuple[np.ndarray, Measured]:
    """Return which spots are fitted, (spots,), and these spots."""
    expression = linear(section)[:, section.var_names.get_indexer(profile.genes)]
    used = (cells > 0) & (np.diff(expression.indptr) > 0)
    counts = np.full(used.sum(), np.inf)
    if has_counts(section):
        counts = totals(section[used, profile.genes].layers[Layers.COUNTS])
    return used, Measured(expression[used], cells[used].astype(float), counts)


def _fitted(
    measured: Measured, noise: CellNoise, profile: ReferenceProfile, rng: np.random.Generator, way: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return proportions of mRNA and of cells, and the deviation of the latter, as one way fits them."""
    found = spot_model.fit(measured, profile.means, noise, rng, spot_choice.WAYS[way])
    rna, proportion = fractions_of(found.coefficients, profile.mrna_content)
    of_cells = (found.coefficients / profile.mrna_content).sum(axis=1, keepdims=True)
    deviation = found.deviation / profile.mrna_content / np.maximum(of_cells, np.finfo(float).tiny)
    return rna, proportion, np.minimum(deviation, 1)


def _at(used: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Return the fitted rows at the positions of the used spots, and zeros elsewhere."""
    whole = np.zeros((len(used), *fitted.shape[1:]))
    whole[used] = fitted
    return whole
