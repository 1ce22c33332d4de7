"""Metrics of placed cells: home layers, compositions, and the expression of a spot's cells."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract.expression import counts_or_linear
from bulk2space.contract.keys import Obs
from bulk2space.contract.tables import SPOTS
from bulk2space.numerics.metrics import pcc, pcc_of_rows, rmse
from bulk2space.numerics.scaling import log_normalize
from sklearn.metrics import roc_auc_score

from ..cases.placed import spot_sums

HOMES = {
    "GC": "Granular Cell Layer",
    "M/TC": "Mitral Cell Layer",
    "PGC": "Glomerular Layer",
    "OSNs": "Olfactory Nerve Layer",
}
"""Cell types of the olfactory bulb and the layer in which each is at home."""
BOOTSTRAP_DRAWS = 1000


def wide(table: Path, column: str, spots: pd.Index) -> pd.DataFrame:
    """Return one column of a spots.csv as spots × types."""
    return SPOTS.read(table).pivot(index="spot", columns="cell_type", values=column).loc[spots]


def home_layers(proportions: pd.DataFrame, region: pd.Series) -> float:
    """Return the mean area under the curve with which a type's proportion tells spots of its home layer from others.

    Parameters
    ----------
    proportions
        Spots × types.
    region
        Layer of each spot.
    """
    return float(np.mean([roc_auc_score(region == layer, proportions[name]) for name, layer in HOMES.items()]))


def merged(proportions: np.ndarray, together: np.ndarray) -> np.ndarray:
    """Return proportions after merging some types into one, spots × types; ``together`` marks them, (types,)."""
    return np.column_stack([proportions[:, ~together], proportions[:, together].sum(axis=1)])


def agreement(found: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """Return PCC and RMSE of proportions, over all spots and types at once."""
    return {"PCC": pcc(found.ravel(), true.ravel()), "RMSE": rmse(found, true)}


def spot_correlations(section: ad.AnnData, placed: ad.AnnData, genes: list[str]) -> np.ndarray:
    """Return Pearson's correlation over genes of each spot's placed cells with its measured expression, (spots,)."""
    spot = section.obs_names.get_indexer(placed.obs[Obs.SPOT].astype(str))
    counts = counts_or_linear(placed[:, genes])
    of_cells = log_normalize(spot_sums(spot, counts, section.n_obs)).toarray()
    measured = log_normalize(counts_or_linear(section[:, genes])).toarray()
    return pcc_of_rows(of_cells.astype(np.float64), measured.astype(np.float64))


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a mean."""
    drawn = np.random.default_rng(0).integers(len(values), size=(BOOTSTRAP_DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
