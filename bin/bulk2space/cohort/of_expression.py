"""Expression of cell types against conditions and covariates."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from ..contract.keys import Obsm, Uns
from ..contract.type_layers import read_shared, read_type
from .agreed_fractions import agreed
from .design import Design, Term
from .regression import Estimates
from .rows import rows_of
from .type_changes import supplied, type_changes

LEVEL = "expression"
FEWEST_GENES = 2
LEAST_SUPPLIED = 0.05  # part of a gene's expression: of a type that supplies less the bulk says nothing
CLEARLY = 2.0
"""Log likelihood ratio to every other type from which a change is said to be a type's own. Chosen on the tuning sets of
the benchmark (docs/benchmarks/differences.md)."""
SUPPLY_FACTOR = 1.5
"""To within this factor it is known how much of a gene's expression a type supplies, and so how large an effect is.
With it, intervals hold 95 % of the true changes of the same sets. It moves no end across 0."""


class Expression(NamedTuple):
    """What tests of expression need of a cohort.

    Attributes
    ----------
    bulk
        Linear expression per 10 000 of the genes that are tested in some type, samples × genes.
    fractions
        Proportions of the mRNA that agree with most genes, samples × types.
    means
        Mean expression of each type, types × genes.
    tested
        Whether a gene is tested in a type, genes × types: the bulk resolves it, and the type supplies some of it.
    """

    bulk: pd.DataFrame
    fractions: pd.DataFrame
    means: pd.DataFrame
    tested: pd.DataFrame


def read(path: Path, samples: list[str]) -> Expression:
    """Read some samples of an expression.h5ad; of each type, only the genes that are resolvable for it are tested."""
    shared = read_shared(path)
    types = [str(name) for name in shared.uns[Uns.CELL_TYPES]]
    rows = shared.obs_names.get_indexer(samples)
    means, resolvable = (np.array(values) for values in zip(*(_of_type(path, name) for name in types), strict=True))
    bulk = shared.X.tocsr()[rows].toarray().astype(float)
    fractions = agreed(bulk, np.asarray(shared.obsm[Obsm.RNA_FRACTION][rows], dtype=float), means)
    tested = resolvable.T & (supplied(fractions, means) >= LEAST_SUPPLIED)
    some = tested.any(axis=1)
    genes = shared.var_names[some]
    return Expression(
        pd.DataFrame(bulk[:, some], samples, genes),
        pd.DataFrame(fractions, samples, types),
        pd.DataFrame(means[:, some], types, genes),
        pd.DataFrame(tested[some], genes, types),
    )


def compare(expression: Expression, design: Design, types: list[str]) -> list[pd.DataFrame]:
    """Test the log2 fold of genes in a type, by term and type.

    A bulk holds the sum of all types. So a gene that changes in one type may look changed in another, and the rows name
    the type whose share in the samples the change follows clearly better than that of any other. P values are adjusted
    within a term and type, over the genes (Benjamini and Hochberg); where the named type is another or none, 1 takes
    the place of p before the adjustment.

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
    tested = expression.tested.copy()
    few = tested.columns[tested.sum() < FEWEST_GENES]
    tested[few.union(tested.columns.difference(types))] = False
    if not tested.any(axis=None):
        return []
    return [rows for term in design.terms for rows in _of_term(expression, tested, design, term)]


def _of_type(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a type's mean expression in the cohort, and whether the bulk resolves a gene for it, each (genes,)."""
    layers = read_type(path, name)
    return layers.mean.to_numpy().mean(axis=0, dtype=float), layers.resolvable.to_numpy(dtype=bool)


def _of_term(expression: Expression, tested: pd.DataFrame, design: Design, term: Term) -> Iterator[pd.DataFrame]:
    """Yield the rows of a term, a table for each type."""
    changes = type_changes(
        expression.bulk.to_numpy(),
        expression.fractions.to_numpy(),
        expression.means.to_numpy(),
        design.matrix[:, term.column],
        np.delete(design.matrix, term.column, axis=1),
    )
    found, told = changes.estimates(tested.to_numpy()), changes.told(tested.to_numpy(), CLEARLY)
    follows = pd.Series(np.where(told >= 0, tested.columns.to_numpy()[told], ""), tested.index)
    of_types = np.nonzero(tested.to_numpy())[1]
    for place, name in enumerate(tested.columns):
        genes = tested.index[tested[name]]
        if len(genes):
            estimates = Estimates(*(values[of_types == place] for values in found))
            adjusted = stats.false_discovery_control(np.where(follows[genes] == name, estimates.p, 1))
            rows = rows_of(
                LEVEL, name, list(genes), term, estimates, adjusted, len(expression.bulk), list(follows[genes])
            )
            yield rows.assign(ci_low=-_outwards(-rows["ci_low"]), ci_high=_outwards(rows["ci_high"]))


def _outwards(ends: pd.Series) -> pd.Series:
    """Return upper ends of intervals of effects, each of which is known to within SUPPLY_FACTOR only."""
    return ends * np.where(ends > 0, SUPPLY_FACTOR, 1 / SUPPLY_FACTOR)
