"""The report's house style: one colour a cell type, readable labels, maps in data units, files beside pictures."""

import logging
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

# Okabe and Ito's colours without black and yellow, then colours chosen one by one to lie farthest from those before in
# CIELAB, as seen with normal, deuteranope and protanope vision.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933", "#332288", "#693C0F",
    "#FFC387", "#A5D2B4", "#7896FF", "#4BE1F0", "#C33C4B", "#3C3C78", "#006978", "#E1D25A", "#F07887", "#005AB4",
    "#3C693C", "#964B00", "#4BB45A", "#A587C3", "#00E1D2",
)  # fmt: skip
SHARES = "viridis"
# From a grey that shows on white to the dark end of magma: not expressed is visible, and darker is always more.
EXPRESSION = LinearSegmentedColormap.from_list(
    "expression", ["#DEDEDE", "#FDBF84", "#F1705E", "#B63679", "#721F81", "#2D1160"]
)
INK, GREY, LIGHT = "#222222", "#767676", "#D9D9D9"
WIDTH = 10.5  # inches, the report's width
DOTS = 130  # pixels an inch

STYLE = {
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
    # Text stays text in PDF and SVG: editable, and searchable.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}


# Embedding a font in a PDF reports every glyph.
logging.getLogger("fontTools").setLevel(logging.WARNING)


class Picture(NamedTuple):
    """A picture, what to say about it, and the table it draws."""

    name: str
    title: str
    caption: str
    figure: Figure
    table: pd.DataFrame


def palette(types: Sequence[str]) -> dict[str, str]:
    """Give each type a colour by its place in the sorted list; past 25 types the colours start again."""
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(sorted(types))}


def figure(sample: str, title: str, *, width: float = WIDTH, height: float) -> Figure:
    """Return an empty figure whose heading is ``title`` and the sample's name; sizes in inches."""
    made = Figure(figsize=(width, height), layout="constrained")
    made.get_layout_engine().set(h_pad=0.08, w_pad=0.06)
    made.suptitle(f"{title} · {sample}", color=INK)
    return made


def save(picture: Picture, folder: Path) -> Path:
    """Write ``<name>.png``, ``.pdf`` and ``.csv`` and return the path of the PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{picture.name}.png"
    # Axes of a fixed form shrink in the first pass, and only the second knows how much room their labels then need.
    picture.figure.get_layout_engine().execute(picture.figure)
    picture.figure.savefig(path, dpi=DOTS, facecolor="white")
    # The layout stands; finding it again for the PDF would cost as much as the picture.
    picture.figure.set_layout_engine("none")
    # Without a date the same picture is the same file.
    picture.figure.savefig(path.with_suffix(".pdf"), metadata={"CreationDate": None})
    picture.table.to_csv(path.with_suffix(".csv"), index=False, float_format="%.6g")
    return path


def styled() -> AbstractContextManager:
    """Return a context in which figures are made and saved in the house style."""
    return mpl.rc_context(STYLE)


def wrap(name: str, width: int = 24) -> str:
    """Break a long name into lines of at most ``width`` characters."""
    return textwrap.fill(str(name), width, break_long_words=True) or " "


def row_height(names: Sequence[str]) -> float:
    """Return the inches a line of a picture needs so that names already wrapped do not touch."""
    return 0.1 + 0.135 * max(name.count("\n") + 1 for name in names)


def number(value: float, digits: int = 3) -> str:
    """Format a figure; an undefined one is an en dash."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def dots(colours: dict[str, str]) -> list[Line2D]:
    """Return legend handles: a dot of each colour with its name."""
    return [
        Line2D([], [], marker="o", linestyle="", markersize=6, color=colour, label=name)
        for name, colour in colours.items()
    ]


def type_legend(axes: Axes, colours: dict[str, str], *, counts: pd.Series | None = None, rows: int = 18) -> None:
    """Put a legend of types, with their counts where given, to the right of the axes."""
    entries = {
        name: wrap(name) if counts is None else f"{wrap(name)} ({int(counts.get(name, 0)):,})" for name in colours
    }
    handles = dots({entries[name]: colour for name, colour in colours.items()})
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        ncols=-(-len(handles) // rows),
        handletextpad=0.2,
        columnspacing=1.0,
    )


def identity_line(axes: Axes, low: float, high: float) -> None:
    """Draw y = x and give both axes the same range."""
    room = 0.04 * (high - low or 1)
    axes.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle="--", zorder=0)
    axes.set(xlim=(low - room, high + room), ylim=(low - room, high + room))
    axes.set_aspect("equal", anchor="N")


def colour_bar(axes: Axes, drawn: ScalarMappable, label: str, *, height: float = 1.0) -> None:
    """Put a colour bar right of the axes without taking room from them, so that panels keep one size."""
    inset = axes.inset_axes((1.03, 1 - height, 0.03, height))
    axes.figure.colorbar(drawn, cax=inset, label=label)


def draw_places(axes: Axes, places: np.ndarray, *, diameter: float, **colour) -> EllipseCollection:
    """Draw places as discs of a size in coordinate units, y downwards as in an image, both axes on one scale.

    Parameters
    ----------
    axes
        Where to draw.
    places
        n × 2, coordinate units.
    diameter
        Of a disc, coordinate units.
    **colour
        ``facecolors``, or ``array`` with ``cmap`` and ``norm``.
    """
    size = np.full(len(places), diameter)
    discs = EllipseCollection(
        size,
        size,
        np.zeros(len(places)),
        units="xy",
        offsets=places,
        offset_transform=axes.transData,
        linewidths=0,
        rasterized=len(places) > 2000,  # thousands of discs make a heavy PDF
        **colour,
    )
    axes.add_collection(discs)
    frame_section(axes, places, diameter)
    return discs


def frame_section(axes: Axes, places: np.ndarray, diameter: float) -> None:
    """Fit the axes around places, with y downwards and equal scales."""
    low, high = places.min(axis=0) - diameter, places.max(axis=0) + diameter
    axes.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]))
    axes.set_aspect("equal", anchor="N")


def label_section(axes: Axes, unit: str) -> None:
    """Name both axes of a map with the coordinate unit."""
    axes.set(xlabel=f"x ({unit})", ylabel=f"y ({unit}), downwards")


def scale_bar(axes: Axes, unit: str) -> None:
    """Draw a bar of a round length below a map that has no axes, with its length and unit."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    width = abs(np.subtract(*axes.get_xlim()))
    magnitude = 10 ** np.floor(np.log10(width / 4))
    length = max(step for step in (1, 2, 5) if step * magnitude <= width / 4 or step == 1) * magnitude
    share = length / width
    axes.plot([0, share], [-0.03, -0.03], transform=axes.transAxes, color=INK, linewidth=2, clip_on=False)
    axes.text(0, -0.05, f"{length:g} {unit}", transform=axes.transAxes, ha="left", va="top", fontsize=7, color=INK)


def map_height(places: np.ndarray, *, columns: int = 1, legend: Sequence[str] = (), rows: int = 18) -> float:
    """Return the height in inches that maps side by side need, beside a legend of these types in their counts."""
    lines = [line for name in legend for line in wrap(name).split("\n")]
    legend_columns = -(-len(legend) // rows)
    legend_width = legend_columns * (0.8 + 0.075 * max(map(len, lines), default=0)) if legend else 0.0
    map_width = (WIDTH - legend_width) / columns - 0.6
    return max(map_width * map_shape(places), 0.2 * len(lines) / max(legend_columns, 1))


def map_shape(places: np.ndarray) -> float:
    """Return height over width of the section, held between 0.4 and 2 so that pictures keep a usable form."""
    width, height = np.maximum(np.ptp(places, axis=0), 1e-9)
    return float(np.clip(height / width, 0.4, 2.0))


def grid(count: int) -> tuple[int, int]:
    """Return rows and columns for small multiples: four a row, five from 13 on, with rows as full as can be."""
    most = 4 if count <= 12 else 5
    rows = -(-count // most)
    return rows, -(-count // rows)
