"""What expression to expect of each spot, given its composition and the state of its cells.

Expected expression is a product of two tables: spots × (types and programs), and (types and programs) × genes.
"""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import seeds
from ..contract.expression import linear, shared_genes
from ..contract.keys import Obs
from ..contract.stored import Readable
from ..numerics.groups import type_means
from .spot_values import blocks, values_of
from .state_weight import chosen_weight
from .states import Programs, gene_factors, programs, states


class Composed(NamedTuple):
    """What the step has found of the spots, in the order of the section.

    Attributes
    ----------
    types
        Names of the types.
    proportion, rna_fraction
        Spots × types.
    cells
        Number of cells, (spots,).
    of_spot
        `residual` and `confidence`, one row per spot.
    """

    types: list[str]
    proportion: np.ndarray
    rna_fraction: np.ndarray
    cells: np.ndarray
    of_spot: pd.DataFrame


def composed(table: pd.DataFrame, spots: pd.Index) -> Composed:
    """Return the columns of a spots.csv (every spot × type) as tables over the spots."""
    types = sorted(table["cell_type"].unique())
    wide = {
        name: table.pivot(index="spot", columns="cell_type", values=name).loc[spots, types].to_numpy(dtype=float)
        for name in ("proportion", "rna_fraction", "n_cells")
    }
    of_spot = table.drop_duplicates("spot").set_index("spot").loc[spots, ["residual", "confidence"]]
    return Composed(types, wide["proportion"], wide["rna_fraction"], wide["n_cells"].sum(axis=1), of_spot)


class Factors(NamedTuple):
    """Two tables whose product is the expected linear expression per 10 000; what lies below zero counts as zero.

    Attributes
    ----------
    weights
        Proportions of the mRNA, and states of the spot along the programs: spots × (types and programs).
    profiles
        Mean expression of the types, and what a program adds: (types and programs) × genes of the reference.
    left_out
        Correlation of expected with measured expression, as of :class:`.state_weight.Chosen`.
    """

    weights: np.ndarray
    profiles: np.ndarray
    left_out: pd.Series

    def log(self, rows: slice, columns: np.ndarray) -> np.ndarray:
        """Return log1p of the expected expression per 10 000 of some spots and genes, spots × genes."""
        return np.log1p(np.maximum(self.weights[rows] @ self.profiles[:, columns], 0))


def factors_of(section: Readable, reference: ad.AnnData, found: Composed, *, seed: int, sample: str) -> Factors:
    """Return the tables of the expected expression.

    Parameters
    ----------
    section
        Spots, read block by block.
    reference
        Annotated cells.
    found
        Composition of the spots.
    seed, sample
        Of the run.
    """
    rng = seeds.generator(seed, "expected expression", sample)
    genes = np.array(shared_genes(reference, section), dtype=str)
    weight, left_out = chosen_weight(section, reference, genes, found.rna_fraction, found.cells, rng)
    learned = programs(reference, reference.var_names.get_indexer(genes), rng)
    names = reference.var_names[learned.genes]
    of_genes = _gene_factors(section, names, found, learned)
    told = np.zeros((section.n_obs, learned.effects.shape[1]))
    for rows in blocks(section.n_obs):
        values, filled = values_of(section, rows, names), found.cells[rows] > 0
        told[rows] = (
            weight * filled[:, None] * states(values, found.rna_fraction[rows], found.cells[rows], learned, of_genes)
        )
    means = type_means(linear(reference), reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))[1]
    weights, profiles = np.hstack([found.rna_fraction, told]), np.vstack([means, learned.effects.T])
    return Factors(weights.astype(np.float32), profiles.astype(np.float32), left_out)


def _gene_factors(section: Readable, names: pd.Index, found: Composed, learned: Programs) -> np.ndarray:
    """Return what the section measures more of each gene of the programs than expected, (genes,)."""
    filled = found.cells > 0
    sums = sum(values_of(section, rows, names)[filled[rows]].sum(axis=0) for rows in blocks(section.n_obs))
    measured = np.asarray(sums).ravel() / max(filled.sum(), 1)
    return gene_factors(measured, (found.rna_fraction[filled] @ learned.means).mean(axis=0))
