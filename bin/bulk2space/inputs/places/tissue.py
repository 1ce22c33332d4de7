"""Scale factors and images that scanpy and squidpy keep of a section in ``uns["spatial"][library]``; its tissue."""

import logging
from collections.abc import Mapping
from typing import Any

import anndata as ad
import numpy as np

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError
from ...numerics.lattice import neighbour_distance
from ..formats.h5ad import SCANPY_SPATIAL
from ..formats.scale_factors import from_scale_factors, positive
from ..formats.tissue_image import TissueImage, tissue_image

log = logging.getLogger(__name__)

IN_FILE = SCANPY_SPATIAL
IN_TISSUE = "in_tissue"
NO = ("0", "0.0", "false")
IMAGES = ("lowres", "hires")  # the first that there is
MOST_OVERLAP = 1.2
"""Diameter of spots, at most, in distances of neighbouring spots: 0.65 of Visium's, 1 of bins that touch."""
LEAST_INSIDE = 0.5
"""Proportion of spots that lie in an image of their section; with places in another unit, most lie outside."""


def alone(section: ad.AnnData, source: str) -> ad.AnnData:
    """Leave out spots outside the tissue, as in a raw matrix: they hold no cells, whatever counts drifted there.

    Parameters
    ----------
    section
        Spots × genes, with Space Ranger's ``in_tissue`` in ``obs`` if the file has it.
    source
        The file's name, for the warning.

    Raises
    ------
    InputError
        If no spot lies in the tissue.
    """
    if IN_TISSUE not in section.obs:
        return section
    outside = section.obs[IN_TISSUE].astype(str).str.lower().isin(NO).to_numpy()
    if not outside.any():
        return section
    if outside.all():
        raise InputError(
            f"{source}: none of its {section.n_obs} spots lies in the tissue ({IN_TISSUE} is 0); correct or remove "
            f"the column {IN_TISSUE}"
        )
    remarks.warn(
        log,
        "spots_outside_tissue",
        f"{source}: {outside.sum()} of {section.n_obs} spots lie outside the tissue ({IN_TISSUE} is 0), such as "
        f"'{section.obs_names[outside][0]}'; they are left out",
        left_out=int(outside.sum()),
    )
    return section[~outside].copy()


def libraries(uns: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what a file keeps of each section, by its name; other entries are left out."""
    kept = uns.get(IN_FILE)
    if not isinstance(kept, Mapping):
        return {}
    return {
        str(name): entry
        for name, entry in kept.items()
        if isinstance(entry, Mapping) and ("scalefactors" in entry or "images" in entry)
    }


def of_library(
    library: Mapping[str, Any], places: np.ndarray, *, thing: str, on_grid: bool, file: str
) -> dict[str, Any]:
    """Return entries of ``uns``: the size of a spot, the unit of coordinates, and the image of the tissue.

    Parameters
    ----------
    library
        What the file keeps of the section.
    places
        x and y in the file's own coordinates, spots × 2.
    thing
        ``spot`` or ``cell``: of cells, which may overlap, the size is not used.
    on_grid
        Whether the spots have rows and columns of Space Ranger.
    file
        For the sentences.

    Raises
    ------
    InputError
        If a scale factor is not a number above 0.
    """
    factors = library.get("scalefactors")
    if not isinstance(factors, Mapping):
        return {}
    spots = from_scale_factors(factors, file=file, on_grid=on_grid)
    fits = spots.spot_diameter is not None and (thing == "cell" or are_pixels(places, spots.spot_diameter, file))
    known: dict[str, Any] = {
        Uns.SPOT_DIAMETER: spots.spot_diameter if fits else None,
        Uns.SPOT_MICROMETERS: spots.spot_micrometers,
        Uns.COORDINATE_UNIT: "pixel" if fits else None,
    }
    image = _image(library.get("images"), factors, file)
    if image is not None and is_of_section(image, places, file):
        known |= {Uns.IMAGE: image.pixels, Uns.IMAGE_SCALE: image.scale}
    return {key: value for key, value in known.items() if value is not None}


def are_pixels(places: np.ndarray, diameter: float, file: str) -> bool:
    """Tell whether spots of a diameter in pixels do not overlap; if they do, the places are in another unit.

    Such as micrometers, pixels of a smaller image, or rows and columns. A remark says so.
    """
    distance = neighbour_distance(places)
    fits = len(places) < 2 or diameter <= MOST_OVERLAP * distance
    if not fits:
        remarks.warn(
            log,
            "spot_diameter_left_out",
            f"{file}: its spots lie {distance:.4g} apart, and would overlap with the diameter of {diameter:.4g} that "
            f"the file gives them in pixels (spot_diameter_fullres), so its coordinates are in another unit; the "
            f"diameter is derived from the spots' distances",
        )
    return fits


def is_of_section(image: TissueImage, places: np.ndarray, file: str) -> bool:
    """Tell whether most places lie in the image; a remark says if not."""
    height, width = image.pixels.shape[:2]
    scaled = places * image.scale
    inside = ((scaled >= 0) & (scaled <= (width, height))).all(axis=1).mean()
    if inside < LEAST_INSIDE:
        remarks.note(
            log,
            "image_left_out",
            f"{file}: its image of the tissue does not fit its coordinates, and is left out of the report",
        )
    return bool(inside >= LEAST_INSIDE)


def _image(images: Any, factors: Mapping[str, Any], file: str) -> TissueImage | None:
    if not isinstance(images, Mapping):
        return None
    for name in IMAGES:
        scale = positive(factors, f"tissue_{name}_scalef", file)
        if name in images and scale is not None:
            pixels = np.asarray(images[name])
            if pixels.dtype.kind not in "buif":
                continue
            image = tissue_image(pixels, scale)
            if image is not None:
                return image
    return None
