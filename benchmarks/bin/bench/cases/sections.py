"""Sections made of held-out cells, as the paper makes them for step 2: each spot is the sum of known cells."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.expression import counts_or_linear, has_counts
from bulk2space.contract.keys import Layers, Obs, Obsm
from bulk2space.numerics.scaling import log_normalize
from bulk2space.numerics.shares import largest_remainder
from bulk2space.spots.pseudo_spots import DEEPEST_SPOT, THINNED_SPOT

CONCENTRATION = 0.3  # of the Dirichlet distribution of a spot's types: most spots hold one to four types
RECIPES = ("random", "dirichlet")
PITCH = 1.0  # distance of neighbouring spots, in coordinate units
MEASURED = "measured"  # layer of held-out cells: values as measured, where they are no whole counts
TRUE_CELLS = "cells"  # obsm entry of the ground truth: cells of each type, spots × types


class Simulated(NamedTuple):
    """A section and its ground truth.

    Attributes
    ----------
    section
        Spots × genes, like the pipeline's own section files: `X` log1p of values per 10 000, `layers['counts']` where
        the cells have counts, `obsm['spatial']`.
    truth
        Spots × genes: `X` the sum of the members' values before any thinning, `obsm['cells']` a table of spots × types.
    """

    section: ad.AnnData
    truth: ad.AnnData


def members_at_random(n_cells: int, n_spots: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the cells of each spot, spots × size; no cell is twice in a spot."""
    return np.argpartition(rng.random((n_spots, n_cells)), size - 1, axis=1)[:, :size]


def members_by_type(codes: np.ndarray, n_spots: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the cells of each spot, spots × size, after drawing the types of each spot.

    Proportions of types come from a Dirichlet(0.3) distribution and become whole cells by largest remainder. Cells of a
    type are drawn with replacement.

    Parameters
    ----------
    codes
        Type of each cell, (cells,); every code from 0 to the largest occurs.
    n_spots, size
        Number of spots, and of cells in each.
    rng
        Random generator.
    """
    sizes = np.bincount(codes)
    proportions = rng.dirichlet(np.full(len(sizes), CONCENTRATION), size=n_spots)
    numbers = largest_remainder(proportions, np.full(n_spots, size))
    kinds = np.repeat(np.tile(np.arange(len(sizes)), n_spots), numbers.ravel())
    order, first = np.argsort(codes, kind="stable"), np.cumsum(sizes) - sizes
    return order[first[kinds] + (rng.random(len(kinds)) * sizes[kinds]).astype(int)].reshape(n_spots, size)


def simulate(held_out: ad.AnnData, recipe: str, n_spots: int, size: int, rng: np.random.Generator) -> Simulated:
    """Make a section of held-out cells; a spot of more than 25 000 counts is thinned to 20 000 (paper, Methods).

    Parameters
    ----------
    held_out
        Annotated cells × genes.
    recipe
        ``random`` draws from all cells; ``dirichlet`` puts few types into each spot.
    n_spots, size
        Number of spots, and of cells in each.
    rng
        Random generator.
    """
    types, codes = np.unique(held_out.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
    if recipe == "random":
        members = members_at_random(len(codes), n_spots, size, rng)
    else:
        members = members_by_type(codes, n_spots, size, rng)
    spots = np.repeat(np.arange(n_spots), size)
    sums = sp.csr_matrix((np.ones(members.size), (spots, members.ravel())), shape=(n_spots, len(codes)))
    measured = held_out.layers[MEASURED] if MEASURED in held_out.layers else counts_or_linear(held_out)
    values = sp.csr_matrix(sums @ measured, dtype=np.float64)
    numbers = np.bincount(spots * len(types) + codes[members.ravel()], minlength=n_spots * len(types))

    names = [f"spot_{spot:05d}" for spot in range(n_spots)]
    obs = pd.DataFrame(index=names)
    cells = pd.DataFrame(numbers.reshape(n_spots, len(types)), index=names, columns=types)
    truth = ad.AnnData(values, obs=obs, var=held_out.var[[]], obsm={TRUE_CELLS: cells})
    seen, layers = values, {}
    if has_counts(held_out):
        seen = thinned(values, rng)
        layers = {Layers.COUNTS: seen.astype(np.float32)}
    section = ad.AnnData(
        log_normalize(seen), obs=obs, var=held_out.var[[]], layers=layers, obsm={Obsm.SPATIAL: grid(n_spots)}
    )
    return Simulated(section, truth)


def thinned(counts: sp.csr_matrix, rng: np.random.Generator) -> sp.csr_matrix:
    """Thin rows of more than 25 000 counts to 20 000 expected ones; each count is kept or lost independently."""
    totals = np.asarray(counts.sum(axis=1)).ravel()
    keep = np.where(totals > DEEPEST_SPOT, THINNED_SPOT / np.maximum(totals, 1), 1.0)
    drawn = counts.copy()
    chance = np.repeat(keep, np.diff(counts.indptr))
    drawn.data = rng.binomial(np.rint(counts.data).astype(np.int64), chance).astype(np.float64)
    drawn.eliminate_zeros()
    return drawn


def grid(n_spots: int) -> np.ndarray:
    """Return locations on a square grid, row by row, spots × 2."""
    width = int(np.ceil(np.sqrt(n_spots)))
    row, column = np.divmod(np.arange(n_spots), width)
    return np.stack([column, row], axis=1) * PITCH
