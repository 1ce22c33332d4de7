"""The judge of scorers: genes that no score sees, in which placed cells are compared with their spots.

Markers would be a poor judge: they are the genes in which a scorer makes cells and spots alike. So all other genes
judge. Where a panel has hardly any others, half of its markers judge as well, and only the other half may score.
"""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.keys import Layers
from ..contract.stored import Readable
from ..numerics.metrics import pcc_of_rows
from ..numerics.scaling import totals
from .assign import Placement
from .marker_space import Expression
from .spot_values import values_of

FEWEST_GENES = 50  # that judge without markers
GROUPS = 10  # of genes, left out in turn to see how far the judgement depends on single ones


class Whole(NamedTuple):
    """Cells and spots in all their genes.

    Attributes
    ----------
    cells
        Generated cells.
    section, rows
        The section, and the rows of those of its spots that take cells, (spots,).
    shared
        Names of the genes that reference, cells and section have in common.
    markers
        Names of the marker genes among them.
    """

    cells: ad.AnnData
    section: Readable
    rows: np.ndarray
    shared: list[str]
    markers: list[str]


def divided(whole: Whole, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions, among the markers, of those that may score, and the names of the genes that judge.

    The genes that judge are in random order.
    """
    scoring, judging = np.arange(len(whole.markers)), np.setdiff1d(whole.shared, whole.markers)
    if len(judging) < FEWEST_GENES:
        order = rng.permutation(len(scoring))
        scoring, judging = np.sort(order[::2]), np.append(judging, np.asarray(whole.markers)[order[1::2]])
    return scoring, rng.permutation(judging)


class Judge:
    """Compares placed cells with the spots that took them, in genes that no score sees.

    Parameters
    ----------
    whole
        Cells and spots.
    spots
        Positions of the spots that take part, (spots,).
    judging
        Names of the genes that judge.
    counts
        Whether the cells of a spot add up as counts; otherwise as expression per 10 000.
    """

    def __init__(self, whole: Whole, spots: np.ndarray, judging: np.ndarray, *, counts: bool):
        shared = pd.Index(whole.shared)
        self.counts = counts
        self.cells = whole.cells.layers[Layers.COUNTS] if counts else whole.cells.X
        self.shared, self.judging = whole.cells.var_names.get_indexer(shared), shared.get_indexer(judging)
        self.measured = self._logs(values_of(whole.section, whole.rows[spots], shared))

    def fit(self, placed: Placement) -> np.ndarray:
        """Return the PCC of each spot's placed cells with the spot, (1 + GROUPS) × spots.

        The first row is over all genes that judge; each further row leaves out one group of them.
        """
        values = sp.csr_matrix(self.cells[placed.cell])[:, self.shared]
        taken = (np.ones(len(placed.cell), dtype=np.float32), (placed.spot, np.arange(len(placed.cell))))
        sums = sp.csr_matrix(taken, (len(self.measured), len(placed.cell)))
        made = self._logs(sums @ (values if self.counts else values.expm1()))
        kept = [slice(None), *(np.arange(made.shape[1]) % GROUPS != group for group in range(GROUPS))]
        return np.array([pcc_of_rows(made[:, some], self.measured[:, some]) for some in kept])

    def _logs(self, values: sp.csr_matrix) -> np.ndarray:
        """Return log1p of the genes that judge, per 10 000 of all shared genes, rows × genes."""
        return Expression(values[:, self.judging], totals(values)).log().toarray()


def mean_and_error(gain: np.ndarray) -> tuple[float, float]:
    """Return the mean of a gain over spots, and its standard error over spots and over genes.

    Spots are taken as drawn independently. For genes it is the delete-a-group jackknife (Efron & Tibshirani 1993,
    An Introduction to the Bootstrap, chapter 11): how far the mean moves when groups of genes are left out in turn.

    Parameters
    ----------
    gain
        Difference of two results of :meth:`Judge.fit`, (1 + GROUPS) × spots.
    """
    means = gain.mean(axis=1)
    of_spots = gain[0].var() / gain.shape[1]
    of_genes = (GROUPS - 1) * means[1:].var()
    return float(means[0]), float(np.sqrt(of_spots + of_genes))
