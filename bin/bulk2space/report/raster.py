"""Maps of large sections as images without gaps: each pixel has the colour of the nearest spot or cell."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_rgba_array
from scipy.spatial import cKDTree

from ..numerics.lattice import neighbour_distance

RASTER_FROM = 5_000  # spots or cells; so many discs take minutes to draw and are smaller than a pixel
MOST_PIXELS = 700  # along the longer side
PIXELS_PER_SPOT = 3  # along its side, where there is room
REACH = 0.75  # how far a spot reaches, in units of `spacing`: just over half of a square's diagonal
AROUND, ASKED = 30, 5_000  # neighbours that tell the spacing, and of how many places
FEWEST = 1_000  # places of which most lie inside and have neighbours on all sides


class Raster(NamedTuple):
    """Which spot or cell each pixel shows.

    Attributes
    ----------
    nearest
        Row number of the spot, height × width; any number where `empty`.
    empty
        Whether no spot is near, height × width.
    extent
        Left, right, bottom and top in coordinate units, y downwards.
    """

    nearest: np.ndarray
    empty: np.ndarray
    extent: tuple[float, float, float, float]


def draw_values(
    axes: Axes, positions: np.ndarray, values: np.ndarray, cmap: str | Colormap, norm: Normalize
) -> ScalarMappable:
    """Draw a value for each position (n × 2); return what a colour bar needs."""
    colours = ScalarMappable(norm, colormaps[cmap] if isinstance(cmap, str) else cmap)
    _draw(axes, positions, colours.to_rgba(np.ma.asarray(values)))
    return colours


def draw_colours(axes: Axes, positions: np.ndarray, colours: str | list[str], *, alpha: float = 1.0) -> None:
    """Draw a colour for each position (n × 2), or one for all."""
    names, codes = np.unique(np.asarray(colours, dtype=str), return_inverse=True)
    _draw(axes, positions, to_rgba_array(list(names))[np.broadcast_to(codes.ravel(), len(positions))], alpha=alpha)


def _draw(axes: Axes, positions: np.ndarray, rgba: np.ndarray, *, alpha: float = 1.0) -> None:
    pixels = raster(positions)
    image = rgba[pixels.nearest]
    image[..., 3] = np.where(pixels.empty, 0, alpha)
    axes.imshow(image, extent=pixels.extent, interpolation="nearest")


def spacing(positions: np.ndarray) -> float:
    """Return how far apart places (n × 2) would lie on a square lattice as dense as their surroundings.

    Cells that were placed in spots lie nearer to each other. At the reach of their nearest neighbours they would be a
    haze of dots.
    """
    if len(positions) < FEWEST:
        return neighbour_distance(positions)
    some = positions[:: max(len(positions) // ASKED, 1)]
    radius = cKDTree(positions).query(some, k=[AROUND + 1])[0]
    return float(np.median(radius) * np.sqrt(np.pi / AROUND))


def raster(positions: np.ndarray) -> Raster:
    """Return which position (n × 2, coordinate units) each pixel shows."""
    return _raster(np.ascontiguousarray(positions, dtype=float).tobytes())


@lru_cache(maxsize=2)  # the maps of a figure have the same positions
def _raster(buffer: bytes) -> Raster:
    positions = np.frombuffer(buffer).reshape(-1, 2)
    distance = neighbour_distance(positions)
    low, high = positions.min(axis=0) - distance, positions.max(axis=0) + distance
    pixel = max(distance / PIXELS_PER_SPOT, float((high - low).max()) / MOST_PIXELS)
    width, height = np.ceil((high - low) / pixel).astype(int)
    x, y = np.meshgrid(low[0] + (np.arange(width) + 0.5) * pixel, low[1] + (np.arange(height) + 0.5) * pixel)
    reach = REACH * max(distance, pixel, spacing(positions))
    apart, nearest = cKDTree(positions).query(np.stack([x, y], axis=-1), distance_upper_bound=reach)
    empty = ~np.isfinite(apart)
    left, top = map(float, low)
    extent = (left, left + width * pixel, top + height * pixel, top)
    return Raster(np.where(empty, 0, nearest), empty, extent)
