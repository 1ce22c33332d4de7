"""Maps of a section: spots and cells as discs in data units, y downwards, with axes or a scale bar."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection

from ..contract.keys import Uns
from ..contract.stored import Readable
from ..numerics.lattice import neighbour_distance
from . import raster
from .style import FIGURE_WIDTH, INK, LEGEND_COLUMNS, LEGEND_ROWS, RASTERISE_FROM, wrap

PROPORTION_OF_DISTANCE = 0.95  # diameter of a cell's disc over the distance of neighbours: discs almost touch
LONGEST_SCALE_BAR = 0.25  # proportion of the map's width
LOWEST_SHAPE, HIGHEST_SHAPE = 0.4, 2.0  # height over width of a map; beyond these a figure is too flat or too tall
ROOM_FOR_AXES = 0.6  # inches beside a map, for its ticks and labels
LEGEND_MARK, LEGEND_LETTER, LEGEND_LINE = 0.8, 0.075, 0.2  # inches: width of mark and count, of a letter; line height


class MapSettings(NamedTuple):
    """What all maps of a section have in common.

    Attributes
    ----------
    sample
        Name in the heading.
    unit, micrometers
        Name of the section's coordinate unit, and how many micrometers it has; None where that is not known.
    diameter
        Of the disc of a spot or of an imaged cell, in coordinate units.
    colours
        Colour by cell type.
    """

    sample: str
    unit: str
    diameter: float
    colours: dict[str, str]
    micrometers: float | None = None


def cell_diameter(positions: np.ndarray) -> float:
    """Return a diameter for the discs of cells (n × 2) with which they almost touch and do not hide one another."""
    return PROPORTION_OF_DISTANCE * neighbour_distance(positions)


def unit_of(section: Readable) -> str:
    """Return the section's coordinate unit."""
    return str(section.uns.get(Uns.COORDINATE_UNIT) or "coordinate units")


def draw_discs(axes: Axes, positions: np.ndarray, *, diameter: float, **colour) -> ScalarMappable:
    """Draw a disc at each position, y downwards as in an image, both axes on one scale; large sections as an image.

    Parameters
    ----------
    axes
        Where to draw.
    positions
        n × 2, coordinate units.
    diameter
        Of a disc, coordinate units.
    **colour
        ``facecolors``, also with ``alpha``, or ``array`` with ``cmap`` and ``norm``.
    """
    if len(positions) >= raster.RASTER_FROM:
        drawn = _draw_image(axes, positions, **colour)
        frame_section(axes, positions, diameter)
        return drawn
    size = np.full(len(positions), diameter)
    discs = EllipseCollection(
        size,
        size,
        np.zeros(len(positions)),
        units="xy",
        offsets=positions,
        offset_transform=axes.transData,
        linewidths=0,
        rasterized=len(positions) > RASTERISE_FROM,
        **colour,
    )
    axes.add_collection(discs)
    frame_section(axes, positions, diameter)
    return discs


def _draw_image(axes: Axes, positions: np.ndarray, **colour) -> ScalarMappable:
    """Draw an image in place of discs, with the same options."""
    if "array" in colour:
        return raster.draw_values(axes, positions, colour["array"], colour["cmap"], colour["norm"])
    raster.draw_colours(axes, positions, colour["facecolors"], alpha=colour.get("alpha", 1.0))
    return ScalarMappable()


def frame_section(axes: Axes, positions: np.ndarray, diameter: float) -> None:
    """Fit the axes around positions, with y downwards and equal scales."""
    low, high = positions.min(axis=0) - diameter, positions.max(axis=0) + diameter
    axes.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]))
    axes.set_aspect("equal", anchor="N")


def label_section(axes: Axes, unit: str) -> None:
    """Name both axes of a map with the coordinate unit."""
    axes.set(xlabel=f"x ({unit})", ylabel=f"y ({unit}), downwards")


def scale_bar(axes: Axes, settings: MapSettings) -> None:
    """Replace the axes of a map by a bar of a round length below it, in micrometers where they are known."""
    factor, unit = (settings.micrometers, "µm") if settings.micrometers else (1.0, settings.unit)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    width = abs(np.subtract(*axes.get_xlim())) * factor
    longest = width * LONGEST_SCALE_BAR
    magnitude = 10 ** np.floor(np.log10(longest))
    length = max(step for step in (1, 2, 5) if step * magnitude <= longest or step == 1) * magnitude
    axes.plot([0, length / width], [-0.03, -0.03], transform=axes.transAxes, color=INK, linewidth=2, clip_on=False)
    axes.text(0, -0.05, f"{length:g} {unit}", transform=axes.transAxes, ha="left", va="top", fontsize=7, color=INK)


def map_height(positions: np.ndarray, *, columns: int = 1, legend: Sequence[str] = ()) -> float:
    """Return the height in inches that maps side by side need, beside a legend of these types with their numbers."""
    legend = legend[: LEGEND_ROWS * LEGEND_COLUMNS]
    lines = [line for name in legend for line in wrap(name).split("\n")]
    legend_columns = -(-len(legend) // LEGEND_ROWS)
    letters = max(map(len, lines), default=0)
    legend_width = legend_columns * (LEGEND_MARK + LEGEND_LETTER * letters)
    map_width = (FIGURE_WIDTH - legend_width) / columns - ROOM_FOR_AXES
    return max(map_width * map_shape(positions), LEGEND_LINE * len(lines) / max(legend_columns, 1))


def map_shape(positions: np.ndarray) -> float:
    """Return the section's height over its width, within limits that keep figures usable."""
    width, height = np.maximum(np.ptp(positions, axis=0), 1e-9)
    return float(np.clip(height / width, LOWEST_SHAPE, HIGHEST_SHAPE))


def grid(count: int) -> tuple[int, int]:
    """Return rows and columns of small maps: up to four per row, from 13 maps on five, with rows as full as can be."""
    most = 4 if count <= 12 else 5
    rows = -(-count // most)
    return rows, -(-count // rows)
