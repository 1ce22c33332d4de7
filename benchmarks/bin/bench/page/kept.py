"""The page on what a new cell keeps of its source: shares compared."""

import pandas as pd
from bulk2space.generator.kept import KEPT_OF_SOURCE

from .markdown import filled

TABLE = "Shares compared"
NAMES = {"reference": "reference cells", "kept": "share kept", "log probability": "log probability of held-out cells"}


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    table
        One row per reference and share: the columns of commands/kept.py.
    """
    best = table.loc[table.groupby(["set", "reference"])["log probability"].idxmax(), "kept"]
    return filled(
        "kept", share=f"{KEPT_OF_SOURCE:.2f}", table=table.rename(columns=NAMES), likeliest=f"{best.max():.2f}",
        references=len(best),
    )  # fmt: skip
