"""How close placed cells come to a tissue whose cells, states and places are known."""

import numpy as np
import scipy.sparse as sp
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.metrics import pcc, pcc_of_rows, rmse
from bulk2space.numerics.scaling import log_normalize, normalize_total

from ..cases.placed import Placed, spot_sums
from ..cases.tissues import KINDS, SPOTS, TYPES

BETTER = {  # metric: whether larger values are better
    "composition by spot, PCC": True,
    "composition by spot, RMSE": False,
    "composition of the section, RMSE": False,
    "states of the section, RMSE": False,
    "states by spot, RMSE": False,
    "expression by spot, PCC": True,
    "expression by gene, PCC": True,
}
RARE = 0.3  # expression per 10 000; genes far below it hardly count when genes are chosen


def scores(placed: Placed, truth: Placed, genes: np.ndarray) -> dict[str, float]:
    """Return all metrics of ``BETTER``.

    - Composition: proportions of types, in each spot and over the section.
    - States: the proportion of each kind among the cells of its type, for types of several kinds. By spot, only spots
      count that hold the type in both, weighted by its cells in the ground truth.
    - Expression: log values of the summed counts of a spot. By spot, mean correlation over genes; by gene, mean
      correlation over spots.

    Parameters
    ----------
    placed, truth
        Cells over the same spots and genes.
    genes
        Columns by which expression is judged.
    """
    types = np.array([[TYPES[kind] == name for name in dict.fromkeys(TYPES.values())] for kind in KINDS], dtype=float)
    found, true = _numbers(placed), _numbers(truth)
    of_spots = [_proportions(numbers @ types) for numbers in (found, true)]
    whole = [_proportions(numbers.sum(axis=0, keepdims=True) @ types) for numbers in (found, true)]
    several = (types @ types.sum(axis=0)) > 1
    same = types @ types.T
    states = [_proportions(numbers.sum(axis=0), numbers.sum(axis=0) @ same)[several] for numbers in (found, true)]
    by_spot = [_proportions(numbers, numbers @ same) for numbers in (found, true)]
    weights = ((found @ same > 0) & (true @ same > 0)) * several * (true @ same)  # spots × kinds
    logs = [log_normalize(spot_sums(cells.spot, cells.counts, SPOTS))[:, genes].toarray() for cells in (placed, truth)]
    values = (
        pcc(*(proportions.ravel() for proportions in of_spots)),
        rmse(*(proportions.ravel() for proportions in of_spots)),
        rmse(*(proportions.ravel() for proportions in whole)),
        rmse(*states),
        float(np.sqrt(((by_spot[0] - by_spot[1]) ** 2 * weights).sum() / weights.sum())),
        float(pcc_of_rows(*logs).mean()),
        float(pcc_of_rows(*(log.T for log in logs)).mean()),
    )
    return dict(zip(BETTER, values, strict=True))


def _numbers(cells: Placed) -> np.ndarray:
    """Return the cells of each kind in each spot, spots × kinds."""
    codes = np.array([KINDS.index(kind) for kind in cells.kind])
    flat = np.bincount(cells.spot * len(KINDS) + codes, minlength=SPOTS * len(KINDS))
    return flat.reshape(SPOTS, len(KINDS)).astype(float)


def _proportions(numbers: np.ndarray, totals: np.ndarray | None = None) -> np.ndarray:
    """Return numbers divided by totals (default: sums of rows); 0 where the total is 0."""
    totals = numbers.sum(axis=-1, keepdims=True) if totals is None else totals
    return np.divide(numbers, totals, out=np.zeros_like(numbers), where=totals > 0)


def telling_genes(counts: sp.csr_matrix, kinds: np.ndarray, allowed: np.ndarray, number: int) -> np.ndarray:
    """Return the genes that differ most between kinds, as sorted columns.

    They have the largest ratio of the variance of the kinds' means to the mean.

    Parameters
    ----------
    counts
        Cells × genes.
    kinds
        Kind of each cell, (cells,).
    allowed
        Whether a gene may be chosen, (genes,).
    number
        How many genes to choose.
    """
    names, means = type_means(normalize_total(counts), kinds)
    weight = np.array([(kinds == name).mean() for name in names])
    mean = weight @ means
    ratio = np.where(allowed, weight @ (means - mean) ** 2 / (mean + RARE), -1)
    return np.sort(np.argsort(-ratio, kind="stable")[:number])
