"""Points between thousands, as in ``1.234`` for 1234: a reader of numbers would take them for decimal points."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ...contract.problems import InputError

GROUPED = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")
"""A number of four digits or more with points between thousands."""
FEWEST = 50
"""Such numbers, at least: fewer may be fractions that have three decimals by chance."""
CELLS = 20_000
"""Numbers at the start of a table that are looked at."""


def refuse(cells: pd.DataFrame, path: Path) -> None:
    """Refuse a table whose points stand between thousands.

    They do where each number with a point has three digits behind it and none begins with 0, and where the numbers
    without a point are below 1000. Fractions of three decimals have a point in each of them, or other lengths.

    Parameters
    ----------
    cells
        The first numbers of the table as text, rows × columns.
    path
        The table, for the sentence.

    Raises
    ------
    InputError
        If that is so, with a number as an example.
    """
    values = pd.Series(cells.to_numpy().ravel()).dropna().astype(str).str.strip()
    has_point = values.str.contains(".", regex=False).to_numpy()
    grouped = values.str.fullmatch(GROUPED).to_numpy()
    small = values.str.fullmatch(r"[1-9]\d{0,2}").to_numpy()
    others = ~has_point & ~small & (values != "0").to_numpy()
    if grouped.sum() >= FEWEST and np.array_equal(grouped, has_point) and small.any() and not others.any():
        example = values[np.argmax(grouped)]
        raise InputError(
            f"{path.name}: its numbers seem to have points between thousands ('{example}' for "
            f"{example.replace('.', '')}), which would be read as decimal points; write them without"
        )
