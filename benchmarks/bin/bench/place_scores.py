"""How near placed cells come to a tissue whose cells, states and places are known."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.metrics import pcc, rmse
from bulk2space.numerics.scaling import log_normalize, normalize_total

from .tissues import KINDS, SPOTS, TYPES

BETTER = {  # figure: whether more of it is better
    "composition by spot, PCC": True,
    "composition by spot, RMSE": False,
    "composition of the section, RMSE": False,
    "states of the section, RMSE": False,
    "states by spot, RMSE": False,
    "expression by spot, PCC": True,
    "expression by gene, PCC": True,
}
RARE = 0.3  # per 10 000: genes below this hardly count


class Placed(NamedTuple):
    """Cells in their spots.

    Attributes
    ----------
    spot
        Spot of each cell, (cells,).
    kind
        Its kind, of ``KINDS``, (cells,).
    counts
        Cells × genes.
    """

    spot: np.ndarray
    kind: np.ndarray
    counts: sp.csr_matrix


def scores(placed: Placed, truth: Placed, genes: np.ndarray) -> dict[str, float]:
    """Return all figures of ``BETTER``.

    Composition: shares of types by spot, and over the section. States: the share of each kind among the cells of its
    type, for types of several kinds, over the section and in each spot that holds the type in both, weighted by the
    truth's cells. Expression: log values of the spots' sums, mean correlation over genes of each spot and over spots of
    each gene.

    Parameters
    ----------
    placed, truth
        Over the same spots and genes.
    genes
        Columns to judge expression by.
    """
    types = np.array([[TYPES[kind] == name for name in dict.fromkeys(TYPES.values())] for kind in KINDS], dtype=float)
    found, true = _numbers(placed), _numbers(truth)
    of_spots = [_shares(numbers @ types) for numbers in (found, true)]
    whole = [_shares(numbers.sum(axis=0, keepdims=True) @ types) for numbers in (found, true)]
    several = (types @ types.sum(axis=0)) > 1
    same = types @ types.T
    states = [_shares(numbers.sum(axis=0), numbers.sum(axis=0) @ same)[several] for numbers in (found, true)]
    by_spot = [_shares(numbers, numbers @ same) for numbers in (found, true)]
    both = ((found @ same > 0) & (true @ same > 0)) * several * (true @ same)  # weights, spots × kinds
    sums = [_sums(cells)[:, genes].toarray() for cells in (placed, truth)]
    values = (
        pcc(*(shares.ravel() for shares in of_spots)),
        rmse(*(shares.ravel() for shares in of_spots)),
        rmse(*(shares.ravel() for shares in whole)),
        rmse(*states),
        float(np.sqrt(((by_spot[0] - by_spot[1]) ** 2 * both).sum() / both.sum())),
        float(_row_correlations(*sums).mean()),
        float(_row_correlations(*(log.T for log in sums)).mean()),
    )
    return dict(zip(BETTER, values, strict=True))


def _numbers(cells: Placed) -> np.ndarray:
    """Return the cells of each kind in each spot, spots × kinds."""
    codes = np.array([KINDS.index(kind) for kind in cells.kind])
    flat = np.bincount(cells.spot * len(KINDS) + codes, minlength=SPOTS * len(KINDS))
    return flat.reshape(SPOTS, len(KINDS)).astype(float)


def _shares(numbers: np.ndarray, totals: np.ndarray | None = None) -> np.ndarray:
    """Return numbers by totals (default: of the rows), 0 where there are none."""
    totals = numbers.sum(axis=-1, keepdims=True) if totals is None else totals
    return np.divide(numbers, totals, out=np.zeros_like(numbers), where=totals > 0)


def _sums(cells: Placed) -> sp.csr_matrix:
    """Return log1p of the spots' summed counts per 10 000, spots × genes."""
    return log_normalize(spot_sums(cells.spot, cells.counts))


def spot_sums(spot: np.ndarray, counts: sp.csr_matrix) -> sp.csr_matrix:
    """Return the summed counts of each spot's cells, spots × genes."""
    rows = (np.ones(len(spot), dtype=np.float32), (spot, np.arange(len(spot))))
    return sp.csr_matrix(rows, shape=(SPOTS, len(spot))) @ counts


def telling_genes(counts: sp.csr_matrix, kinds: np.ndarray, allowed: np.ndarray, number: int) -> np.ndarray:
    """Return the genes that differ most between kinds: variance of the kinds' means over the mean, sorted columns.

    Parameters
    ----------
    counts
        Cells × genes.
    kinds
        Kind of each cell, (cells,).
    allowed
        Whether a gene may be chosen, (genes,).
    number
        How many to choose.
    """
    names, means = type_means(normalize_total(counts), kinds)
    weight = np.array([(kinds == name).mean() for name in names])
    mean = weight @ means
    ratio = np.where(allowed, weight @ (means - mean) ** 2 / (mean + RARE), -1)
    return np.sort(np.argsort(-ratio, kind="stable")[:number])


def _row_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of each row, (rows,); 0 where a row is constant."""
    first, second = (values - values.mean(axis=1, keepdims=True) for values in (first, second))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > 1e-12)
