"""Cohorts in which a condition changes the expression of some genes in some types, and perhaps the composition.

A sample is the sum of cells of one half of a set; the other half is the reference. In every type, a fifth of the genes
differ between samples, and other genes by a fold between the conditions. The reference may be of another laboratory:
its genes differ by a factor of their own, and by another in each type.
"""

from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp
from bulk2space.contract import seeds
from bulk2space.contract.expression import linear

from .bulks import halves, labels_of, types_of
from .known_bulk import as_bulk
from .known_expression import CELLS, CONCENTRATION, sequenced, summed_by_type

CASES = 0.4  # proportion of the samples that have the condition
VARYING, SPREAD_SD = 0.2, 0.3  # proportion of a type's genes that vary, and of their log factor in a sample
CHANGED, FOLD_SD = 0.05, 0.9  # proportion of a type's genes that the condition changes, and of their log fold
LABORATORY_SD = 0.5  # of the log of each of both factors
FALL = 0.5  # what is left of the second most common type in cases, where the composition changes too


class DifferingExpression(NamedTuple):
    """A cohort.

    Attributes
    ----------
    reference, bulk
        As the pipeline's own files.
    types
        Sorted names of the cell types.
    cases
        Which samples have the condition.
    log2_folds
        True change, types × genes; 0 where the condition changes nothing.
    """

    reference: ad.AnnData
    bulk: ad.AnnData
    types: list[str]
    cases: np.ndarray
    log2_folds: np.ndarray


def simulate(
    data: Path, name: str, samples: int, *, shifted: bool, other_laboratory: bool = False, seed: int = 0
) -> DifferingExpression:
    """Make a cohort; where it is shifted, a type is half as common in cases."""
    reference, held_out = halves(data, name, seed)
    rng = seeds.generator(seed, "differing expression", name, str(samples), str(shifted))
    _types, codes, sizes = np.unique(labels_of(held_out), return_inverse=True, return_counts=True)
    cases = rng.permutation(np.arange(samples) < CASES * samples)
    proportions = rng.dirichlet(CONCENTRATION * len(sizes) * sizes / sizes.sum(), samples)
    if shifted:
        proportions[cases, np.argsort(-sizes)[1]] *= FALL
    weights = proportions[:, codes] / sizes[codes]  # samples × cells
    drawn = np.stack([rng.multinomial(CELLS, row / row.sum()) for row in weights])
    sums = summed_by_type(held_out, drawn)  # types × samples × genes
    folds, factors = _changes(sums.shape, rng)
    sums = sums * factors * np.where(cases[:, None], 2 ** folds[:, None], 1)
    if other_laboratory:
        reference = _of_other_laboratory(reference, seeds.generator(seed, "other laboratory", name))
    return DifferingExpression(
        reference, as_bulk(sequenced(sums.sum(axis=0), rng), held_out), types_of(held_out), cases, folds
    )


def _changes(shape: tuple[int, int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the condition's log2 folds, types × genes, and the samples' own factors, types × samples × genes."""
    types, samples, genes = shape
    varying = rng.random((types, 1, genes)) < VARYING
    factors = np.where(varying, np.exp(rng.normal(0, SPREAD_SD, (types, samples, genes))), 1.0)
    folds = np.where(rng.random((types, genes)) < CHANGED, rng.normal(0, FOLD_SD, (types, genes)) / np.log(2), 0.0)
    return folds, factors


def _of_other_laboratory(reference: ad.AnnData, rng: np.random.Generator) -> ad.AnnData:
    """Return a reference whose genes differ from those of the bulk, as a whole and within each type."""
    types, codes = np.unique(labels_of(reference), return_inverse=True)
    genes = reference.n_vars
    logs = rng.normal(0, LABORATORY_SD, genes) + rng.normal(0, LABORATORY_SD, (len(types), genes))
    changed = reference.copy()
    changed.X = sp.csr_matrix(linear(reference).multiply(np.exp(logs)[codes])).log1p()
    return changed
