"""A figure of the report with its caption and its table, and the files that it is saved in."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from ..contract.whole_files import whole
from .style import styled

TABLE_DIGITS = "%.8g"  # as spots.csv: places of a whole slide keep their fractions of a unit
DOTS_PER_INCH = 130  # of the PNG: sharp at the width of the report, and small enough to travel inside it


class Drawing(NamedTuple):
    """A figure, what the report says about it, and the table that it shows.

    Attributes
    ----------
    name
        Name of its files, without an ending.
    title, caption
        Heading in the report; what one sees and how to read it.
    figure
        The figure itself.
    table
        The values that it shows.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    table: pd.DataFrame


def save(drawing: Drawing, folder: Path, *, as_pdf: bool = True) -> Path:
    """Write ``<name>.png``, ``.csv`` and, where it is asked for, ``.pdf``; return the path of the PNG.

    A PDF holds its letters. To cut them out of the font takes longer than to draw a figure of one sample.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{drawing.name}.png"
    with styled():
        # Axes of a fixed form shrink in the first pass. Only a second pass knows how much room their labels then need.
        if (engine := drawing.figure.get_layout_engine()) is not None:
            engine.execute(drawing.figure)
        with whole(path) as partial:
            drawing.figure.savefig(partial, dpi=DOTS_PER_INCH, facecolor="white")
        if as_pdf:
            # The layout is kept: to find it again would take as long as the drawing.
            drawing.figure.set_layout_engine("none")
            # Without a date, the same figure gives the same file.
            with whole(path.with_suffix(".pdf")) as partial:
                drawing.figure.savefig(partial, metadata={"CreationDate": None})
    with whole(path.with_suffix(".csv")) as partial:
        drawing.table.to_csv(partial, index=False, float_format=TABLE_DIGITS)
    return path
