"""All metrics of one method's generated cells, and how its training went."""

import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract.keys import Obs
from bulk2space.contract.tables import TRAINING
from bulk2space.generator.configuration import PRESETS

from ..cases.profiles_only import PROFILES_ONLY
from . import expression, likeness


def judge(
    cells: ad.AnnData,
    given: ad.AnnData,
    reference: ad.AnnData,
    held_out: ad.AnnData,
    *,
    bulk: np.ndarray,
    truth: pd.Series,
    seed: int,
    repeats: int,
) -> pd.DataFrame:
    """Return one row per type and metric: the paper's metrics, and the similarity to held-out cells.

    Of a method that makes profiles and no cells, only the mean expression of the types is judged.

    Parameters
    ----------
    cells
        Generated cells.
    given, reference
        The reference as the method was given it, and the same without disturbance.
    held_out
        Real cells that no method was given.
    bulk
        Log expression of the bulk, (genes of the reference,).
    truth
        True proportions of the types.
    seed, repeats
        Seed and number of the forests of :func:`likeness.judge`; without any, cells are not compared one by one.
    """
    only_profiles = PROFILES_ONLY in cells.uns
    cells = expression.with_true_types(cells, given, reference)
    cells = cells[:, reference.var_names].copy()
    paper = pd.concat([expression.expression(cells, reference, held_out, bulk), expression.composition(cells, truth)])
    held = held_out.obs[Obs.CELL_TYPE].astype(str).value_counts()
    paper["gated"] = paper["cell_type"].map(held).fillna(likeness.ENOUGH) >= likeness.ENOUGH
    if only_profiles:
        return paper[paper["metric"].str.endswith("_mean")].reset_index(drop=True)
    if not repeats:
        return paper.reset_index(drop=True)
    alike = likeness.judge(cells, reference, held_out, seed=seed, repeats=repeats)
    return pd.concat([paper, alike], ignore_index=True)


def training(path: Path, model: str | None) -> dict[str, float | bool]:
    """Return epochs, whether a time limit ended the training, and seconds.

    Parameters
    ----------
    path
        training.csv of the pipeline, or training.json of a rival.
    model
        Name of the pipeline's network.
    """
    if path.suffix == ".json":
        return json.loads(path.read_text())
    history = TRAINING.read(path)
    cut = len(history) < PRESETS[model].epochs and not stopped(history, model)
    return {"epochs": len(history), "cut": cut, "seconds": round(history["seconds"].sum(), 2)}


def stopped(history: pd.DataFrame, model: str) -> bool:
    """Tell whether a network stopped by itself: its loss had no new low for as many epochs as its patience."""
    config = PRESETS[model]
    best = int(history["validation_loss" if config.held_out else "train_loss"].idxmin()) + 1
    return len(history) - best >= config.patience
