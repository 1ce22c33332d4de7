"""Pairs of a reference and a bulk or section: of the same tissue, of a related one, or of another."""

from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers, Obs
from bulk2space.inputs import door
from bulk2space.numerics.scaling import log_normalize, totals

from .bulks import summed, types_of
from .data_sets import JUDGING, path

REFERENCES = {
    "sc_pbmc3k_10x": "blood",
    "sc_pbmc_hao_small": "blood",
    "sc_pbmc68k_reduced": "blood",
    "sc_lymphoid_ref": "lymph node",
    "sc_mob_tepe": "olfactory bulb",
    "sc_brain_zeisel_subset": "cortex",
    "sc_cerebellum_ref384": "cerebellum",
    "sc_hypothalamus_ref_merfishgenes": "hypothalamus",
    "sc_pancreas_xin": "islets",
    "sc_pancreas_panc8_small": "islets",
    "sc_pancreas_baron_subset": "islets",
    "sc_celllines_celseq2_5cl": "lung lines",
}
BULKS = {"bulk_pbmc_finotello_facs": "blood", "bulk_celllines_rnamix_celseq2": "lung lines"}
SECTIONS = {
    "st_mob_rep11": ("olfactory bulb", "spot"),
    "visium_lymphnode": ("lymph node", "spot"),
    "slideseq_cerebellum": ("cerebellum", "spot"),
    "st_pdac_a": ("pancreatic tumour", "spot"),
    "img_starmap_v1_1020": ("visual cortex", "image"),
    "img_merfish_hypothalamus_rctd": ("hypothalamus", "image"),
}
ORGANS = {
    "blood": "immune", "lymph node": "immune", "olfactory bulb": "brain", "cortex": "brain", "cerebellum": "brain",
    "hypothalamus": "brain", "visual cortex": "brain", "islets": "pancreas", "pancreatic tumour": "pancreas",
    "lung lines": "lung lines",
}  # fmt: skip
"""Tissues of one organ share cell types: a pair of them is neither right nor wrong."""
RIGHT, RELATED, WRONG = "same tissue", "same organ", "another tissue"
FEWEST_GENES = 60
"""Pairs that share fewer genes are not judged."""
SAMPLES = 12
"""Most bulk samples of a file."""
COMMON_ISLETS = ["alpha", "beta", "delta"]
"""Types that all references of islets have."""
DEPTHS = (200, 50)
"""Counts of a spot that sections are thinned to."""


class Reference(NamedTuple):
    """An annotated reference with its markers; gene names in capitals, so that mouse and man can be compared."""

    cells: ad.AnnData
    ranking: pd.DataFrame


def role(*names: str) -> str:
    """Return whether sets are kept for judging."""
    return "judging" if JUDGING & set(names) else "tuning"


def kind(first: str, second: str) -> str:
    """Return how two tissues belong together."""
    if first == second:
        return RIGHT
    return RELATED if ORGANS[first] == ORGANS[second] else WRONG


def reference(data: Path, name: str) -> Reference:
    """Return a reference."""
    return with_markers(_in_capitals(door.reference(path(data, name), None)))


def with_markers(cells: ad.AnnData) -> Reference:
    """Return cells with their markers."""
    labels = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    return Reference(cells, markers.rank(sp.csr_matrix(cells.X), labels, list(cells.var_names)))


def bulk(data: Path, name: str) -> ad.AnnData:
    """Return at most SAMPLES samples of a bulk."""
    samples = _in_capitals(door.bulk(path(data, name)))
    chosen = seeds.generator(0, name).permutation(samples.n_obs)[:SAMPLES]
    return samples[np.sort(chosen)].copy()


def section(data: Path, name: str) -> ad.AnnData:
    """Return a section."""
    return _in_capitals(door.section(path(data, name), None, platform=SECTIONS[name][1]))


def thinned(section: ad.AnnData, depth: int, seed: int) -> ad.AnnData:
    """Return a section whose spots keep at most so many of their counts."""
    counts = section.layers[Layers.COUNTS]
    kept = np.minimum(depth / np.maximum(totals(counts), 1), 1)
    rng = seeds.generator(seed, "thinned", str(depth))
    drawn = rng.binomial(counts.data.astype(int), np.repeat(kept, np.diff(counts.indptr)))
    thin = section.copy()
    thin.layers[Layers.COUNTS] = sp.csr_matrix((drawn.astype(np.float32), counts.indices, counts.indptr), counts.shape)
    thin.X = log_normalize(thin.layers[Layers.COUNTS])
    return thin


def islets(first: Reference, second: Reference, seed: int) -> tuple[Reference, ad.AnnData]:
    """Return a reference of one laboratory and three bulks of another's cells, of the types that both have."""
    ours, theirs = (_of_types(one.cells, COMMON_ISLETS) for one in (first, second))
    return with_markers(ours), _bulks(theirs, seed)


def without_each_type(whole: Reference, seed: int) -> list[tuple[str, Reference, ad.AnnData, np.ndarray]]:
    """Return, for each type, half of the cells without it as reference, and bulks of the other half with it.

    Returns
    -------
    The type, the reference, the bulks, and the type's proportion of the mRNA in each bulk.
    """
    order = seeds.generator(seed, "removed").permutation(whole.cells.n_obs)
    half = len(order) // 2
    known, hidden = whole.cells[order[:half]].copy(), whole.cells[order[half:]].copy()
    types = types_of(hidden)
    made = []
    for number, name in enumerate(types):
        rng = seeds.generator(seed, "removed", name)
        drawn = rng.dirichlet(np.ones(len(types)), 3)
        drawn[:, number] = 0
        drawn = drawn / drawn.sum(axis=1, keepdims=True) * 0.65
        drawn[:, number] = 0.35
        mixed, rna = summed(hidden, rng.multinomial(500, drawn), rng)
        left = with_markers(_of_types(known, [one for one in types_of(known) if one != name]))
        made.append((name, left, _as_bulk(mixed, hidden), rna[:, number]))
    return made


def _bulks(cells: ad.AnnData, seed: int) -> ad.AnnData:
    rng = seeds.generator(seed, "pairs")
    numbers = rng.multinomial(400, rng.dirichlet(np.ones(len(types_of(cells))), 3))
    return _as_bulk(summed(cells, numbers, rng)[0], cells)


def _as_bulk(values: sp.csr_matrix, cells: ad.AnnData) -> ad.AnnData:
    names = pd.DataFrame(index=[f"sample {n}" for n in range(1, values.shape[0] + 1)])
    return ad.AnnData(sp.csr_matrix(values, dtype=np.float32), obs=names, var=cells.var[[]])


def _of_types(cells: ad.AnnData, types: list[str]) -> ad.AnnData:
    chosen = cells[cells.obs[Obs.CELL_TYPE].isin(types)].copy()
    chosen.obs[Obs.CELL_TYPE] = chosen.obs[Obs.CELL_TYPE].cat.remove_unused_categories()
    return chosen


def _in_capitals(adata: ad.AnnData) -> ad.AnnData:
    names = adata.var_names.str.upper()
    kept = ~names.duplicated()
    adata = adata[:, kept].copy()
    adata.var_names = names[kept]
    return adata
