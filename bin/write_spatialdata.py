#!/usr/bin/env python3
"""Write a section with its results as one SpatialData store: cells, spots and the image of the tissue."""

import argparse
import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Obsm, Uns
from bulk2space.contract.whole_files import whole
from bulk2space.numerics.lattice import neighbour_distance

log = logging.getLogger("write_spatialdata")

CELLS, SPOTS, TISSUE = "cells", "spots", "tissue"  # names of the elements
ELEMENT, DISC = "spatialdata_element", "spatialdata_disc"  # columns of the tables: a section may have its own region
PART_OF_SPOT = 0.1  # radius of the disc that stands for a cell in a spot, in diameters of the spot


def main() -> None:
    """Read the results of a section; write them with one disc for each cell and spot."""
    from spatialdata import SpatialData  # takes seconds to import

    args = arguments()
    cells = read_h5ad(args.spatial)
    image = cells.uns.get(Uns.SPATIAL)
    diameter = cells.uns.get(Uns.SPOT_DIAMETER)
    places = np.asarray(cells.obsm[Obsm.SPATIAL])
    elements = annotated(cells, CELLS, PART_OF_SPOT * diameter if args.spots else neighbour_distance(places) / 2)
    if args.spots:
        elements |= annotated(read_h5ad(args.spots), SPOTS, diameter / 2)
    if image is not None:
        elements[TISSUE] = as_image(image["section"])
    with whole(args.output) as partial:
        SpatialData.init_from_elements(elements).write(partial)
    log.info("%s: %s", args.output.name, ", ".join(elements))


def annotated(adata: ad.AnnData, name: str, radius: float) -> dict[str, object]:
    """Return a disc for each row of a file, and the file as the table of these discs.

    Parameters
    ----------
    adata
        With ``obsm['spatial']``.
    name
        Of the discs; the table is called ``table_<name>``.
    radius
        Of the discs, in coordinate units.
    """
    from spatialdata import sanitize_table
    from spatialdata.models import ShapesModel, TableModel

    discs = ShapesModel.parse(np.asarray(adata.obsm[Obsm.SPATIAL]), geometry=0, radius=radius, index=adata.obs_names)
    adata.uns.pop(Uns.SPATIAL, None)  # the store has the image as an element
    sanitize_table(adata)
    adata.obs[ELEMENT] = pd.Categorical([name] * adata.n_obs)
    adata.obs[DISC] = adata.obs_names.to_numpy(dtype=str).astype(object)
    table = TableModel.parse(adata, region=name, region_key=ELEMENT, instance_key=DISC)
    return {name: discs, f"table_{name}": table}


def as_image(section: dict) -> object:
    """Return the image of ``uns['spatial'][<section>]``, which lies in the coordinates of the cells."""
    from spatialdata.models import Image2DModel
    from spatialdata.transformations import Scale

    pixels = np.moveaxis(np.asarray(section["images"]["hires"]), -1, 0)
    unit = 1 / float(section["scalefactors"]["tissue_hires_scalef"])
    scale = Scale([unit, unit], axes=("x", "y"))
    return Image2DModel.parse(pixels, dims=("c", "y", "x"), transformations={"global": scale})


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--spatial", type=Path, required=True, help="spatial.h5ad")
    options.add_argument("--spots", type=Path, help="spots.h5ad, of a section of spots")
    options.add_argument("--output", type=Path, required=True, help="the store, <name>.zarr")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
