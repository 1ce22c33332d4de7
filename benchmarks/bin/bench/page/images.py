"""The page on imaged cells."""

import pandas as pd

from .markdown import filled

TABLE = "Every seed"
METHODS = ("default", "published", "shuffled neighbours", "mean of all")


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per set, seed and method."""
    return filled("images", table=table)
