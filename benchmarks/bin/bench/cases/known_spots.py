"""Sections of known cells, made of the reference's technology or of another laboratory's, for judging confidence."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import pandas as pd
from bulk2space.contract import seeds
from bulk2space.contract.expression import linear, shared_genes
from bulk2space.contract.keys import Layers, Obs
from bulk2space.inputs import door

from . import sections, splits
from .data_sets import JUDGING, path
from .pairs import thinned

SPOTS, CELLS_PER_SPOT = 200, 10
MOST_GENES = 4000  # those that vary most
SHALLOW_COUNTS = 500  # of a spot in all genes
RECIPES = ("random", "dirichlet", "shallow")
ONE, TWO = "one laboratory", "two laboratories"
MIXED = "sc_pancreas_panc8_small"  # several technologies in one set
OWN_HALF = (
    "sc_pbmc3k_10x", "sc_pbmc_hao_small", "sc_mob_tepe", "sc_celllines_celseq2_5cl",
    "sc_lymphoid_ref", "sc_pancreas_baron_subset", "sc_brain_zeisel_subset",
)  # fmt: skip
ACROSS = (
    ("sc_pbmc3k_10x", "sc_pbmc_hao_small"), ("sc_pbmc_hao_small", "sc_pbmc3k_10x"),
    ("indrop", "celseq2"), ("celseq2", "indrop"), ("smartseq2", "celseq2"),
    ("sc_pancreas_xin", MIXED), ("sc_lymphoid_ref", "sc_pbmc_hao_small"), ("sc_pancreas_baron_subset", MIXED),
    (MIXED, "sc_pancreas_baron_subset"),
)  # fmt: skip
"""Reference and held-out cells: of two sets, or of two technologies in MIXED."""
ONE_NAME = {
    "Monocytes": ("CD14+ Mono", "FCGR3A+ Mono"), "CD4 T": ("Naive CD4 T", "Memory CD4 T", "T cells CD4 conv", "T_CD4"),
    "CD8 T": ("CD8 T", "T cells CD8", "T_CD8"), "B": ("B cells",), "NK": ("NK cells",), "DC": ("mDC",),
}  # fmt: skip
"""Types of blood that sets name differently."""


class Source(NamedTuple):
    """A reference, and the cells that its sections are made of."""

    reference: ad.AnnData
    held_out: ad.AnnData


def sources() -> list[tuple[str, str]]:
    """Return the names of reference and held-out cells of every case; the same name stands for two halves."""
    return [(name, name) for name in OWN_HALF] + list(ACROSS)


def role(reference: str, held_out: str) -> str:
    """Return whether a case is kept for judging."""
    return "judging" if JUDGING & {reference, held_out} else "tuning"


def source(data: Path, reference: str, held_out: str) -> Source:
    """Return the cells of a case in at most MOST_GENES genes; of two laboratories the types that both have."""
    found = _cells(data, reference, held_out)
    genes = shared_genes(found.reference, found.held_out)
    varying = splits.variable_genes(linear(found.reference[:, genes]), MOST_GENES)
    chosen = [genes[place] for place in varying]
    return Source(*(cells[:, chosen].copy() for cells in found))


def _cells(data: Path, reference: str, held_out: str) -> Source:
    """Return the cells of a case with all their genes."""
    if reference == held_out:
        cells = door.reference(path(data, reference), None)
        known, held = splits.halves(cells.n_obs)
        return Source(cells[known].copy(), cells[held].copy())
    if (data / f"{reference}.h5ad").exists():
        return _of_shared_types(*(_one_name(door.reference(path(data, name), None)) for name in (reference, held_out)))
    cells = door.reference(path(data, MIXED), None)
    technology = ad.read_h5ad(path(data, MIXED)).obs["tech"].reindex(cells.obs_names).to_numpy(dtype=str)
    known, held = splits.between(technology, cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str), reference, held_out)
    return Source(cells[known].copy(), cells[held].copy())


def simulated(made_of: ad.AnnData) -> Iterator[tuple[str, ad.AnnData, pd.DataFrame]]:
    """Yield the recipe, the section and its true cells (spots × types) of every recipe that suits the cells."""
    for recipe in RECIPES:
        shallow = recipe == "shallow"
        if shallow and Layers.COUNTS not in made_of.layers:
            continue
        rng = seeds.generator(0, "known spots", recipe)
        made = sections.simulate(made_of, "dirichlet" if shallow else recipe, SPOTS, CELLS_PER_SPOT, rng)
        section = thinned(made.section, SHALLOW_COUNTS, 0) if shallow else made.section
        yield recipe, section, made.truth.obsm[sections.TRUE_CELLS]


def _one_name(cells: ad.AnnData) -> ad.AnnData:
    """Return cells whose types have the names of ONE_NAME."""
    names = {old: new for new, olds in ONE_NAME.items() for old in olds}
    cells.obs[Obs.CELL_TYPE] = cells.obs[Obs.CELL_TYPE].astype(str).replace(names)
    return cells


def _of_shared_types(*both: ad.AnnData) -> Source:
    """Return the cells of the types that have enough cells in both sets."""
    sizes = [cells.obs[Obs.CELL_TYPE].value_counts() for cells in both]
    shared = [name for name, size in sizes[0].items() if min(size, sizes[1].get(name, 0)) >= splits.FEWEST_CELLS]
    return Source(*(cells[cells.obs[Obs.CELL_TYPE].isin(shared).to_numpy()].copy() for cells in both))
