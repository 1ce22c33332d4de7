"""What a reader should know of the cells behind the placed ones: how few they are, and how often each is placed."""

import logging

import pandas as pd

from ..contract import remarks
from ..contract.keys import Obs

log = logging.getLogger(__name__)


def report_repeats(placed: pd.DataFrame) -> None:
    """Say how many different cells and source cells stand behind the placed ones.

    Parameters
    ----------
    placed
        Columns `cell` and `source_cell`, one row per placed cell.
    """
    if placed.empty:
        return
    places = placed[Obs.CELL].astype(str).value_counts()
    sources = placed[Obs.SOURCE_CELL].nunique()
    remarks.note(
        log, "cells_behind_places",
        f"{len(placed):,} places hold {len(places):,} different generated cells from {sources:,} cells of the "
        f"reference; a cell takes {places.mean():.1f} places on average, {places.max()} at most",
        places=len(placed), cells=len(places), sources=sources, mean=float(places.mean()), most=int(places.max()),
    )  # fmt: skip
