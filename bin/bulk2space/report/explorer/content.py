"""What an explorer page holds of a section: places, types, genes and image, as far as there is room."""

import base64
import io
import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from ...contract.keys import Obs, Obsm, Uns
from ...contract.stored import Readable
from ...numerics.lattice import neighbour_distance
from .. import maps, micrometers
from ..raster import spacing
from .packing import packed, steps

log = logging.getLogger(__name__)

MOST_PIXELS = 2_000  # of the tissue's image, along the longer side
QUALITY = 85  # of the image as JPEG


@dataclass(kw_only=True)
class Content:
    """What a page holds.

    Attributes
    ----------
    about
        Names, numbers and words, as JSON takes them.
    arrays
        Packed arrays by name (packing.py).
    """

    about: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Characters of all arrays."""
        return sum(map(len, self.arrays.values()))

    def add_places(self, name: str, positions: np.ndarray, diameter: float, **more: Any) -> None:
        """Add the coordinates of spots or cells (n × 2), rounded to 1/65 535 of the section's width and height."""
        axes = []
        for axis, values in zip("xy", np.asarray(positions, dtype=float).T, strict=True):
            whole, least, size = steps(values, np.uint16)
            self.arrays[f"{name} {axis}"] = packed(whole)
            axes.append([least, size])
        self.about[name] = {
            "n": len(positions),
            "axes": axes,
            "diameter": diameter,
            "distance": neighbour_distance(np.asarray(positions, dtype=float)),
            "spacing": spacing(np.asarray(positions, dtype=float)),
            **more,
        }

    def add_types(self, name: str, types: pd.Series, known: list[str]) -> None:
        """Add the type of each place by its number among the known types."""
        codes = pd.Categorical(types.astype(str), categories=known).codes
        self.arrays[name] = packed(np.asarray(codes).astype(np.uint16))


def head(sample: str, section: Readable, placed: Readable, colours: dict[str, str]) -> Content:
    """Return the content on which all sections agree: names, unit, types with colours and numbers of cells, image."""
    counts = placed.obs[Obs.CELL_TYPE].astype(str).value_counts()
    about = {
        "sample": sample,
        "unit": maps.unit_of(section),
        "micrometers": micrometers.per_unit(section),
        "types": [
            {"name": name, "colour": colour, "cells": int(counts.get(name, 0))} for name, colour in colours.items()
        ],
        "image": _image(section) if Uns.IMAGE in section.uns else None,
    }
    return Content(about=about)


def positions_of(data: Readable) -> np.ndarray:
    """Return x and y of each row (n × 2), coordinate units."""
    return np.asarray(data.obsm[Obsm.SPATIAL], dtype=float)


def _image(section: Readable) -> dict[str, Any]:
    """Return the tissue's image as a JPEG with its width and height in coordinate units."""
    pixels, scale = np.asarray(section.uns[Uns.IMAGE]), float(section.uns[Uns.IMAGE_SCALE])
    picture = Image.fromarray(pixels[..., :3].astype(np.uint8))
    height, width = pixels.shape[:2]
    picture.thumbnail((MOST_PIXELS, MOST_PIXELS))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)
    url = "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()
    return {"url": url, "width": width / scale, "height": height / scale}
