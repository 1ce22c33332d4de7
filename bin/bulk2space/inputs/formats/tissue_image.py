"""The image of the tissue beside a section, small enough to travel with it to the report."""

from typing import NamedTuple

import numpy as np
from PIL import Image

LONGEST_SIDE = 1000  # pixels: more than a report shows


class TissueImage(NamedTuple):
    """An image and where the section lies in it.

    Attributes
    ----------
    pixels
        Height × width × 3, uint8.
    scale
        Pixels of the image per unit of the section's coordinates.
    """

    pixels: np.ndarray
    scale: float


def tissue_image(pixels: np.ndarray, scale: float) -> TissueImage | None:
    """Return an image of three colours, no side longer than 1000 pixels; None for an array that is no image.

    Parameters
    ----------
    pixels
        Height × width, or height × width × 1, 3 or 4: whole numbers up to 255, or fractions up to 1.
    scale
        Pixels of this image per unit of the section's coordinates.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = pixels[..., np.newaxis]
    if pixels.ndim != 3 or 0 in pixels.shape or pixels.shape[2] not in (1, 3, 4):
        return None
    colours = np.broadcast_to(pixels[..., :3], (*pixels.shape[:2], 3))
    if colours.dtype.kind == "f":
        colours = np.rint(np.clip(np.nan_to_num(colours), 0, 1) * 255)
    elif colours.dtype != np.uint8 and colours.max() > 255:
        return None
    image = Image.fromarray(np.ascontiguousarray(colours, dtype=np.uint8))
    longest = max(image.size)
    if longest > LONGEST_SIDE:
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        scale *= max(image.size) / longest
    return TissueImage(np.asarray(image), scale)
