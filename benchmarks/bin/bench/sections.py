"""Sections made of held-out cells, as the paper makes them for step 2: who stands in each spot, and their sum."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.expression import counts_or_linear, has_counts
from bulk2space.numerics.scaling import log_normalize
from bulk2space.numerics.shares import largest_remainder
from bulk2space.spots.pseudo_spots import DEEPEST_SPOT, THINNED_SPOT

CONCENTRATION = 0.3  # of the Dirichlet distribution of a spot's types: one to four types share most spots
RECIPES = ("random", "dirichlet")
PITCH = 1.0  # distance of neighbouring spots


class Simulated(NamedTuple):
    """A section and what is true of it.

    Attributes
    ----------
    section
        Spots × genes, as the pipeline's own section files: `X` log1p of values per 10 000, `layers['counts']` where
        cells have counts, `obsm['spatial']`.
    truth
        Spots × genes: `X` the sum of the members' values before any thinning, `obsm['cells']` a table of spots × types.
    """

    section: ad.AnnData
    truth: ad.AnnData


def members_at_random(n_cells: int, n_spots: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the cells of each spot, spots × size; no cell is twice in a spot."""
    return np.argpartition(rng.random((n_spots, n_cells)), size - 1, axis=1)[:, :size]


def members_by_type(codes: np.ndarray, n_spots: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the cells of each spot, spots × size, of types drawn for each spot.

    Shares of types come from a Dirichlet(0.3) distribution and become whole cells by largest remainder; cells of a type
    are drawn with replacement.

    Parameters
    ----------
    codes
        Type of each cell, (cells,); every code from 0 to the largest occurs.
    n_spots, size
        Spots, and cells of each.
    rng
        Random generator.
    """
    sizes = np.bincount(codes)
    shares = rng.dirichlet(np.full(len(sizes), CONCENTRATION), size=n_spots)
    numbers = largest_remainder(shares, np.full(n_spots, size))
    kinds = np.repeat(np.tile(np.arange(len(sizes)), n_spots), numbers.ravel())
    order, first = np.argsort(codes, kind="stable"), np.cumsum(sizes) - sizes
    return order[first[kinds] + (rng.random(len(kinds)) * sizes[kinds]).astype(int)].reshape(n_spots, size)


def simulate(held_out: ad.AnnData, recipe: str, n_spots: int, size: int, rng: np.random.Generator) -> Simulated:
    """Make a section of held-out cells; a spot of more than 25 000 UMI is thinned to 20 000 (paper, Methods).

    Parameters
    ----------
    held_out
        Annotated cells × genes.
    recipe
        ``random``: any cells; ``dirichlet``: few types a spot.
    n_spots, size
        Spots, and cells of each.
    rng
        Random generator.
    """
    types, codes = np.unique(held_out.obs["cell_type"].to_numpy(dtype=str), return_inverse=True)
    if recipe == "random":
        members = members_at_random(len(codes), n_spots, size, rng)
    else:
        members = members_by_type(codes, n_spots, size, rng)
    spots = np.repeat(np.arange(n_spots), size)
    sums = sp.csr_matrix((np.ones(members.size), (spots, members.ravel())), shape=(n_spots, len(codes)))
    values = sp.csr_matrix(sums @ counts_or_linear(held_out), dtype=np.float64)
    numbers = np.bincount(spots * len(types) + codes[members.ravel()], minlength=n_spots * len(types))

    names = [f"spot_{spot:05d}" for spot in range(n_spots)]
    obs = pd.DataFrame(index=names)
    cells = pd.DataFrame(numbers.reshape(n_spots, len(types)), index=names, columns=types)
    truth = ad.AnnData(values, obs=obs, var=held_out.var[[]], obsm={"cells": cells})
    seen, layers = values, {}
    if has_counts(held_out):
        seen = thinned(values, rng)
        layers = {"counts": seen.astype(np.float32)}
    section = ad.AnnData(
        log_normalize(seen), obs=obs, var=held_out.var[[]], layers=layers, obsm={"spatial": grid(n_spots)}
    )
    return Simulated(section, truth)


def thinned(counts: sp.csr_matrix, rng: np.random.Generator) -> sp.csr_matrix:
    """Bring rows of more than 25 000 counts to 20 000 expected ones, each count kept or lost by itself."""
    totals = np.asarray(counts.sum(axis=1)).ravel()
    keep = np.where(totals > DEEPEST_SPOT, THINNED_SPOT / np.maximum(totals, 1), 1.0)
    drawn = counts.copy()
    chance = np.repeat(keep, np.diff(counts.indptr))
    drawn.data = rng.binomial(np.rint(counts.data).astype(np.int64), chance).astype(np.float64)
    drawn.eliminate_zeros()
    return drawn


def grid(n_spots: int) -> np.ndarray:
    """Return places on a square grid, row by row, spots × 2."""
    width = int(np.ceil(np.sqrt(n_spots)))
    row, column = np.divmod(np.arange(n_spots), width)
    return np.stack([column, row], axis=1) * PITCH
