"""Compositions of a section's spots: from counts to shares, and how they stand to their neighbours and to the bulk."""

from typing import NamedTuple

import anndata as ad
import numpy as np
from scipy.spatial import cKDTree

from ..contract.expression import has_counts, linear
from ..contract.keys import Layers, Obs
from ..numerics.scaling import totals
from ..numerics.shares import rows_to_one
from . import spot_model
from .bulk import estimate
from .fractions import Fractions, fractions_of
from .profile import ReferenceProfile
from .residual import misfit

NEIGHBOURS = 6  # of a spot on a hexagonal lattice
RAKING_ROUNDS, RAKED = 1000, 1e-9
INNER = 0.5  # of a bulk's interval, which is wide: the part that the section's shares are brought into
NONE = 1e-12  # a share below is none


def of_spots(
    section: ad.AnnData, reference: ad.AnnData, profile: ReferenceProfile, cells: np.ndarray, *, method: str
) -> Fractions:
    """Fit each spot as a sum of the types' profiles.

    Parameters
    ----------
    section, reference
        Spots, and the annotated cells.
    profile
        Means of the reference over the genes to use.
    cells
        Cells that each spot holds, (spots,); a spot of none is left out and has zeros.
    method
        ``negative_binomial``: the model of :mod:`spot_model`; ``log_nnls``: least squares on log values, as published.

    Returns
    -------
    Fractions, spots × types, and the misfit of each spot.
    """
    used = cells > 0
    expression = linear(section)[:, section.var_names.get_indexer(profile.genes)]
    used &= np.diff(expression.indptr) > 0
    if method == "negative_binomial":
        labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        noise = spot_model.cell_noise(
            linear(reference[:, profile.genes]), np.searchsorted(profile.types, labels), profile.means
        )
        known = has_counts(section)
        counts = totals(section[used, profile.genes].layers[Layers.COUNTS]) if known else np.full(used.sum(), np.inf)
        coefficients = spot_model.fit(expression[used], profile.means, noise, cells[used].astype(float), counts)[0]
        rna, share = fractions_of(coefficients, profile.mrna_content)
        fit = Fractions(rna, share, misfit(expression[used], rna @ profile.means))
    else:
        fit = estimate(expression[used], profile, method=method)
    whole = [np.zeros((section.n_obs, *part.shape[1:])) for part in fit]
    for into, part in zip(whole, fit, strict=True):
        into[used] = part
    return Fractions(*whole)


def smoothed(shares: np.ndarray, spatial: np.ndarray, filled: np.ndarray, weight: float) -> np.ndarray:
    """Mix each spot's shares with the mean of its nearest neighbours'.

    Parameters
    ----------
    shares
        Spots × types.
    spatial
        Centres of the spots, spots × 2.
    filled
        Spots that take part, (spots,).
    weight
        Weight of the neighbours, 0 to 1.

    Returns
    -------
    Spots × types.
    """
    rows = np.flatnonzero(filled)
    number = min(NEIGHBOURS, len(rows) - 1)
    result = shares.copy()
    if weight == 0 or number < 1:
        return result
    near = cKDTree(spatial[rows]).query(spatial[rows], k=number + 1)[1][:, 1:]
    result[rows] = (1 - weight) * shares[rows] + weight * shares[rows][near].mean(axis=1)
    return result


def within(shares: np.ndarray, estimate: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the proportions nearest to a section's that lie in the inner half of a bulk's intervals, (types,).

    A bulk's estimate is noisier than what a section shows of itself, so the section gives way only as far as the bulk
    contradicts it. Nearest in relative entropy: one factor for all types, each held within its bounds.

    Parameters
    ----------
    shares
        Proportions of the section, (types,).
    estimate, low, high
        Proportions of the bulk, which sum to 1, and the ends of their intervals, (types,). A type that the section
        lacks gets its lower bound, beside the sum of 1 of the others. Where these cannot sum to 1 within their
        intervals, all are scaled alike.
    """
    low, high = (estimate + INNER * (end - estimate) for end in (low, high))
    there = shares > NONE
    if not there.any():
        return estimate
    nearest, own, least, most = low.copy(), shares[there], low[there], high[there]
    edges = np.sort(np.concatenate([least / own, most / own]))
    sums = np.clip(np.outer(edges, own), least, most).sum(axis=1)  # grow with the factor, in straight pieces
    nearest[there] = rows_to_one(np.clip(np.interp(1, sums, edges) * own, least, most))
    return nearest


class Raked(NamedTuple):
    """Shares brought to given proportions of the whole.

    Attributes
    ----------
    shares
        Spots × types.
    unreached
        Types wanted that no spot has, so that the others share what they lack.
    """

    shares: np.ndarray
    unreached: np.ndarray


def raked(shares: np.ndarray, cells: np.ndarray, target: np.ndarray) -> Raked:
    """Rescale spots' shares so that their mean, weighted by cells, equals given proportions.

    One factor for each type, found by iterative proportional fitting (Deming and Stephan 1940, Ann Math Stat 11:427):
    what distinguishes spots stays, how common a type is over the section is set.

    Parameters
    ----------
    shares
        Spots × types; rows sum to 1 or 0.
    cells
        Cells of each spot, (spots,).
    target
        Proportions of the whole, (types,).
    """
    there = (cells @ shares > 0) & (target > 0)
    wanted = np.where(there, target, 0.0)
    if not there.any():
        return Raked(shares.copy(), np.flatnonzero(target > 0))
    wanted = wanted / wanted.sum()
    filled = shares.sum(axis=1) > 0
    result = np.where(there, shares, 0.0)
    # a spot of types that are not wanted has nothing to rescale: it takes the composition of the whole
    result[filled & (result.sum(axis=1) == 0)] = wanted
    result = rows_to_one(result)
    for _ in range(RAKING_ROUNDS):
        found = cells @ result / cells.sum()
        if np.abs(found - wanted).max() < RAKED:
            break
        result = rows_to_one(result * np.divide(wanted, found, out=np.zeros_like(found), where=found > 0))
    return Raked(result, np.flatnonzero((target > 0) & ~there))


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return how much of one composition has to change type to become the other (total variation, 0 to 1)."""
    return float(np.abs(first - second).sum() / 2)
