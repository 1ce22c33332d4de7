"""Outlines of cells in a GeoJSON file, as Space Ranger writes them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from ...contract.problems import InputError
from .files import in_words
from .plain import text

PROPERTY = "cell_id"


def centroids(path: Path) -> pd.DataFrame:
    """Return the centroids of a file's outlines, columns x and y, by the property ``cell_id`` as text.

    Raises
    ------
    InputError
        If the file cannot be read or an outline has no name or no area.
    """
    with in_words(path, "outlines of cells (GeoJSON)"):
        features = json.loads(path.read_bytes())["features"]
        if not features:
            raise InputError(f"{path.name}: has no outlines of cells; check that the file is complete")
        nameless = [number for number, one in enumerate(features, 1) if PROPERTY not in (one["properties"] or {})]
        if nameless:
            raise InputError(
                f"{path.name}: {len(nameless)} of {len(features)} outlines have no property {PROPERTY}, such as "
                f"outline {nameless[0]}; give the file as Space Ranger wrote it"
            )
        names = text(one["properties"][PROPERTY] for one in features)
        outlines = np.array([shape(one["geometry"]) if one["geometry"] else None for one in features], dtype=object)
        crossed = ~shapely.is_valid(outlines)  # without area where an outline crosses itself, or with too little
        outlines[crossed] = shapely.make_valid(outlines[crossed])
        middles = shapely.centroid(outlines)
        places = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
    lost = ~np.isfinite(places).all(axis=1)
    if lost.any():
        raise InputError(
            f"{path.name}: {lost.sum()} outlines are empty, such as that of cell '{names[lost][0]}'; "
            f"remove them or give the file as Space Ranger wrote it"
        )
    return pd.DataFrame(places, index=pd.Index(names), columns=["x", "y"])
