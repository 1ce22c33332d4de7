"""Sections of known layers or cells, each written with its reference and bulk into a folder of its own.

The olfactory bulb and the lymph node are real sections. The sections of blood are sums of held-out cells.
"""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Layers, Obs, Obsm
from bulk2space.inputs import door
from bulk2space.numerics.scaling import log_normalize

from .data_sets import BLOOD, path
from .splits import halves

BULB = "sc_mob_tepe", "st_mob_rep11"  # reference and section
LYMPH_NODE = "sc_lymphoid_ref", "visium_lymphnode"  # kept for judging
RECIPES = ("random", "dirichlet", "shallow")
SPOTS, CELLS_PER_SPOT, SPOTS_IN_A_ROW = 500, 10, 25
CONCENTRATION = 0.3  # of the Dirichlet distribution of a spot's types
SHALLOW = 0.02  # proportion of the counts that a shallow spot keeps: little more than a bead captures


def bulb(data: Path, folder: Path) -> pd.Series:
    """Write the olfactory bulb; return the layer of each spot."""
    section = _real(data, BULB, folder)
    return section.obs["region"].astype(str).str.split(": ").str[1]


def lymph_node(data: Path, folder: Path) -> None:
    """Write the lymph node. Its composition is not known."""
    _real(data, LYMPH_NODE, folder)


def blood(data: Path, folder: Path, recipe: str) -> np.ndarray:
    """Write one half of blood as reference and spots of ten cells of the other half; return cells, spots × types.

    Parameters
    ----------
    data
        Folder of the data sets.
    folder
        Where the files are written.
    recipe
        ``random`` draws from all cells. ``dirichlet`` draws the types from proportions of the spot's own, from a
        Dirichlet(0.3) distribution, and cells within the types. ``shallow`` keeps one in fifty counts of such spots.
    """
    whole = door.reference(path(data, BLOOD), None)
    known, held = halves(whole.n_obs)
    reference, held_out = whole[known].copy(), whole[held]
    types, codes = np.unique(held_out.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
    rng = np.random.default_rng(1)
    members = _at_random(len(codes), rng) if recipe == "random" else _by_type(codes, rng)
    sums = sp.csr_matrix(
        (np.ones(members.size, dtype=np.float32), members.ravel(), np.arange(SPOTS + 1) * CELLS_PER_SPOT),
        (SPOTS, held_out.n_obs),
    )
    counts = sp.csr_matrix(sums @ held_out.layers[Layers.COUNTS], dtype=np.float32)
    if recipe == "shallow":
        counts.data = rng.binomial(counts.data.astype(int), SHALLOW).astype(np.float32)
        counts.eliminate_zeros()
    places = np.column_stack(np.divmod(np.arange(SPOTS), SPOTS_IN_A_ROW)).astype(float)
    section = ad.AnnData(
        log_normalize(counts), obs=pd.DataFrame(index=[f"spot{n}" for n in range(SPOTS)]), var=held_out.var[[]],
        obsm={Obsm.SPATIAL: places}, layers={Layers.COUNTS: counts},
    )  # fmt: skip
    _write(folder, reference, section)
    return np.array([np.bincount(row, minlength=len(types)) for row in codes[members]])


def _real(data: Path, names: tuple[str, str], folder: Path) -> ad.AnnData:
    """Write a real reference and section; return the section."""
    reference = door.reference(path(data, names[0]), None)
    section = door.section(path(data, names[1]), None, platform="spot")
    _write(folder, reference, section)
    return section


def _at_random(n_cells: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the cells of each spot, spots × cells of a spot."""
    return np.argsort(rng.random((SPOTS, n_cells)), axis=1)[:, :CELLS_PER_SPOT]


def _by_type(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return positions of the cells of each spot after drawing their types, spots × cells of a spot."""
    sizes, by_type = np.bincount(codes), np.argsort(codes, kind="stable")
    edges = np.cumsum(rng.dirichlet(np.full(len(sizes), CONCENTRATION), SPOTS), axis=1)
    types = (rng.random((SPOTS, CELLS_PER_SPOT, 1)) > edges[:, None, :-1]).sum(axis=2)
    first = np.cumsum(sizes) - sizes
    return by_type[first[types] + (rng.random(types.shape) * sizes[types]).astype(int)]


def _write(folder: Path, reference: ad.AnnData, section: ad.AnnData) -> None:
    """Write a case as the pipeline normalises it; the bulk is the sum of the section's counts."""
    folder.mkdir(parents=True, exist_ok=True)
    bulk = sp.csr_matrix(section.layers[Layers.COUNTS].sum(axis=0))
    write_h5ad(reference, folder / "reference.h5ad")
    write_h5ad(section, folder / "section.h5ad")
    write_h5ad(ad.AnnData(bulk, obs=pd.DataFrame(index=["bulk"]), var=section.var[[]]), folder / "bulk.h5ad")
