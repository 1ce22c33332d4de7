"""Large references: which cells are kept, at most so many of each type, spread over donors and libraries."""

import logging

import numpy as np
import pandas as pd

from ..contract import remarks, seeds
from ..contract.keys import Obs
from .cell_labels import say_left_out

log = logging.getLogger(__name__)

ORIGINS = (
    ("donor_id", "donor", "patient_id", "patient", "individual", "subject"),
    ("library_id", "library", "sample_id", "sample", "batch", "orig.ident"),
)
"""Columns, in lower case, that say whose a cell is, and in which library it was; the first one of each is used."""
WITHOUT_TYPES = 20
"""Cells that have no types yet are kept as if they were of so many types."""
MOST_NAMED = 8
"""More types than these are counted in a sentence."""


def origins(obs: pd.DataFrame) -> list[str]:
    """Return the columns of metadata that name a cell's donor and library, at most one of each."""
    by_name = {str(column).lower(): column for column in obs}
    found = [next((by_name[name] for name in names if name in by_name), None) for names in ORIGINS]
    return [column for column in found if column is not None]


def kept(groups: np.ndarray, origin: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Choose at most so many cells of each group, so that each origin keeps its proportion of the group.

    Systematic sampling (Madow and Madow 1944, Ann Math Stat 15:1): the cells of a group, in random order within their
    origin, are passed at even steps from a random start. Each cell of a group is equally likely to be chosen, and an
    origin has its proportion of the chosen cells, rounded up or down. A group of no more cells keeps all of them.

    Parameters
    ----------
    groups, origin
        Codes of the group and the origin of each cell, (cells,).
    most
        Largest number of cells of a group.
    rng
        Orders the cells and draws the starts.

    Returns
    -------
    Whether each cell is chosen, (cells,).
    """
    order = np.lexsort((rng.permutation(len(groups)), origin, groups))
    of_group = groups[order]
    sizes = np.bincount(of_group)
    rank = np.arange(len(order)) - (np.cumsum(sizes) - sizes)[of_group]
    number, size = np.minimum(sizes, most)[of_group], sizes[of_group]
    start = rng.random(len(sizes))[of_group]
    chosen = np.empty(len(order), dtype=bool)
    chosen[order] = np.floor(start + (rank + 1) * number / size) > np.floor(start + rank * number / size)
    return chosen


def thinned(obs: pd.DataFrame, known: pd.DataFrame, *, most: int, seed: int, source: str) -> np.ndarray:
    """Choose the cells of a reference that are read; a remark says how many of how many are kept of each type.

    The choice depends on the cells' names and the seed, and not on the order of the file. Cells without a type are not
    chosen, unless no cell has one.

    Parameters
    ----------
    obs
        One row a cell, by name: ``cell_type`` (text or None), where there are types.
    known
        All metadata of the same cells, in which donors and libraries are looked for.
    most
        Largest number of cells of a type.
    seed
        Of the run.
    source
        The file's name, for the remark.

    Returns
    -------
    Positions of the chosen cells, sorted; those of all cells, also without a type, where no type has more.
    """
    has_types = Obs.CELL_TYPE in obs
    labels = obs[Obs.CELL_TYPE].to_numpy() if has_types else np.full(len(obs), "cells without types", dtype=object)
    most = most if has_types else WITHOUT_TYPES * most
    codes, types = pd.factorize(labels, sort=True)  # -1 without a label
    sizes = np.bincount(codes[codes >= 0], minlength=len(types))
    if not (sizes > most).any():
        return np.arange(len(obs))
    if (codes < 0).any():
        say_left_out(int((codes < 0).sum()), len(codes), "a cell type", source)
    columns = origins(known) + [Obs.BATCH] * (Obs.BATCH in obs)
    origin = known.assign(**{Obs.BATCH: obs[Obs.BATCH]} if Obs.BATCH in obs else {})[columns].astype(str)
    codes_of_origin = origin.groupby(columns, sort=True).ngroup().to_numpy() if columns else np.zeros(len(obs), int)
    named = np.argsort(obs.index.to_numpy(), kind="stable")
    named = named[codes[named] >= 0]
    rng = seeds.generator(seed, "thinning")
    rows = np.sort(named[kept(codes[named], codes_of_origin[named], most, rng)])
    _say(types, sizes, np.bincount(codes[rows], minlength=len(types)), columns, source)
    return rows


def _say(types: np.ndarray, sizes: np.ndarray, left: np.ndarray, columns: list[str], source: str) -> None:
    """Remark how many of how many cells are kept of the types that have too many, the largest first."""
    large = [place for place in np.argsort(-sizes, kind="stable") if left[place] < sizes[place]]
    listed = ", ".join(f"{types[place]} {left[place]:,} of {sizes[place]:,}" for place in large[:MOST_NAMED])
    others = f" and {len(large) - MOST_NAMED} other types likewise" if len(large) > MOST_NAMED else ""
    spread = f", spread over {' and '.join(dict.fromkeys(map(str, columns)))}" if columns else ""
    remarks.note(
        log,
        "reference_thinned",
        f"{source}: {left.sum():,} of {sizes.sum():,} cells are kept, drawn at random{spread}: {listed}{others} "
        f"(--max_cells_per_type); types of fewer cells keep all",
        kept=int(left.sum()),
        cells=int(sizes.sum()),
        types={str(types[place]): [int(left[place]), int(sizes[place])] for place in large},
        columns=[str(column) for column in columns],
    )
