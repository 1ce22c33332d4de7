"""Imaged sections whose types or hidden genes are known: what the pipeline says of its own certainty can be checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Layers, Obs
from bulk2space.inputs import door

from . import imaged
from .data_sets import JUDGING, path
from .imaged import KEPT, TUNING, Task

ISLETS = "sc_pancreas_panc8_small"
LABORATORIES = {
    "indrop": ("celseq", "celseq2"),
    "celseq2": ("smartseq2", "indrop"),
    "fluidigmc1": ("celseq2", "indrop"),
}
"""Technology of the cells that are imaged, and of those that are the reference."""
DEPTH = 300  # counts of an imaged cell that is made of a sequenced one
VARYING = 600  # genes, by variance, that a panel is drawn from
GENE_SEEDS = range(2)  # of sections whose genes are held out in five parts


class Case(NamedTuple):
    """A section with a known answer.

    Attributes
    ----------
    name, role, seed
        What it is called; whether it took part in choices; the seed of its split.
    task
        What is to be mapped.
    """

    name: str
    role: str
    seed: int
    task: Task


def cases(data: Path, of_demo: Task, *, judging: bool) -> Iterator[Case]:
    """Yield all cases; ``judging`` adds the sets kept for judging, ``of_demo`` is from :func:`demo_task`."""
    for case in imaged.CASES:
        for seed in imaged.SEEDS:
            yield Case(f"STARmap, {case}", TUNING, seed, imaged.halves(data, seed, case))
    yield Case("demo, generated cells", TUNING, 0, of_demo)
    for number, task in enumerate(islets(data)):
        yield Case("islets, other laboratories", TUNING, number, task)
    pair = imaged.shared_columns(data)
    for seed in GENE_SEEDS:
        for task in imaged.held_out_genes(*pair, seed):
            yield Case("MERFISH, five-fold", TUNING, seed, task)
    if judging:
        yield from _judging(data)


def _judging(data: Path) -> Iterator[Case]:
    counts, types = imaged.read(data, imaged.JUDGED)
    for seed in GENE_SEEDS:
        one, other = np.array_split(np.random.default_rng(seed).permutation(len(counts)), 2)
        parts = counts[one], types[one], counts[other], types[other]
        every = np.arange(counts.shape[1])
        yield Case("osmFISH, halves", KEPT, seed, Task(*parts, every, every[:0]))
        for task in imaged.held_out_genes(*parts, seed):
            yield Case("osmFISH, five-fold", KEPT, seed, task._replace(truth=None))
    for name in sorted(JUDGING):
        counts, types = imaged.read(data, name)
        for seed in imaged.SEEDS:
            one, other = np.array_split(np.random.default_rng(seed).permutation(len(counts)), 2)
            yield Case(f"{name}, halves", KEPT, seed, made(counts, types, one, other, seed))


def islets(data: Path) -> Iterator[Task]:
    """Yield islet cells of one technology as a section, those of two others as the reference."""
    cells = ad.read_h5ad(path(data, ISLETS))
    counts, technology = np.rint(sp.csr_matrix(cells.X).toarray()), cells.obs["tech"].astype(str).to_numpy()
    types = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    for section, reference in LABORATORIES.items():
        known, shown = np.flatnonzero(np.isin(technology, reference)), np.flatnonzero(technology == section)
        yield made(counts, types, known, shown, 0)


def made(counts: np.ndarray, types: np.ndarray, known: np.ndarray, shown: np.ndarray, seed: int) -> Task:
    """Make a section of sequenced cells: a random panel, thinned to the depth of imaging.

    Parameters
    ----------
    counts, types
        Cells × genes, and their types.
    known, shown
        Rows of the reference's and of the section's cells.
    seed
        Of panel and counts.
    """
    rng = np.random.default_rng(seed)
    varying = np.argsort(-np.log1p(counts).var(axis=0), kind="stable")[:VARYING]
    measured = np.sort(rng.choice(varying, min(imaged.PANEL, len(varying) // 2), replace=False))
    kept = np.clip(DEPTH / np.maximum(counts[shown][:, measured].sum(axis=1), 1), 0, 1)
    section = rng.binomial(counts[shown].astype(np.int64), kept[:, None]).astype(float)
    others = np.setdiff1d(np.arange(counts.shape[1]), measured)
    return Task(counts[known], types[known], section, types[shown], measured, others)


def demo_task(folder: Path, demo: Path, sample: str) -> Task:
    """Return the demo's imaged section with the cells that were generated for it.

    Parameters
    ----------
    folder
        Holds reference.h5ad and cells.h5ad.
    demo, sample
        The demo's input with its ground truth, and the sample that has the imaged section.
    """
    cells = ad.read_h5ad(folder / "cells.h5ad")
    section = door.section(demo / "image.csv", demo / "image_meta.csv", platform="image")
    genes = cells.var_names.get_indexer(section.var_names)
    shown = np.zeros((section.n_obs, cells.n_vars))
    shown[:, genes[genes >= 0]] = section.layers[Layers.COUNTS].toarray()[:, genes >= 0]
    truth = pd.read_csv(demo / "truth" / sample / "image.csv").set_index("cell")["cell_type"]
    return Task(
        cells.layers[Layers.COUNTS].toarray(),
        cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str),
        shown,
        truth.loc[section.obs_names].to_numpy(dtype=str),
        genes[genes >= 0],
        np.arange(0),
        cells.obs[Obs.SOURCE_CELL].to_numpy(dtype=str),
        ad.read_h5ad(folder / "reference.h5ad")[:, cells.var_names].copy(),
    )
