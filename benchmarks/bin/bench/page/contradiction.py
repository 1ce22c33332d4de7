"""The page on contradictions between bulk and section."""

import pandas as pd
from bulk2space.contract.verdicts import CONTRADICTION

from ..cases.beside import BULK_CELLS, CELLS_PER_SPOT, SPOTS, SPREAD_OF_GENE_FACTORS
from .markdown import filled

REAL = "blood beside a lymph node"
TABLE, COUNTED = "All pairs", "How often they contradict each other"


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per set, seed and bulk."""
    return filled(
        "contradiction", spots=SPOTS, cells_per_spot=CELLS_PER_SPOT, bulk_cells=BULK_CELLS,
        spread=SPREAD_OF_GENE_FACTORS, limit=f"{CONTRADICTION:.1%}", counted=counted(table), table=table,
    )  # fmt: skip


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many pairs of each distance and role contradict each other."""
    words = table["apart"].map("{:.0%}".format).where(table["apart"].notna(), REAL)
    of_pair = (table["contradiction"] == "yes").groupby([words.rename("different cells"), table["role"]], sort=False)
    return of_pair.agg(contradictions="sum", pairs="size").reset_index()
