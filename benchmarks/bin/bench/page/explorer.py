"""The page on explorer pages of large sections."""

import pandas as pd

from .markdown import filled

LOADED, RECOLOURED, MEGABYTES = 5.0, 1.0, 25.0  # seconds, seconds, MB: what a page should keep to


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per section."""
    return filled("explorer", table=table, reached=reached(table), loaded=f"{LOADED:g}", recoloured=f"{RECOLOURED:g}",
                  megabytes=f"{MEGABYTES:g}")  # fmt: skip


def reached(table: pd.DataFrame) -> str:
    """Return in a sentence how many sections keep to all three limits."""
    within = (table["loaded in, s"] <= LOADED) & (table["at most, s"] <= RECOLOURED) & (table["page, MB"] <= MEGABYTES)
    return f"{within.sum()} of {len(table)} sections keep to all three."
