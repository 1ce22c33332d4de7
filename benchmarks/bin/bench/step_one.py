"""The paper's figures for step 1: PCC, SRCC and RMSE of expression, and of the composition of the generated cells."""

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract.expression import linear
from bulk2space.numerics.metrics import align, pcc, rmse
from bulk2space.numerics.scaling import normalize_total
from scipy.stats import spearmanr

ALL = "all"  # stands for the type in rows that judge all cells together
PREFIX = "cluster "  # of the names that the annotation gives


def expression(generated: ad.AnnData, reference: ad.AnnData, held_out: ad.AnnData, bulk: np.ndarray) -> pd.DataFrame:
    """Compare mean log expression by type with held-out cells, and the sum of all cells with the bulk.

    Parameters
    ----------
    generated, reference, held_out
        Cells × genes, all of the same genes, with `X` log1p of expression per 10 000 and `obs['cell_type']`.
    bulk
        Log expression of the bulk, (genes,).

    Returns
    -------
    One row a type and metric: `cell_type`, `n` (generated cells), `metric`, `value`, `ceiling` (the same figure of
    the reference's own cells). A type without generated cells has empty values. The rows of the type ``all`` compare
    with the bulk.
    """
    rows = []
    for kind in sorted(held_out.obs["cell_type"].astype(str).unique()):
        made, known, truth = (
            cells[(cells.obs["cell_type"] == kind).to_numpy()].X for cells in (generated, reference, held_out)
        )
        rows += _rows(kind, made.shape[0], "_mean", _mean(made), _mean(known), _mean(truth))
    rows += _rows(ALL, generated.n_obs, "_bulk", _aggregate(generated), _aggregate(reference), bulk)
    return pd.DataFrame(rows, columns=["cell_type", "n", "metric", "value", "ceiling"])


def composition(generated: ad.AnnData, truth: pd.Series) -> pd.DataFrame:
    """Compare the shares of types among generated cells with the true ones of the bulk; rows as of `expression`."""
    shares = generated.obs["cell_type"].astype(str).value_counts(normalize=True)
    found, true = align(shares, truth)
    values = [("pcc_proportions", pcc(found, true), 1.0), ("rmse_proportions", rmse(found, true), 0.0)]
    rows = [(ALL, generated.n_obs, *row) for row in values]
    return pd.DataFrame(rows, columns=["cell_type", "n", "metric", "value", "ceiling"])


def log_bulk(bulk: ad.AnnData, sample: str) -> np.ndarray:
    """Return log1p of one bulk sample's expression per 10 000, (genes,)."""
    return np.log1p(normalize_total(bulk[sample].X).toarray()[0])


def with_true_types(generated: ad.AnnData, given: ad.AnnData, reference: ad.AnnData) -> ad.AnnData:
    """Call generated cells of clusters by the type that most of the cluster's reference cells truly have.

    Cells of annotated references are returned as they are.
    """
    clusters = given.obs["cell_type"].astype(str).to_numpy()
    if not all(name.startswith(PREFIX) for name in clusters):
        return generated
    truly = reference.obs["cell_type"].astype(str).reindex(given.obs_names).to_numpy()
    most = pd.crosstab(clusters, truly).idxmax(axis=1)
    renamed = generated.copy()
    renamed.obs["cell_type"] = most.reindex(generated.obs["cell_type"].astype(str)).to_numpy()
    return renamed


def _mean(logs) -> np.ndarray:
    return np.asarray(logs.mean(axis=0)).ravel() if logs.shape[0] else np.full(logs.shape[1], np.nan)


def _aggregate(cells: ad.AnnData) -> np.ndarray:
    """Return log1p of the cells' summed expression per 10 000, as a bulk of them would be: by counts where known."""
    if "counts" in cells.layers:
        total = np.asarray(cells.layers["counts"].sum(axis=0), dtype=float).ravel()
    else:
        total = np.asarray(linear(cells).sum(axis=0), dtype=float).ravel()
    return np.log1p(total / total.sum() * 1e4)


def _rows(kind: str, n: int, suffix: str, made: np.ndarray, known: np.ndarray, truth: np.ndarray) -> list[tuple]:
    rows = []
    for name, score in (("pcc", pcc), ("srcc", _srcc), ("rmse", rmse)):
        value = score(made, truth) if n else np.nan
        rows.append((kind, n, name + suffix, value, score(known, truth)))
    return rows


def _srcc(x: np.ndarray, y: np.ndarray) -> float:
    return float(spearmanr(x, y).statistic)
