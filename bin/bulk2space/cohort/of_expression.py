"""Expression of cell types against conditions and covariates."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from ..contract.keys import Obsm, Uns
from ..contract.type_layers import read_shared, read_type
from .attribution import follows
from .design import Design, Term
from .regression import fit
from .rows import rows_of

LEVEL = "expression"
PART_OF_MEAN, LEAST_OFFSET = 0.05, 1e-3
"""Added before the logarithm: this part of a gene's mean, and at least so much expression per 10 000."""
FEWEST_GENES = 2


class Expression(NamedTuple):
    """What tests of expression need of a cohort.

    Attributes
    ----------
    bulk
        Linear expression per 10 000 of the genes that are resolvable for some type, samples × genes.
    fractions
        Proportions of the mRNA, samples × types.
    means
        Mean expression of each type, types × genes.
    resolvable
        By type: expression of the genes that are resolvable for it, samples × genes.
    """

    bulk: pd.DataFrame
    fractions: pd.DataFrame
    means: pd.DataFrame
    resolvable: dict[str, pd.DataFrame]


def read(path: Path, samples: list[str]) -> Expression:
    """Read some samples of an expression.h5ad; of each type, only the genes that are resolvable for it."""
    shared = read_shared(path)
    types = [str(name) for name in shared.uns[Uns.CELL_TYPES]]
    rows = shared.obs_names.get_indexer(samples)
    means, resolvable = {}, {}
    for name in types:
        layers = read_type(path, name)
        means[name] = layers.mean.mean(axis=0)
        resolvable[name] = layers.mean.loc[samples, layers.resolvable.to_numpy(dtype=bool)]
    genes = [gene for gene in shared.var_names if any(gene in table for table in resolvable.values())]
    bulk = shared.X.tocsc()[rows][:, shared.var_names.get_indexer(genes)].toarray()
    return Expression(
        pd.DataFrame(bulk, samples, genes),
        pd.DataFrame(shared.obsm[Obsm.RNA_FRACTION][rows], samples, types),
        pd.DataFrame(means).T[genes],
        resolvable,
    )


def compare(expression: Expression, design: Design, types: list[str]) -> list[pd.DataFrame]:
    """Test log2 expression of the genes that are resolvable for a type, by term and type.

    P values are adjusted within a term and type, over the genes (Benjamini and Hochberg). An estimate of one type takes
    a part of what changes in others, so the rows name the type whose share in the samples the change follows best.

    Parameters
    ----------
    expression
        Of the samples of the model.
    design
        The model.
    types
        Types that take part.

    Returns
    -------
    For each term and type, one row per gene (contract/tables.py, COMPARISONS).
    """
    found = []
    for term in design.terms:
        best = _follows(expression, design, term)
        for name in types:
            values = expression.resolvable[name]
            if values.shape[1] < FEWEST_GENES:
                continue
            estimates = fit(logarithms(values.to_numpy(dtype=float)), design.matrix)[term.column]
            adjusted = stats.false_discovery_control(estimates.p)
            genes = list(values)
            found.append(rows_of(LEVEL, name, genes, term, estimates, adjusted, len(values), list(best[genes])))
    return found


def logarithms(values: np.ndarray) -> np.ndarray:
    """Return log2 of linear expression, samples × genes; a part of a gene's mean is added to all of its values."""
    return np.log2(values + PART_OF_MEAN * values.mean(axis=0) + LEAST_OFFSET)


def _follows(expression: Expression, design: Design, term: Term) -> pd.Series:
    """Return the type that the change of each gene follows."""
    places = follows(
        expression.bulk.to_numpy(dtype=float),
        expression.fractions.to_numpy(dtype=float),
        expression.means.to_numpy(dtype=float),
        design.matrix[:, term.column],
        np.delete(design.matrix, term.column, axis=1),
    )
    return pd.Series(expression.means.index.to_numpy()[places], expression.bulk.columns)
