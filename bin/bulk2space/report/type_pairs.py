"""Figure of the types that stand together or apart."""

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from . import style
from .drawing import Drawing

SMALLEST_END = 0.2  # correlation at the ends of the colours, at least
CELL = 0.42  # inches
DARK = 0.6  # of the largest correlation, from which on a colour is so dark that a dot on it is white
MAP = "PuOr_r"  # orange: together; purple: apart


def draw(table: pd.DataFrame, *, sample: str) -> Drawing | None:
    """Draw the correlations of all pairs of types, with a dot where one is sure; None for fewer than two types.

    Parameters
    ----------
    table
        contract/tables.py, TYPE_PAIRS.
    sample
        Name in the heading.
    """
    types = sorted({*table["cell_type"], *table["other"]})
    if len(types) < 2:
        return None
    r, sure = _square(table, types, "correlation"), _square(table.assign(sure=table["finding"] != ""), types, "sure")
    names = [style.wrap(name) for name in types]
    side = len(types) * max(CELL, style.row_height(names))
    drawn = style.figure(
        sample, "Types that stand together", height=side + 2.2, width=min(style.FIGURE_WIDTH, side + 4)
    )
    axes = drawn.subplots()
    most = max(float(np.abs(r).max()), SMALLEST_END)
    norm = Normalize(-most, most)
    axes.imshow(r, cmap=MAP, norm=norm, aspect="equal")
    rows, columns = np.nonzero(sure)
    on_dark = np.abs(r[rows, columns]) > DARK * most
    axes.scatter(columns, rows, s=14, c=np.where(on_dark, "white", style.INK), linewidths=0)
    axes.set_xticks(range(len(types)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(types)), names)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    bar = drawn.colorbar(ScalarMappable(norm, MAP), ax=axes, shrink=0.7, aspect=16)
    bar.set_label("apart  ←  correlation  →  together")
    caption = (
        "Orange: where one type is, there is more of the other around; purple: less. On the diagonal: whether a type "
        "stands in groups. A dot marks an adjusted p below 0.05. The test allows for neighbouring places being alike "
        "(Dutilleul 1993), so smooth maps alone are no finding. Types that the reference can hardly tell apart share "
        "the cells of a spot between them, and look as if they avoided each other. Numbers: type_pairs.csv."
    )
    return Drawing("type_pairs", "Types that stand together", caption, drawn, table)


def _square(table: pd.DataFrame, types: list[str], column: str) -> np.ndarray:
    """Return a column of the pairs as a symmetric matrix, types × types."""
    codes = {name: place for place, name in enumerate(types)}
    rows, columns = (table[name].map(codes).to_numpy() for name in ("cell_type", "other"))
    square = np.zeros((len(types), len(types)))
    square[rows, columns] = square[columns, rows] = table[column].to_numpy(dtype=float)
    return square
