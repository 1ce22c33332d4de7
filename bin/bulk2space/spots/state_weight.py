"""How much of the states a section believes: chosen by genes that are left out."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..contract.expression import linear
from ..contract.keys import Obs
from ..contract.stored import Readable
from ..numerics.groups import type_means
from .spot_values import values_of
from .states import gene_factors, programs, states

log = logging.getLogger(__name__)

WEIGHTS = (0.0, 0.5, 1.0)  # 0: mean cells of the types; 1: the states as they are expected
MOST_SPOTS = 2_000  # that take part in the choice
NOISE = 2.0  # standard errors over genes by which states have to be better
FEWEST_SPOTS, FEWEST_GENES = 10, 20  # without these, the section cannot choose: mean cells
VARIES = 1e-9  # product of two standard deviations over spots, above which a gene varies


class Chosen(NamedTuple):
    """How much of the states counts, and how well genes are predicted that were left out of them.

    Attributes
    ----------
    weight
        One of ``WEIGHTS``.
    left_out
        Correlation of expected with measured log expression over the spots, of each gene that was left out; empty where
        the section cannot choose.
    """

    weight: float
    left_out: pd.Series


def chosen_weight(
    section: Readable,
    reference: ad.AnnData,
    genes: np.ndarray,
    rna_fraction: np.ndarray,
    cells: np.ndarray,
    rng: np.random.Generator,
) -> Chosen:
    """Return the one of ``WEIGHTS`` with which the states of one half of the genes predict the other half best.

    A gene is judged by the correlation of its expected with its measured log expression over the spots. States that are
    not better than mean cells by more than the noise over genes step aside.

    Parameters
    ----------
    section, reference
        Spots and annotated cells.
    genes
        Names of the genes that both have.
    rna_fraction
        Proportions of the mRNA, spots × types.
    cells
        Number of cells of each spot, (spots,).
    rng
        Draws spots and genes.
    """
    rows = np.sort(rng.permutation(np.flatnonzero(cells > 0))[:MOST_SPOTS])
    if len(rows) < FEWEST_SPOTS or len(genes) < FEWEST_GENES:
        return Chosen(0.0, pd.Series(dtype=float))
    order = rng.permutation(reference.var_names.get_indexer(genes))
    told, left_out = np.sort(order[::2]), np.sort(order[1::2])
    rna, names = rna_fraction[rows], reference.var_names
    learned = programs(reference, told, rng)
    values = values_of(section, rows, names[learned.genes])
    factors = gene_factors(np.asarray(values.mean(axis=0)).ravel(), (rna @ learned.means).mean(axis=0))
    found = states(values, rna, cells[rows], learned, factors) @ learned.effects[left_out].T
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    base = rna @ type_means(linear(reference[:, left_out]), labels)[1]
    true = np.log1p(values_of(section, rows, names[left_out]).toarray())
    by_gene = np.array([_correlations(np.log1p(np.maximum(base + weight * found, 0)), true) for weight in WEIGHTS])
    log.info(
        "correlation over spots of genes left out, by the weight of states: %s",
        ", ".join(f"{weight:g}: {value:.3f}" for weight, value in zip(WEIGHTS, by_gene.mean(axis=1), strict=True)),
    )
    best = int(np.argmax(by_gene.mean(axis=1)))
    gain = by_gene[best] - by_gene[0]
    best = best if gain.mean() > NOISE * gain.std() / np.sqrt(len(gain)) else 0
    return Chosen(WEIGHTS[best], pd.Series(by_gene[best], index=names[left_out]))


def _correlations(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of each gene over the rows, (genes,); 0 where one side is constant."""
    x, y = found - found.mean(axis=0), true - true.mean(axis=0)
    spread = np.sqrt((x**2).mean(axis=0) * (y**2).mean(axis=0))
    return np.divide((x * y).mean(axis=0), spread, out=np.zeros(len(spread)), where=spread > VARIES)
