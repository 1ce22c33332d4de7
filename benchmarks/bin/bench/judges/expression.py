"""The paper's metrics for step 1: PCC, SRCC and RMSE of the generated cells' expression and of their composition."""

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract.expression import counts_or_linear
from bulk2space.contract.keys import Obs
from bulk2space.numerics.metrics import align, pcc, rmse
from bulk2space.numerics.scaling import normalize_total
from scipy.stats import spearmanr

ALL = "all"  # the cell type of rows that judge all cells together
CLUSTER = "cluster "  # how names begin that the annotation by clusters gives


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
    One row per type and metric: `cell_type`, `n` (generated cells), `metric`, `value`, `ceiling` (the same metric of
    the reference's own cells). A type without generated cells has empty values. The rows of the type ``all`` compare
    the sum of all cells with the bulk.
    """
    rows = []
    for kind in sorted(held_out.obs[Obs.CELL_TYPE].astype(str).unique()):
        made, known, truth = (
            cells[(cells.obs[Obs.CELL_TYPE] == kind).to_numpy()].X for cells in (generated, reference, held_out)
        )
        rows += _rows(kind, made.shape[0], "_mean", _mean(made), _mean(known), _mean(truth))
    rows += _rows(ALL, generated.n_obs, "_bulk", _aggregate(generated), _aggregate(reference), bulk)
    return pd.DataFrame(rows, columns=["cell_type", "n", "metric", "value", "ceiling"])


def composition(generated: ad.AnnData, truth: pd.Series) -> pd.DataFrame:
    """Compare the proportions of types among generated cells with those of the bulk; rows as in `expression`."""
    proportions = generated.obs[Obs.CELL_TYPE].astype(str).value_counts(normalize=True)
    found, true = align(proportions, truth)
    values = [("pcc_proportions", pcc(found, true), 1.0), ("rmse_proportions", rmse(found, true), 0.0)]
    rows = [(ALL, generated.n_obs, *row) for row in values]
    return pd.DataFrame(rows, columns=["cell_type", "n", "metric", "value", "ceiling"])


def log_bulk(bulk: ad.AnnData, sample: str) -> np.ndarray:
    """Return log1p of one bulk sample's expression per 10 000, (genes,)."""
    return np.log1p(normalize_total(bulk[sample].X).toarray()[0])


def with_true_types(generated: ad.AnnData, given: ad.AnnData, reference: ad.AnnData) -> ad.AnnData:
    """Rename cells that were generated for clusters: a cluster gets the true type of most of its reference cells.

    Parameters
    ----------
    generated
        Generated cells.
    given
        The reference that the method was given; its types are clusters, or true types, which change nothing.
    reference
        The same cells with their true types.
    """
    clusters = given.obs[Obs.CELL_TYPE].astype(str).to_numpy()
    if not all(name.startswith(CLUSTER) for name in clusters):
        return generated
    truly = reference.obs[Obs.CELL_TYPE].astype(str).reindex(given.obs_names).to_numpy()
    most = pd.crosstab(clusters, truly).idxmax(axis=1)
    renamed = generated.copy()
    renamed.obs[Obs.CELL_TYPE] = most.reindex(generated.obs[Obs.CELL_TYPE].astype(str)).to_numpy()
    return renamed


def _mean(logs) -> np.ndarray:
    return np.asarray(logs.mean(axis=0)).ravel() if logs.shape[0] else np.full(logs.shape[1], np.nan)


def _aggregate(cells: ad.AnnData) -> np.ndarray:
    """Return log1p of the cells' summed expression per 10 000, as a bulk of these cells would measure it."""
    total = np.asarray(counts_or_linear(cells).sum(axis=0), dtype=float).ravel()
    return np.log1p(total / total.sum() * 1e4)


def _rows(kind: str, n: int, suffix: str, made: np.ndarray, known: np.ndarray, truth: np.ndarray) -> list[tuple]:
    rows = []
    for name, score in (("pcc", pcc), ("srcc", _srcc), ("rmse", rmse)):
        value = score(made, truth) if n else np.nan
        rows.append((kind, n, name + suffix, value, score(known, truth)))
    return rows


def _srcc(x: np.ndarray, y: np.ndarray) -> float:
    return float(spearmanr(x, y).statistic)
