"""The page on calibration to the bulk."""

import pandas as pd

from .markdown import filled

TABLE = "Errors with and without calibration"


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per bulk, number of samples and spread of gene factors."""
    return filled("calibration", table=table)
