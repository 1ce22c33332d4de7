"""The report's house style: colours, fonts, sizes, legends and labels that all figures share."""

import logging
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.typing import RcKeyType

from ..contract.colours import COLOURS as COLOURS  # figures take them from here

INK = "#222222"  # text
GREY = "#767676"  # what has no colour of its own: axes, reference lines, types without a colour
LIGHT = "#D9D9D9"  # grid lines, and spots or cells without a value
PROPORTION_MAP = "viridis"
# From a grey that shows on white to the dark end of magma. Zero is visible, and darker is always more.
EXPRESSION_MAP = LinearSegmentedColormap.from_list(
    "expression", ["#DEDEDE", "#FDBF84", "#F1705E", "#B63679", "#721F81", "#2D1160"]
)
FIGURE_WIDTH = 10.5  # inches; the width of the report's column
RASTERISE_FROM = 2000  # dots; a PDF with more dots as vectors is slow to open
CAPTION_Y_DOWNWARDS = "y runs downwards, as in an image."
LOG_UNIT = "log1p(counts per 10 000)"
VOLUME_UNIT = "log1p(1 000 × counts ÷ volume)"
LEGEND_ROWS, LEGEND_COLUMNS = 18, 3  # types in one column of a legend; columns, beside which maps have room
LINE_OF_TEXT, SPACE_BETWEEN_ROWS = 0.135, 0.1  # inches, for tick labels of 8 points

STYLE: dict[RcKeyType, Any] = {
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "figure.titlesize": 11,
    "figure.titleweight": "bold",
    # Text stays text in PDF and SVG, so that it can be edited and searched.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}

# While it embeds a font in a PDF, fontTools logs every glyph.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def styled() -> AbstractContextManager:
    """Return a context in which figures are made and saved in the house style."""
    return mpl.rc_context(STYLE)


def colours_of(names: Sequence[str], colours: dict[str, str], *, otherwise: str = GREY) -> list[str]:
    """Return the colour of each name, and ``otherwise`` for a name without one."""
    return [colours.get(name, otherwise) for name in names]


def figure(sample: str, title: str, *, width: float = FIGURE_WIDTH, height: float) -> Figure:
    """Return an empty figure whose heading is ``title`` and the sample's name; sizes in inches."""
    made = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.06))
    made.suptitle(f"{title} · {sample}", color=INK)
    return made


def wrap(name: str, width: int = 24) -> str:
    """Break a long name into lines of at most ``width`` characters."""
    return textwrap.fill(str(name), width, break_long_words=True) or " "


def row_height(names: Sequence[str]) -> float:
    """Return the inches that each row of a figure needs, so that names that are already wrapped do not touch."""
    return SPACE_BETWEEN_ROWS + LINE_OF_TEXT * max(name.count("\n") + 1 for name in names)


def number(value: float, digits: int = 3) -> str:
    """Format a number; an undefined one is an en dash."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def dots(colours: dict[str, str]) -> list[Line2D]:
    """Return legend handles: a dot of each colour with its name."""
    return [
        Line2D([], [], marker="o", linestyle="", markersize=6, color=colour, label=name)
        for name, colour in colours.items()
    ]


def in_legend(types: Sequence[str], counts: pd.Series) -> list[str]:
    """Return the types that a legend has room for, in their order: of too many, the most frequent."""
    room = LEGEND_ROWS * LEGEND_COLUMNS
    if len(types) <= room:
        return list(types)
    frequent = counts.reindex(types).fillna(0).nlargest(room - 1)  # the last entry says how many are not named
    return [name for name in types if name in frequent.index]


def type_legend(axes: Axes, colours: dict[str, str], *, counts: pd.Series, with_counts: bool = True) -> None:
    """Put a legend of types, with their numbers of cells, to the right of the axes."""
    named = in_legend(list(colours), counts)
    handles = dots(
        {f"{wrap(name)} ({int(counts.get(name, 0)):,})" if with_counts else wrap(name): colours[name] for name in named}
    )
    if left := len(colours) - len(named):
        handles.append(Line2D([], [], linestyle="", label=f"and {left:,} rarer types"))
    legend_right_of(axes, handles=handles, ncols=-(-len(handles) // LEGEND_ROWS), handletextpad=0.2, columnspacing=1.0)


def legend_right_of(axes: Axes, **options) -> None:
    """Put a legend to the right of the axes, level with their upper edge."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, **options)


def identity_line(axes: Axes, low: float, high: float) -> None:
    """Draw the line on which x equals y, and give both axes the same range."""
    room = 0.04 * (high - low or 1)
    axes.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle="--", zorder=0)
    axes.set(xlim=(low - room, high + room), ylim=(low - room, high + room))
    axes.set_aspect("equal", anchor="N")


def grid_lines(axes: Axes, **options) -> None:
    """Draw light grid lines behind the data."""
    axes.grid(color=LIGHT, **options)
    axes.set_axisbelow(True)


def colour_bar(axes: Axes, drawn: ScalarMappable, label: str) -> None:
    """Put a colour bar right of the axes; it takes no room from them, so that all panels keep one size."""
    axes.figure.colorbar(drawn, cax=axes.inset_axes((1.03, 0, 0.03, 1)), label=label)
