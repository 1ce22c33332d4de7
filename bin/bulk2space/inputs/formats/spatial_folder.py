"""The folder `spatial` of Space Ranger: scale factors, and the image of the tissue."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
from PIL import Image, UnidentifiedImageError

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError
from .files import ROLES, found, in_words, open_bytes, open_text
from .scale_factors import positive
from .tissue_image import tissue_image

log = logging.getLogger(__name__)

IMAGES = ROLES["image"]["spaceranger"]
SCALE_FACTORS = ROLES["scale_factors"]["spaceranger"]


def read_scale_factors(folder: Path) -> tuple[Mapping[str, Any], str]:
    """Return the scale factors of a folder and the name of their file; none where there is no such file."""
    path = found(folder, SCALE_FACTORS)
    if path is None:
        return {}, Path(SCALE_FACTORS[0].replace("*", "")).name
    with in_words(path, "a table of scale factors"), open_text(path) as file:
        return dict(json.load(file).items()), path.name


def add_image(section: ad.AnnData, folder: Path) -> None:
    """Add the image of the tissue to a section whose coordinates are pixels of the full image.

    The image serves the report alone: where it cannot be used, a remark says so.
    """
    path = found(folder, IMAGES)
    if path is None:
        return
    size = "lowres" if "lowres" in path.name else "hires"
    try:
        factors, name = read_scale_factors(folder)
        scale = positive(factors, f"tissue_{size}_scalef", name)
        if scale is None:
            raise InputError(f"{name}: has no tissue_{size}_scalef, the scale of {path.name}")
        image = tissue_image(_pixels(path), scale)
        if image is None:
            raise InputError(f"{path.name}: is not an image of colours")
    except InputError as problem:
        remarks.warn(log, "image_left_out", f"{problem}; the report shows no image of the tissue")
        return
    section.uns[Uns.IMAGE], section.uns[Uns.IMAGE_SCALE] = image


def _pixels(path: Path) -> np.ndarray:
    """Return the image as height × width × 3."""
    with in_words(path, "an image"), open_bytes(path) as file:
        try:
            return np.asarray(Image.open(file).convert("RGB"))
        except UnidentifiedImageError:  # whose words are the file's place on this machine
            raise InputError(f"{path.name}: is no image; check that the file is complete") from None
