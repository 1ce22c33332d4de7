"""Generated cells seen as the section would show them, and mapped onto the others: how far is the mapping right?"""

from typing import NamedTuple

import numpy as np

from ..numerics.scaling import log_normalize
from .evidence import evidence
from .generated import Generated
from .mappers import Way
from .predicted_genes import Correlations
from .technology import Technology, seen, thinned_log

FOLDS = 5  # parts of the cells, each mapped onto the others
MOST_CELLS = 3_000  # cells that take part: the time stays bounded
SEEN = 1_000  # cells that are seen, several times each where there are fewer: a proportion is known to 1.5 %


class HeldOut(NamedTuple):
    """What became of cells whose type and transcriptome are known.

    Attributes
    ----------
    evidence
        What speaks for each type of each cell, cells × types × kinds.
    codes
        Types of the cells, (cells,).
    expected_pcc
        Correlation of each gene with its prediction, (genes,); that of the panel's genes is no test.
    """

    evidence: np.ndarray
    codes: np.ndarray
    expected_pcc: np.ndarray


def held_out(cells: Generated, technology: Technology, way: Way, rng: np.random.Generator) -> HeldOut | None:
    """Map generated cells, seen through the section's panel at its depth, onto generated cells of other sources.

    Parameters
    ----------
    cells
        Generated cells.
    technology
        What the section's technology does to cells.
    way
        How the section is mapped.
    rng
        Decides on cells, folds, depths and counts.

    Returns
    -------
    None where all cells have one source, or none has counts in the panel.
    """
    cells = cells.some(np.sort(rng.permutation(len(cells.codes))[:MOST_CELLS]))
    fold = folds(cells, rng)
    drawn = np.resize(rng.permutation(len(cells.codes)), SEEN)
    image = seen(cells.panel_values[drawn], technology, rng)
    filled = image.molecules > 0
    if fold.max() == 0 or not filled.any():
        return None
    drawn, panel, kept, depth = drawn[filled], image.panel[filled], image.kept[filled], image.molecules[filled]
    shown, depth = log_normalize(panel), depth / technology.typical
    found, pcc = [], Correlations(cells.expression.shape[1])
    for number in range(fold.max() + 1):
        others, own = cells.some(np.flatnonzero(fold != number)), np.flatnonzero(fold[drawn] == number)
        # on all that are seen, not on its own part alone: a mapper standardises genes over them
        fitted = way.mapper().fit(others.panel, shown, others.target)
        given = evidence(fitted, others.panel_values, panel, others.codes, len(cells.types), depth)
        found.append((given[own], cells.codes[drawn[own]]))
        truth = cells.some(drawn[own])
        if technology.depths is None:
            measured = truth.expression.toarray()
        else:
            measured = thinned_log(truth.expression, truth.values, kept[own], rng)
        pcc.add((way.predicting(fitted.neighbors_[own]) @ others.expression).toarray(), measured)
    given, types = zip(*found, strict=True)
    return HeldOut(np.concatenate(given), np.concatenate(types), pcc.result())


def folds(cells: Generated, rng: np.random.Generator) -> np.ndarray:
    """Return the fold of each cell, (cells,): cells of one source share it, and types are spread over all folds."""
    _, first, source = np.unique(cells.sources, return_index=True, return_inverse=True)
    order = rng.permutation(len(first))
    order = order[np.argsort(cells.codes[first][order], kind="stable")]
    fold = np.empty(len(first), dtype=int)
    fold[order] = np.arange(len(first)) % FOLDS
    return fold[source]
