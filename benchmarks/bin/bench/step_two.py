"""The paper's figures for step 2, spots: PCC, SRCC and RMSE of compositions and of expression."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.numerics.metrics import pcc, rmse
from scipy.stats import rankdata

BLOCK = 512  # spots held dense at a time


def composition(found: pd.DataFrame, true: pd.DataFrame, suffix: str) -> dict[str, float]:
    """Compare two tables of shares, flattened.

    Parameters
    ----------
    found, true
        Spots × types, rows sum to 1. A spot or type that ``found`` lacks counts as zeros; one that only ``found`` has,
        too.
    suffix
        Of the metrics' names: `pcc_<suffix>`, `srcc_<suffix>`, `rmse_<suffix>`.
    """
    types = true.columns.union(found.columns)
    x = found.reindex(index=true.index, columns=types, fill_value=0.0).to_numpy(dtype=float).ravel()
    y = true.reindex(columns=types, fill_value=0.0).to_numpy(dtype=float).ravel()
    values = {"pcc": pcc(x, y), "srcc": pcc(rankdata(x), rankdata(y)), "rmse": rmse(x, y)}
    return {f"{name}_{suffix}": value for name, value in values.items()}


def expression(found: sp.csr_matrix, true: sp.csr_matrix, genes: np.ndarray) -> dict[str, float]:
    """Compare log1p of expression per 10 000, spot by spot over genes, and gene by gene over spots.

    Parameters
    ----------
    found, true
        Linear values, spots × genes, of the same spots and genes.
    genes
        Positions of the genes to compare; values are per 10 000 of all genes.

    Returns
    -------
    Means over spots: `pcc_expression`, `srcc_expression`, `rmse_expression`; mean over genes seen in the truth:
    `pcc_genes`. A spot of which nothing was found, or a gene without variance, has a correlation of 0.
    """
    n_spots = true.shape[0]
    by_spot = np.empty((3, n_spots))
    sums = np.zeros((5, len(genes)))
    for start in range(0, n_spots, BLOCK):
        rows = slice(start, start + BLOCK)
        x, y = (per_10_000(matrix[rows], genes) for matrix in (found, true))
        by_spot[:, rows] = (
            row_pcc(x, y),
            row_pcc(rankdata(x, axis=1), rankdata(y, axis=1)),
            np.sqrt(((x - y) ** 2).mean(axis=1)),
        )
        sums += [part.sum(axis=0) for part in (x, y, x * x, y * y, x * y)]
    x, y, xx, yy, xy = sums / n_spots
    spread = np.sqrt(np.maximum(xx - x * x, 0) * np.maximum(yy - y * y, 0))
    of_genes = np.divide(xy - x * y, spread, out=np.zeros_like(spread), where=spread > 1e-9)
    names = ("pcc_expression", "srcc_expression", "rmse_expression")
    means = dict(zip(names, by_spot.mean(axis=1).tolist(), strict=True))
    return means | {"pcc_genes": float(of_genes[y > 0].mean())}


def per_10_000(values: sp.csr_matrix, genes: np.ndarray) -> np.ndarray:
    """Return log1p of values per 10 000 of each row, rows × chosen genes; rows of zeros stay zero."""
    totals = np.asarray(values.sum(axis=1), dtype=float).ravel()
    factors = np.divide(1e4, totals, out=np.zeros_like(totals), where=totals > 0)
    return np.log1p(values[:, genes].toarray() * factors[:, None])


def row_pcc(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of each row of one table with the same row of another, (rows,)."""
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    size = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.divide((x * y).sum(axis=1), size, out=np.zeros_like(size), where=size > 0)


def placed_sum(values: sp.csr_matrix, spot: np.ndarray, spots: pd.Index) -> sp.csr_matrix:
    """Return the summed values of the cells placed in each spot, spots × genes.

    Parameters
    ----------
    values
        Placed cells × genes.
    spot
        Name of each placed cell's spot.
    spots
        Names of the spots, in the order wanted.
    """
    row = spots.get_indexer(spot)
    return sp.csr_matrix((np.ones(len(row)), (row, np.arange(len(row)))), shape=(len(spots), len(row))) @ values


def from_shares(shares: pd.DataFrame, means: pd.DataFrame, spots: pd.Index) -> sp.csr_matrix:
    """Return shares × mean expression of types, the paper's expression of methods that give none, spots × genes."""
    table = shares.reindex(index=spots, columns=means.index, fill_value=0.0)
    return sp.csr_matrix(table.to_numpy() @ means.to_numpy())
