"""The page on samplesheets of many rows."""

import pandas as pd

from .markdown import filled


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per run."""
    return filled("planning", table=table)
