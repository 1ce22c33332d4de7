"""Reference cells seen as the section would show them and mapped onto generated cells: how far is that right?"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..numerics.scaling import log_normalize
from .evidence import evidence
from .generated import Generated
from .predicted_genes import Correlations
from .technology import Technology, seen, thinned_log
from .way import Way

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


def held_out(
    asked: Generated, cells: Generated, technology: Technology, way: Way, rng: np.random.Generator
) -> HeldOut | None:
    """Map reference cells, seen through the section's panel at its depth, onto generated cells of other sources.

    Parameters
    ----------
    asked
        Cells of the reference, of the generated types (:func:`.generated.of_reference`). They are drawn so that types
        are as common as among the generated cells.
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
    None where there is one cell to ask for, or none has counts in the panel.
    """
    cells = cells.some(np.sort(rng.permutation(len(cells.codes))[:MOST_CELLS]))
    fold, of_cells = folds(asked, cells, rng)
    wanted = (cells.frequency / np.maximum(np.bincount(asked.codes, minlength=len(cells.types)), 1))[asked.codes]
    drawn = rng.choice(len(wanted), SEEN, p=wanted / wanted.sum())
    image = seen(asked.panel_values[drawn], technology, rng)
    filled = image.molecules > 0
    if fold.max() == 0 or not filled.any():
        return None
    drawn, panel, kept, depth = drawn[filled], image.panel[filled], image.kept[filled], image.molecules[filled]
    shown, depth = log_normalize(panel), depth / technology.typical
    found, pcc = [], Correlations(cells.expression.shape[1])
    for number in range(fold.max() + 1):
        others, own = cells.some(np.flatnonzero(of_cells != number)), np.flatnonzero(fold[drawn] == number)
        if not len(own) or not len(others.codes):
            continue
        # on all that are seen, not on its own part alone: a mapper standardises genes over them
        matches = way.fit(others.panel, shown, others.target).find(shown)
        given = evidence(matches.of_types, others.panel_values, panel, others.codes, len(cells.types), depth)
        found.append((given[own], asked.codes[drawn[own]]))
        measured = as_measured(asked.some(drawn[own]), kept[own], technology, rng)
        expected = others.expected.without(asked.sources[fold == number])
        pcc.add(expected.predicted(matches.predicting[own]), measured)
    if not found:
        return None
    given, types = zip(*found, strict=True)
    return HeldOut(np.concatenate(given), np.concatenate(types), pcc.result())


def folds(asked: Generated, cells: Generated, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the fold of each cell to ask for and of each generated cell: that of its source, or -1.

    Types are spread over all folds.
    """
    order = rng.permutation(len(asked.codes))
    order = order[np.argsort(asked.codes[order], kind="stable")]
    fold = np.empty(len(order), dtype=int)
    fold[order] = np.arange(len(order)) % FOLDS
    return fold, pd.Series(fold, asked.sources).reindex(cells.sources, fill_value=-1).to_numpy()


def as_measured(cells: Generated, kept: np.ndarray, technology: Technology, rng: np.random.Generator) -> np.ndarray:
    """Return cells' own log expression as the section's depth would show it, cells × genes, dense."""
    if technology.depths is None:
        return cells.expression.toarray()
    return thinned_log(cells.expression, cells.values, kept, rng)
