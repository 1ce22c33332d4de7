"""The page on imaged sections of Xenium's size."""

import pandas as pd

from .markdown import filled


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per step."""
    return filled("imaged_size", table=table)
