"""Intervals for predicted expression, by gene and type: wide enough for the genes of the panel when they are left out.

As in TISSUE (Sun et al. 2024, Nat Methods 21:444): genes of the panel are left out and predicted, and the distance of
measurement and prediction, relative to a spread that is known for every gene, is carried over to genes that were not
measured (conformal prediction). Here the spread is that of the gene among the neighbours of a type's cells.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from ..numerics.groups import indicator
from .generated import Generated
from .held_out_cells import MOST_CELLS, SEEN
from .neighbors import empty_rows
from .technology import shares
from .way import Matches, Way

COVERAGE = 0.9  # proportion of measurements that lie within their interval
PARTS = 5  # of the panel, left out one after the other
FEWEST_GENES = 10  # of a panel from which intervals can be learned
SMALLEST_SPREAD = 0.1  # log1p units: a gene may be constant among the neighbours


def spread(neighbors: sp.csr_matrix, expression: sp.csr_matrix, codes: np.ndarray, n_types: int) -> np.ndarray:
    """Return the standard deviation of each gene among the neighbours of each type's imaged cells, types × genes.

    Parameters
    ----------
    neighbors
        Weights, imaged cells × cells.
    expression
        Log expression, cells × genes.
    codes
        Predicted type of each imaged cell, (imaged cells,). A type without imaged cells has NaN.
    n_types
        Number of types.
    """
    number = np.bincount(codes, minlength=n_types)
    weight = sp.csr_matrix(sp.diags_array(1 / np.maximum(number, 1)) @ (indicator(codes, n_types) @ neighbors))
    expression = sp.csr_matrix(expression, dtype=np.float64)
    mean, square = ((weight @ values).toarray() for values in (expression, expression.power(2)))
    found = np.sqrt(np.maximum(square - mean**2, 0) + SMALLEST_SPREAD**2)
    found[number == 0] = np.nan
    return found


def left_out(
    cells: sp.csr_matrix,
    expected: np.ndarray,
    section: sp.csr_matrix,
    codes: np.ndarray,
    n_types: int,
    weights_of: Callable[[np.ndarray], sp.csr_matrix],
    rng: np.random.Generator,
) -> np.ndarray:
    """Leave genes of the panel out, and return the distance of measurement and prediction in multiples of the spread.

    A measurement is brought to the scale of the prediction: it is the gene's proportion of the panel, times the sum
    that the neighbours have in the panel.

    Parameters
    ----------
    cells, expected, section
        Log expression of the generated cells, what is expected of them, both cells × panel genes, and log expression of
        the section, imaged cells × panel genes.
    codes, n_types
        Predicted types of the imaged cells.
    weights_of
        From the columns that are known to the weights of the neighbours, imaged cells × cells.
    rng
        Decides which genes are left out together.

    Returns
    -------
    Imaged cells that have counts × panel genes.
    """
    filled = ~empty_rows(section)
    share, panel_sum = shares(section.expm1()).toarray(), np.asarray(cells.expm1().sum(axis=1)).ravel()
    found = np.zeros(section.shape)
    for part in np.array_split(rng.permutation(section.shape[1]), PARTS):
        neighbors = weights_of(np.setdiff1d(np.arange(section.shape[1]), part))
        predicted = neighbors @ expected[:, part]
        measured = np.log1p(share[:, part] * (neighbors @ panel_sum)[:, None])
        found[:, part] = np.abs(measured - predicted) / spread(neighbors, cells[:, part], codes, n_types)[codes]
    return found[filled]


def half_widths(
    cells: Generated, panel: sp.csr_matrix, predicted: np.ndarray, matches: Matches, way: Way, rng: np.random.Generator
) -> np.ndarray | None:
    """Return how far the intervals reach to either side, genes × types; None for a panel that is small or empty.

    Parameters
    ----------
    cells
        Generated cells.
    panel
        Log expression of the section, imaged cells × panel genes.
    predicted
        Type of each imaged cell, (imaged cells,).
    matches
        Neighbours of all of them.
    way
        How the section is mapped.
    rng
        Chooses imaged and generated cells, and the genes that are left out together.
    """
    if panel.shape[1] < FEWEST_GENES:
        return None
    filled = np.flatnonzero(~empty_rows(panel))
    if not len(filled):
        return None
    some = cells.some(np.sort(rng.permutation(len(cells.codes))[:MOST_CELLS]))
    rows = np.sort(rng.permutation(filled)[:SEEN])
    own, shown = some.panel, panel[rows]

    def weights_of(columns: np.ndarray) -> sp.csr_matrix:
        fitted = way.fit(own[:, columns], shown[:, columns], some.target)
        return fitted.find(shown[:, columns]).predicting

    distances = left_out(
        own, some.expected.of_genes(some.columns), shown, predicted[rows], len(cells.types), weights_of, rng
    )
    spreads = spread(matches.predicting[filled], cells.expression, predicted[filled], len(cells.types))
    return (np.quantile(distances, COVERAGE) * spreads.T).astype(np.float32)
