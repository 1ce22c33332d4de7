"""Simulated cohorts of bulk whose expression is known by cell type and sample, each with a reference of other cells.

A sample is the sum of held-out cells. In each type, a fifth of the genes is changed: by a fold in a random half of the
samples, and by a factor of their own in every sample. Then the sum is sequenced. In the cohort of states no gene is
changed: there, samples differ in the kinds of cells that carry one type's name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract import seeds
from bulk2space.contract.expression import counts_or_linear
from bulk2space.contract.keys import Obs
from bulk2space.numerics.scaling import TARGET_SUM

from .bulks import ISLETS, halves, labels_of, types_of
from .data_sets import BLOOD, JUDGING, path
from .hidden_kinds import HIDDEN
from .known_bulk import as_bulk

SAMPLES, CELLS = 40, 10_000  # cells that a sample is the sum of
CONCENTRATION = 5.0  # of the Dirichlet distribution around the set's composition, times the number of types
CHANGED = 0.2  # proportion of a type's genes that differ between samples
FOLD_SD, SPREAD_SD = 0.7, 0.3  # of the log fold of half of the samples, and of each sample's log factor
DEPTH = 5e6  # counts of a sample
PREPARATION_SD = 0.1  # of a gene's log factor in a sample, from its preparation for sequencing
MIXED = 0.5  # concentration of the technologies, or of the kinds of a type's cells, in a sample
STATES = f"{BLOOD}, states"


class KnownExpression(NamedTuple):
    """A cohort whose expression is known by type and sample.

    Attributes
    ----------
    name, role
        The data set, and whether it is kept for judging.
    reference, bulk
        As the pipeline's own files.
    types
        Sorted names of the cell types.
    truth
        Linear expression per 10 000 of each type's cells, types × samples × genes; NaN where a sample has none.
    rna_fraction
        Proportions of mRNA, samples × types.
    changed
        Whether a gene of a type was changed, types × genes.
    """

    name: str
    role: str
    reference: ad.AnnData
    bulk: ad.AnnData
    types: list[str]
    truth: np.ndarray
    rna_fraction: np.ndarray
    changed: np.ndarray


def all_of(data: Path, *, judge: bool) -> Iterator[KnownExpression]:
    """Yield the cohorts of all sets."""
    for name in (BLOOD, ISLETS, *(sorted(JUDGING) if judge else ())):
        yield simulate(data, name)
    yield simulate(data, BLOOD, states=True)


def simulate(data: Path, name: str, *, samples: int = SAMPLES, seed: int = 0, states: bool = False) -> KnownExpression:
    """Make a cohort of one half of a set; the other half is the reference.

    The islets were measured with several technologies. Each sample mixes their cells in proportions of its own, and so
    has differences between samples that nobody simulated. With states, samples so mix the kinds of T cells and of
    monocytes, which the reference does not tell apart.
    """
    reference, held_out = halves(data, name, seed)
    rng = seeds.generator(seed, "known expression", name)
    batch = _technology(data, name, held_out)
    if states:
        batch = np.unique(labels_of(held_out), return_inverse=True)[1]
        for cells in (reference, held_out):
            cells.obs[Obs.CELL_TYPE] = [HIDDEN.get(kind, kind) for kind in labels_of(cells)]
    sums = summed_by_type(held_out, _drawn(held_out, batch, samples, rng))  # types × samples × genes
    changed = np.zeros((len(sums), sums.shape[2]), dtype=bool)
    if not states:
        folds, changed = _folds(sums.shape, rng)
        sums = sums * folds
    totals = sums.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore"):
        truth = np.where(totals > 0, TARGET_SUM * sums / totals, np.nan)
    fraction = totals[:, :, 0].T / totals[:, :, 0].sum(axis=0)[:, None]
    bulk = as_bulk(sequenced(sums.sum(axis=0), rng), held_out)
    role = "judging" if name in JUDGING else "tuning"
    return KnownExpression(
        STATES if states else name, role, reference, bulk, types_of(held_out), truth, fraction, changed
    )


def _technology(data: Path, name: str, cells: ad.AnnData) -> np.ndarray:
    """Return the technology of each cell, (cells,); one for all where the set has one."""
    if name != ISLETS:
        return np.zeros(cells.n_obs, dtype=int)
    found = ad.read_h5ad(path(data, name)).obs["tech"].astype(str)
    return np.unique(found.loc[cells.obs_names], return_inverse=True)[1]


def _drawn(cells: ad.AnnData, batch: np.ndarray, samples: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each cell is drawn, samples × cells."""
    types, codes, sizes = np.unique(labels_of(cells), return_inverse=True, return_counts=True)
    proportions = rng.dirichlet(CONCENTRATION * len(types) * sizes / sizes.sum(), samples)
    mixture = rng.dirichlet(np.full(batch.max() + 1, MIXED), samples)
    drawn = np.zeros((samples, cells.n_obs))
    for number in range(samples):
        for code, wanted in enumerate(rng.multinomial(CELLS, proportions[number])):
            weights = np.where(codes == code, mixture[number][batch] + 1e-6, 0)
            drawn[number] += rng.multinomial(wanted, weights / weights.sum())
    return drawn


def summed_by_type(cells: ad.AnnData, drawn: np.ndarray) -> np.ndarray:
    """Return sums of the cells of each type, types × samples × genes."""
    codes, values = pd.factorize(labels_of(cells), sort=True)[0], counts_or_linear(cells)
    members = [codes == code for code in range(codes.max() + 1)]
    return np.stack([(sp.csr_matrix(drawn[:, own]) @ values[own]).toarray() for own in members]).astype(float)


def _folds(shape: tuple[int, int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each gene is changed, types × samples × genes, and which are, types × genes."""
    types, samples, genes = shape
    changed = rng.random((types, genes)) < CHANGED
    half = rng.permuted(np.broadcast_to(np.arange(samples) < samples // 2, (types, samples)), axis=1)
    logs = half[:, :, None] * rng.normal(0, FOLD_SD, (types, 1, genes)) + rng.normal(0, SPREAD_SD, shape)
    return np.where(changed[:, None, :], np.exp(logs), 1.0), changed


def sequenced(sums: np.ndarray, rng: np.random.Generator) -> sp.csr_matrix:
    """Return counts of a sequencing run, samples × genes."""
    prepared = sums * np.exp(rng.normal(0, PREPARATION_SD, sums.shape))
    return sp.csr_matrix(rng.poisson(DEPTH * prepared / prepared.sum(axis=1, keepdims=True)).astype(np.float32))
