"""What a reader should know of the source cells behind the generated ones: how few they may be."""

import logging

import pandas as pd

from ..contract import remarks
from ..contract.keys import Obs

log = logging.getLogger(__name__)

FEW_SOURCES, MANY_CELLS = 20, 50
"""A type of so many generated cells, from fewer source cells, is warned of: its variety is that of a few cells."""


def report_sources(cells: pd.DataFrame) -> None:
    """Say how many source cells the generated ones start from, and warn of types with few.

    Parameters
    ----------
    cells
        Columns `cell_type` and `source_cell` of the generated cells.
    """
    per_source = cells[Obs.SOURCE_CELL].astype(str).value_counts()
    remarks.note(
        log, "source_cells",
        f"{len(cells):,} generated cells start from {len(per_source):,} cells of the reference, at most "
        f"{per_source.max():,} from one",
        cells=len(cells), sources=len(per_source), most=int(per_source.max()),
    )  # fmt: skip
    few = of_few_sources(cells)
    if len(few):
        named = ", ".join(f"{name} ({row.cells:,} from {row.sources})" for name, row in few.iterrows())
        remarks.warn(
            log, "few_source_cells",
            f"many generated cells start from few cells of the reference: {named}; they vary no more than these few",
            types=few["sources"].to_dict(), few=FEW_SOURCES,
        )  # fmt: skip


def of_few_sources(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the types with many cells from few source cells: numbers of `cells` and `sources`, the most cells first.

    Parameters
    ----------
    cells
        Columns `cell_type` and `source_cell`.
    """
    by_type = cells[Obs.SOURCE_CELL].astype(str).groupby(cells[Obs.CELL_TYPE].astype(str))
    table = pd.DataFrame({"cells": by_type.size(), "sources": by_type.nunique()})
    few = table[(table["cells"] >= MANY_CELLS) & (table["sources"] < FEW_SOURCES)]
    return few.sort_values("cells", ascending=False, kind="stable")
