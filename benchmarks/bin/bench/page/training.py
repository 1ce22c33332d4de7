"""The page on the cost of training and generating."""

import pandas as pd

from ..cases.data_sets import BLOOD
from .markdown import filled

TABLE = "Time and memory of training"


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per measurement."""
    return filled("training", data_set=BLOOD, table=table)
