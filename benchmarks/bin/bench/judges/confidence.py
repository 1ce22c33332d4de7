"""How well probabilities of placed cells agree with how many are right."""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_predict

BINS = 10
FOLDS = 10
PENALTIES = np.logspace(-1, 4, 12)


def pairs(table: pd.DataFrame, spatial: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return one row per spot and type with placed cells.

    Parameters
    ----------
    table
        spots.csv.
    spatial
        ``obs`` of the placed cells: spot, cell_type, score, fit.
    truth
        True cells, spots × types.

    Returns
    -------
    spot, cell_type, n_cells, right (how many of these cells are right), score and fit (means over these cells).
    """
    keys = ["spot", "cell_type"]
    means = spatial.astype(dict.fromkeys(keys, str)).groupby(keys)[["score", "fit"]].mean()
    placed = table[table["n_cells"] > 0].set_index(keys)[["n_cells"]].join(means)
    rows, columns = (placed.index.get_level_values(level) for level in range(2))
    true = truth.reindex(
        index=truth.index.union(rows.unique()), columns=truth.columns.union(columns.unique()), fill_value=0
    )
    true = true.to_numpy()[true.index.get_indexer(rows), true.columns.get_indexer(columns)]
    return placed.assign(right=np.minimum(placed["n_cells"], true)).reset_index()


def calibration_error(found: pd.DataFrame, column: str) -> float:
    """Return the expected calibration error over ten bins, by cell."""
    part = reliability(found, column)
    return float(np.average((part["mean"] - part["right"]).abs(), weights=part["cells"]))


def reliability(found: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return for each bin of a probability its cells, their mean probability and the proportion that is right."""
    place = np.minimum((found[column] * BINS).astype(int), BINS - 1)
    cells = found["n_cells"].groupby(place).sum()
    mean = (found[column] * found["n_cells"]).groupby(place).sum() / cells
    right = found["right"].groupby(place).sum() / cells
    return pd.DataFrame({"cells": cells, "mean": mean, "right": right}).rename_axis("bin").reset_index()


def of_spots(found: pd.DataFrame) -> pd.DataFrame:
    """Return for each spot its error (total variation distance) and the mean score and fit of its cells."""
    cells = found["n_cells"].groupby(found["spot"]).sum()
    of_cells = {
        name: (found[name] * found["n_cells"]).groupby(found["spot"]).sum() / cells for name in ("score", "fit")
    }
    return pd.DataFrame({"error": 1 - found["right"].groupby(found["spot"]).sum() / cells, **of_cells})


def rank_correlation(spots: pd.DataFrame, column: str) -> float:
    """Return Spearman's correlation of a column of :func:`of_spots` with the error."""
    return float(spearmanr(spots[column], spots["error"])[0])


def with_truth(spots: pd.DataFrame, table: pd.DataFrame) -> float:
    """Return the correlation that a ridge regression reaches which learns the errors of nine tenths of the spots.

    It sees the estimated proportions, the residual and the confidence. No method has this knowledge.
    """
    of_spot = table.pivot(index="spot", columns="cell_type", values="proportion").reindex(spots.index)
    more = table.drop_duplicates("spot").set_index("spot").loc[spots.index, ["residual", "confidence"]]
    seen = np.column_stack([of_spot, more])
    seen = (seen - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-9)
    guessed = cross_val_predict(RidgeCV(PENALTIES), seen, spots["error"].to_numpy(), cv=FOLDS)
    return -float(spearmanr(guessed, spots["error"])[0])
