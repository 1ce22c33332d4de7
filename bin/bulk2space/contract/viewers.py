"""Image and places of a section, as scanpy, squidpy, CELLxGENE and Vitessce look for them."""

from collections.abc import Mapping
from typing import Any

import anndata as ad
import numpy as np

from .keys import Obsm, Uns

UPWARDS = (1.0, -1.0)  # what makes coordinates with y downwards those of a plot with y upwards


def as_scanpy_has_it(uns: Mapping[str, Any], diameter: float) -> dict[str, Any]:
    """Return what a section says of itself, its image moved to ``uns["spatial"]``; without an image, all as it is.

    Parameters
    ----------
    uns
        Of the section.
    diameter
        Of a spot, or of the dot that stands for a cell, in coordinate units.
    """
    kept = {name: entry for name, entry in uns.items() if name not in (Uns.IMAGE, Uns.IMAGE_SCALE)}
    if Uns.IMAGE in uns:
        scales = {"tissue_hires_scalef": float(uns[Uns.IMAGE_SCALE]), "spot_diameter_fullres": float(diameter)}
        kept[Uns.SPATIAL] = {"section": {"images": {"hires": uns[Uns.IMAGE]}, "scalefactors": scales}}
    return kept


def add_places(adata: ad.AnnData, places: np.ndarray) -> None:
    """Add locations (observations × 2, y downwards) and the same for tools that draw y upwards."""
    adata.obsm[Obsm.SPATIAL] = np.asarray(places, dtype=float)
    adata.obsm[Obsm.UPRIGHT] = adata.obsm[Obsm.SPATIAL] * UPWARDS
