"""Bulk samples of known composition, each with the reference that estimators are given."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract import seeds
from bulk2space.contract.expression import counts_or_linear
from bulk2space.contract.keys import Layers, Obs
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.numerics.shares import largest_remainder

from .data_sets import BLOOD
from .splits import FEWEST_CELLS

LINES, ISLETS = "sc_celllines_celseq2_5cl", "sc_pancreas_panc8_small"
MIXTURES = "bulk_celllines_rnamix_celseq2"
PAIRED_CELLS = 500  # that a bulk of the protocol 'paired' is the sum of
PAIRED = ("own", "even", "dirichlet")  # its three compositions


class Case(NamedTuple):
    """A reference and bulk samples of known composition.

    Attributes
    ----------
    name
        Name of the case in the table of results.
    source
        Name of the data set, which tells its role.
    reference
        Cells, as the pipeline's reader returns them.
    bulk
        Linear expression, samples × the reference's genes.
    rna_fraction, proportion
        The ground truth, samples × sorted types: proportions of the mRNA and of the cells; ``None`` where unknown.
    """

    name: str
    source: str
    reference: ad.AnnData
    bulk: sp.csr_matrix
    rna_fraction: np.ndarray | None
    proportion: np.ndarray | None


def types_of(reference: ad.AnnData) -> list[str]:
    """Return the sorted names of the cell types."""
    return sorted(set(labels_of(reference)))


def labels_of(cells: ad.AnnData) -> np.ndarray:
    """Return the cell type of every cell, (cells,)."""
    return cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)


def mixtures(data: Path) -> Case:
    """Return mixtures of the RNA of three cell lines in known proportions; the reference holds two more lines."""
    reference, bulk = door.reference(data / f"{LINES}.h5ad", None), ad.read_h5ad(data / f"{MIXTURES}.h5ad")
    shared = [gene for gene in reference.var_names if gene in bulk.var_names]
    reference = reference[:, shared].copy()
    truth = np.column_stack([bulk.obs.get(f"frac_{name}", np.zeros(bulk.n_obs)) for name in types_of(reference)])
    return Case("celllines", LINES, reference, sp.csr_matrix(bulk[:, shared].X), truth, None)


def halves(data: Path, name: str, seed: int) -> tuple[ad.AnnData, ad.AnnData]:
    """Return two random halves of the cells of a set, without types that only one of them has."""
    path = data / f"{name}.h5ad"
    if not path.is_file():
        raise InputError(f"{path.name}: is not in {data}, check --set")
    cells = door.reference(path, None)
    order = seeds.generator(seed, "halves", name).permutation(cells.n_obs)
    middle = cells.n_obs // 2
    first, second = cells[order[:middle]].copy(), cells[order[middle:]].copy()
    both = [t for t in types_of(first) if t in set(labels_of(second))]
    return tuple(half[half.obs[Obs.CELL_TYPE].isin(both)].copy() for half in (first, second))


def summed(cells: ad.AnnData, numbers: np.ndarray, rng: np.random.Generator) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return sums of cells drawn with replacement, samples × genes, and proportions of mRNA, samples × types.

    Parameters
    ----------
    cells
        Cells to draw from.
    numbers
        Cells of each type, samples × sorted types.
    rng
        Random generator.
    """
    labels, counts = labels_of(cells), counts_or_linear(cells)
    totals = np.asarray(counts.sum(axis=1)).ravel()
    times = np.zeros((len(numbers), cells.n_obs))  # that each cell is drawn
    for t, name in enumerate(types_of(cells)):
        members = np.flatnonzero(labels == name)
        times[:, members] = rng.multinomial(numbers[:, t], np.full(len(members), 1 / len(members)))
    codes = np.searchsorted(types_of(cells), labels)
    rna = (times * totals) @ np.eye(codes.max() + 1)[codes]
    return sp.csr_matrix(sp.csr_matrix(times) @ counts), rna / rna.sum(axis=1, keepdims=True)


def blood(data: Path, seed: int, *, samples: int = 200, cells: int = 500) -> Case:
    """Return bulks of one half of a blood sample; the other half is the reference.

    The proportions of the types come from a Dirichlet(1) distribution.
    """
    reference, held_out = halves(data, BLOOD, seed)
    rng = seeds.generator(seed, "blood")
    drawn = rng.dirichlet(np.ones(len(types_of(reference))), samples)
    numbers = rng.multinomial(cells, drawn)
    bulk, rna = summed(held_out, numbers, rng)
    return Case("pbmc3k", BLOOD, reference, bulk, rna, numbers / cells)


def technologies(data: Path, seed: int, *, samples: int = 20, cells: int = 100) -> Iterator[Case]:
    """Yield every ordered pair of technologies of the islets: the reference from the first, bulks from the second.

    Cells are scaled to equal library size. The proportions of the types come from a Dirichlet(1) distribution.
    """
    path = data / f"{ISLETS}.h5ad"
    everything, technology = door.reference(path, None), ad.read_h5ad(path).obs["tech"].astype(str)
    technology = technology.loc[everything.obs_names].to_numpy()
    sizes = pd.crosstab(technology, labels_of(everything))
    for first, second in itertools.permutations(sorted(sizes.index), 2):
        types = [t for t in sorted(sizes.columns) if sizes.loc[[first, second], t].min() >= FEWEST_CELLS]
        kept = np.isin(labels_of(everything), types)
        reference = everything[kept & (technology == first)].copy()
        held_out = everything[kept & (technology == second)].copy()
        held_out.layers.pop(Layers.COUNTS, None)
        held_out.X = sp.csr_matrix(held_out.X)
        rng = seeds.generator(seed, "technologies", first, second)
        proportions = rng.dirichlet(np.ones(len(types)), samples)
        bulk, _ = summed(held_out, rng.multinomial(cells, proportions), rng)
        yield Case(f"panc8 {first} to {second}", ISLETS, reference, bulk, proportions, None)


def paired(data: Path, name: str, seed: int) -> Case:
    """Return three bulks of one half of a set: of its own composition, of an even one, and of one from Dirichlet(1)."""
    reference, held_out = halves(data, name, seed)
    rng = seeds.generator(seed, "paired", name)
    own = np.unique(labels_of(held_out), return_counts=True)[1]
    drawn = rng.dirichlet(np.ones(len(own)))
    wanted = np.vstack([own / own.sum(), np.full(len(own), 1 / len(own)), drawn])
    numbers = largest_remainder(wanted, np.full(len(PAIRED), PAIRED_CELLS))
    bulk, rna = summed(held_out, numbers, rng)
    return Case(name, name, reference, bulk, rna, numbers / PAIRED_CELLS)
