"""The section's own columns and labels, beside those that this step writes."""

import logging

import numpy as np
import pandas as pd

from ..contract import remarks
from ..contract.keys import Obs, Parameters

log = logging.getLogger(__name__)


def set_aside(obs: pd.DataFrame, written: list[str]) -> pd.DataFrame:
    """Return a section's columns; those named like one that this step writes get the name `<name>_original`.

    Parameters
    ----------
    obs
        The section's metadata, one row per imaged cell.
    written
        Columns that this step writes.
    """
    kept = {name: Obs.original(name) for name in written if name in obs}
    dropped = {name: new for name, new in kept.items() if new in obs}
    if kept:
        log.info("the section's own columns %s are kept as %s", ", ".join(kept), ", ".join(kept.values()))
    if dropped:
        remarks.warn(
            log, "column_name_taken",
            f"the section's own column {', '.join(dropped.values())} is dropped, because its column "
            f"{', '.join(dropped)} is kept under that name: rename it in the input",
            columns=list(dropped.values()),
        )  # fmt: skip
    return obs.drop(columns=list(dropped.values())).rename(columns=kept)


def compare(labels: pd.Series, predicted: np.ndarray, known: set[str], ambiguous: str) -> dict[str, int]:
    """Count how the predicted types agree with the section's labels, and log what became of the ambiguous cells.

    Parameters
    ----------
    labels
        The section's labels; missing where a cell has none.
    predicted
        Predicted types, (imaged cells,).
    known
        Types of the generated cells. A label that is none of them cannot be predicted, and is counted by itself.
    ambiguous
        Label of cells that want a type.

    Returns
    -------
    Numbers of imaged cells, under the names of :class:`.contract.keys.Parameters`.
    """
    text = labels.astype(object).where(labels.notna(), "").to_numpy(dtype=str)
    unsure, comparable = text == ambiguous, np.isin(text, sorted(known - {ambiguous}))
    same = int((text == predicted)[comparable].sum())
    log.info("%d cells labelled %r; annotated again as %s", unsure.sum(), ambiguous, counted(predicted[unsure]))
    log.info("of %d cells labelled with a generated type, %d have it predicted", comparable.sum(), same)
    other = int((~unsure & ~comparable & (text != "")).sum())
    if other:
        remarks.warn(
            log, "labels_without_generated_cells",
            f"{other} imaged cells have labels that no generated cell has: these labels cannot be predicted",
            cells=other,
        )  # fmt: skip
    return {
        Parameters.N_AMBIGUOUS: int(unsure.sum()),
        Parameters.N_LABELLED: int(comparable.sum()),
        Parameters.N_SAME_TYPE: same,
    }


def counted(types: np.ndarray) -> dict[str, int]:
    """Return the number of cells of each type."""
    return dict(zip(*(part.tolist() for part in np.unique(types, return_counts=True)), strict=True))
