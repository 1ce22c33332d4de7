"""Spots simulated from held-out cells of the reference: as deep as a section's spots, and as foreign to the reference.

The composition of these spots is known. So the errors of the spot model on them say what errors to expect in the
section. Half of the reference's cells, in each type, is the reference of the simulation; spots are made of the other
half. Three things are taken from the section: compositions and numbers of cells, counts of each spot, and how far its
platform is from the reference's. The last is the ratio of the section's mean expression to its fit, gene by gene, and
the spread of these ratios. Every draw has differences of its own between the platforms:

* each gene has the section's own ratio, times a random factor for each type;
* each type is moved towards or away from each other type, in log expression. Differences between laboratories follow
  programs of genes, and those in which types differ are the ones that lead to wrong compositions.
"""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.stats import median_abs_deviation

from ..composition.cell_noise import CellNoise
from ..composition.profile import ReferenceProfile, log_totals, reference_profile
from ..composition.spots import learned
from ..contract.expression import counts_or_linear, has_counts, linear, total
from ..contract.keys import Layers, Obs
from ..numerics.groups import type_means
from ..numerics.scaling import totals
from ..numerics.shares import rows_to_one
from .quotas import Quotas

SINGLE_GENES, BETWEEN_TYPES = 0.5, 0.35
"""Standard deviation of a type's log factors of single genes, and of its moves towards another type (root mean square
over genes), in multiples of the spread of the section's ratios. Chosen on the tuning sets (`make bench-trust`)."""
OPEN = 2.0
"""How far true compositions lie from estimates, in standard deviations of the spot model. They are too small, as the
model takes the reference for exact. Chosen on the tuning sets."""
OFFSET = 0.02  # expression per 10 000 that is added before the logarithm of a ratio
OFFSET_OF_TYPES = 0.05  # the same before the logarithm of a type's mean
TINY = 1e-9


class Halves(NamedTuple):
    """The reference of the simulation, and the cells that spots are made of.

    Attributes
    ----------
    profile, noise
        Of one half.
    values
        Counts, or linear expression, of the other half, cells × the profile's genes.
    codes
        Types of these cells, (cells,).
    """

    profile: ReferenceProfile
    noise: CellNoise
    values: sp.csr_matrix
    codes: np.ndarray


class Platform(NamedTuple):
    """How a section differs from its fit.

    Attributes
    ----------
    log_ratio
        Natural logarithm of the section's mean expression over that of its fit, (genes,).
    spread
        Standard deviation of these, by their median deviation, over the half of the genes with the larger fit.
    """

    log_ratio: np.ndarray
    spread: float


class Drawn(NamedTuple):
    """Simulated spots.

    Attributes
    ----------
    spots
        A section of the profile's genes.
    size
        Cells of each spot, (spots,).
    cells
        True cells of each type, spots × types.
    """

    spots: ad.AnnData
    size: np.ndarray
    cells: np.ndarray


def halves(
    reference: ad.AnnData, profile: ReferenceProfile, table: dict[str, float] | None, rng: np.random.Generator
) -> Halves:
    """Split the cells of each type at random; a type of one cell is in both halves.

    Parameters
    ----------
    reference
        Annotated cells.
    profile
        Of the whole reference.
    table
        The user's mRNA per cell of each type; None without one.
    rng
        Random generator.
    """
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    codes = np.searchsorted(profile.types, labels)
    order = rng.permutation(len(codes))
    number = pd.Series(order).groupby(codes[order]).cumcount().to_numpy()
    known, held = np.sort(order[number % 2 == 0]), np.sort(order[number % 2 == 1])
    single = np.flatnonzero(np.bincount(codes) == 1)
    held = np.concatenate([held, np.flatnonzero(np.isin(codes, single))])
    half = reference[known]
    own, noise = learned(half, reference_profile(half, profile.genes, mrna_content=table))
    content = np.exp(type_means(sp.csr_matrix(log_totals(reference)[:, None]), labels)[1].ravel())
    scale = profile.mrna_content / content  # differs between types where the user's table says so
    values = sp.diags(scale[codes[held]]) @ counts_or_linear(reference[held][:, profile.genes])
    return Halves(own, noise, sp.csr_matrix(values), codes[held])


def platform(section: ad.AnnData, profile: ReferenceProfile, quotas: Quotas) -> Platform:
    """Measure how a section differs from its fit, gene by gene; spots without cells have no fit and take no part."""
    expression = sp.csr_matrix(linear(section)[:, section.var_names.get_indexer(profile.genes)])
    expression.data[np.repeat(~quotas.filled, np.diff(expression.indptr))] = 0
    fitted = quotas.rna_fraction @ profile.means.sum(axis=1)
    scale = np.divide(totals(expression), fitted, out=np.zeros_like(fitted), where=fitted > 0)
    fit = (scale @ quotas.rna_fraction) @ profile.means / len(scale)
    measured = np.asarray(expression.mean(axis=0), dtype=float).ravel()
    log_ratio = np.log(measured + OFFSET) - np.log(fit + OFFSET)
    large = log_ratio[fit >= np.median(fit)]
    return Platform(log_ratio, float(median_abs_deviation(large, scale="normal")))


def factors(profile: ReferenceProfile, between: Platform, rng: np.random.Generator) -> np.ndarray:
    """Draw how another platform would measure each gene in each type, as a factor, types × genes."""
    logs = np.log(profile.means + OFFSET_OF_TYPES)
    moves = logs[None] - logs[:, None]  # from a type (first axis) to another (second), over genes
    length = np.sqrt((moves**2).mean(axis=2))
    steps = np.divide(rng.standard_normal(length.shape), length, out=np.zeros_like(length), where=length > 0)
    moved = np.einsum("tu,tug->tg", BETWEEN_TYPES * steps, moves)
    single = SINGLE_GENES * rng.standard_normal(logs.shape)
    return np.exp(between.log_ratio + between.spread * (single + moved))


def draw(
    section: ad.AnnData, quotas: Quotas, half: Halves, between: Platform, number: int, rng: np.random.Generator
) -> Drawn:
    """Draw spots of one platform.

    Parameters
    ----------
    section, quotas
        The section, and what its spots are estimated to hold.
    half
        From :func:`halves`.
    between
        From :func:`platform`.
    number
        How many spots to draw; at most as many as take cells.
    rng
        Random generator.
    """
    profile = half.profile
    rows = np.sort(rng.choice(np.flatnonzero(quotas.filled), number, replace=False))
    size = quotas.cells[rows].sum(axis=1)
    spot = np.repeat(np.arange(number), size)
    edges = np.cumsum(compositions(quotas, rows, rng), axis=1)[:, :-1]
    kind = (rng.random((len(spot), 1)) > edges[spot]).sum(axis=1)
    sizes = np.bincount(half.codes, minlength=len(profile.types))
    order, first = np.argsort(half.codes, kind="stable"), np.cumsum(sizes) - sizes
    cell = order[first[kind] + (rng.random(len(kind)) * sizes[kind]).astype(int)]
    expected = np.zeros((number, len(profile.genes)))
    for code, factor in enumerate(factors(profile, between, rng)):
        own = kind == code
        chosen = sp.csr_matrix((np.ones(own.sum()), (spot[own], cell[own])), shape=(number, len(half.codes)))
        expected += (chosen @ half.values).toarray() * factor
    cells = np.bincount(spot * len(sizes) + kind, minlength=number * len(sizes)).reshape(number, -1)
    return Drawn(_measured(expected, section[rows], profile.genes, rng), size, cells)


def compositions(quotas: Quotas, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw compositions that the given spots may have, rows × types; they sum to 1.

    An estimate that the counts leave open lies close to the section's mean. So estimates differ less from spot to spot
    than true compositions do. The model's standard deviation brings these differences back.
    """
    estimate = quotas.proportion[rows]
    drawn = np.maximum(estimate + OPEN * quotas.deviation[rows] * rng.standard_normal(estimate.shape), 0)
    return rows_to_one(np.where(drawn.sum(axis=1, keepdims=True) > 0, drawn, estimate))


def _measured(expected: np.ndarray, like: ad.AnnData, genes: list[str], rng: np.random.Generator) -> ad.AnnData:
    """Return spots of an expected expression, known up to a factor, with the counts of spots like these."""
    own = linear(like)[:, like.var_names.get_indexer(genes)]
    shares = expected / np.maximum(expected.sum(axis=1, keepdims=True), TINY)
    if not has_counts(like):
        values = shares * totals(own)[:, None]
        return _section(values, genes, {})
    counts = rng.poisson(shares * totals(like[:, genes].layers[Layers.COUNTS])[:, None])
    values = counts / np.maximum(total(like), 1)[:, None] * 1e4
    return _section(values, genes, {Layers.COUNTS: sp.csr_matrix(counts, dtype=np.float32)})


def _section(values: np.ndarray, genes: list[str], layers: dict[str, sp.csr_matrix]) -> ad.AnnData:
    """Return a section of linear values, as the pipeline keeps one."""
    logs = sp.csr_matrix(np.log1p(values), dtype=np.float32)
    return ad.AnnData(logs, var=pd.DataFrame(index=genes), layers=layers)
