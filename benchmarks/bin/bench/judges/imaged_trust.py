"""Does a section's mapping know how certain it is: probabilities of types, correlations of genes, intervals."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import WEAK_PCC
from bulk2space.images.confidence import Mapped
from bulk2space.images.validate import correlations
from bulk2space.numerics.scaling import log_normalize
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from ..cases.imaged import Task
from .votes import vote

BINS = 10  # of equal width, of a reliability curve
BEFORE, NOW = "votes", "probability"


def of_cells(task: Task, found: Mapped) -> pd.DataFrame:
    """Return one row per imaged cell: truth, and type and score by votes alone and by probability."""
    votes = vote(found.matched.matches.neighbors, task.types)
    return pd.DataFrame(
        {
            "truth": task.truth,
            f"{BEFORE} type": votes.cell_type,
            BEFORE: votes.score,
            f"{NOW} type": found.types[found.probability.argmax(axis=1)],
            NOW: found.probability.max(axis=1),
        }
    )


def of_genes(task: Task, found: Mapped) -> pd.DataFrame:
    """Return one row per hidden gene: its expected and its true correlation, and how often the interval holds it."""
    predicted = found.matched.cells.expected.predicted(found.matched.matches.predicting)[:, task.predicted]
    measured = log_normalize(sp.csr_matrix(task.section))[:, task.predicted].toarray()
    half = found.half_width[task.predicted][:, found.probability.argmax(axis=1)].T
    held = np.abs(measured - predicted) <= half
    table = pd.DataFrame(
        {
            "gene": task.predicted,
            "expected": found.expected_pcc[task.predicted],
            "pcc": correlations(predicted, measured),
            "coverage": held.mean(axis=0),
        }
    )
    return table[np.ptp(measured, axis=0) > 0]


def reliability(score: pd.Series, right: pd.Series) -> pd.DataFrame:
    """Return cells, mean score and proportion right in each tenth of the score's range that holds cells."""
    place = np.minimum((score * BINS).astype(int), BINS - 1)
    table = (
        pd.DataFrame({"score": score, "right": right})
        .groupby(place)
        .agg(cells=("score", "size"), score=("score", "mean"), right=("right", "mean"))
    )
    table.index = [f"{bin / BINS:.1f} to {(bin + 1) / BINS:.1f}" for bin in table.index]
    return table.rename_axis("score from").reset_index()


def calibration_error(score: pd.Series, right: pd.Series) -> float:
    """Return the expected calibration error: the mean distance of score and proportion right over the cells."""
    table = reliability(score, right)
    return float(np.average((table["score"] - table["right"]).abs(), weights=table["cells"]))


def summary_of_cells(cells: pd.DataFrame) -> dict[str, float]:
    """Return accuracy, AUC and calibration error of both scores; rows are those of :func:`of_cells`."""
    found: dict[str, float] = {"cells": len(cells), "types": cells["truth"].nunique()}
    rights = {name: cells[f"{name} type"] == cells["truth"] for name in (BEFORE, NOW)}
    found |= {f"accuracy, {name}": right.mean() for name, right in rights.items()}
    found |= {f"AUC, {name}": roc_auc_score(right, cells[name]) for name, right in rights.items()}
    return found | {f"ECE, {name}": calibration_error(cells[name], right) for name, right in rights.items()}


def summary_of_genes(genes: pd.DataFrame) -> dict[str, float]:
    """Return how well expected correlations rank true ones, and coverage; rows are those of :func:`of_genes`."""
    marked = genes["expected"] < WEAK_PCC
    return {
        "genes": len(genes),
        "Spearman": spearmanr(genes["expected"], genes["pcc"])[0],
        "mean expected": genes["expected"].mean(),
        "mean true": genes["pcc"].mean(),
        "marked": marked.mean(),
        "true of marked": genes.loc[marked, "pcc"].mean(),
        "true of others": genes.loc[~marked, "pcc"].mean(),
        "coverage": genes["coverage"].mean(),
    }
