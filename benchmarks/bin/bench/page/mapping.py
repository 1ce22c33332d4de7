"""The page on the cost of placing cells in spots."""

import pandas as pd

from ..cases.growing_sections import CELLS_PER_SPOT
from .markdown import filled

GROWTH = "Time and memory of placing"


def text(sizes: pd.DataFrame, in_full: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    sizes
        One row per size of a section.
    in_full
        One row per scorer.
    """
    return filled("mapping", cells_per_spot=CELLS_PER_SPOT, sizes=sizes, in_full=in_full)
