"""Mouse olfactory bulb: which cell type lies in which layer."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..judges.sections import HOMES
from . import results
from .tissue import Figure, Source, Tissue, sum_of_section

NAME = "olfactory_bulb"


def found(folder: Path) -> list[str]:
    """Return what the results say of the layers."""
    section = ad.read_h5ad(folder / "section.h5ad")
    layer = section.obs["region"].astype(str).str.split(": ").str[1]
    fitted, placed = (
        results.at_home(results.spots_by_type(folder, NAME, column), layer, HOMES)
        for column in ("proportion", "n_cells")
    )
    random = np.random.default_rng(0).permutation(layer)
    chance = results.at_home(results.spots_by_type(folder, NAME, "proportion"), pd.Series(random, layer.index), HOMES)
    return [
        f"Each type is most common where it is known to be at home: the proportion tells spots of that layer from "
        f"others with an area under the curve of {fitted.mean():.3f} on average ({results.listed(fitted)}). With the "
        f"layers dealt to the spots at random it is {chance.mean():.2f}.",
        f"The whole cells that are placed keep this: {placed.mean():.3f} ({results.listed(placed)}).",
        f"By the run's own test: {results.regions_in_words(folder, NAME, list(HOMES))}.",
        f"The bulk is the sum of the spots. Alone it tells {results.largest(folder, NAME)}: without places and in a "
        f"single sample the types are hard to tell apart, so the intervals are wide, and the placed cells follow the "
        f"section within them.",
    ]


TISSUE = Tissue(
    NAME,
    NAME,
    "Mouse olfactory bulb: which type lies in which layer?",
    "The bulb has layers, and each of its cell types is at home in one of them. Do the placed cells find their layers, "
    "when nobody tells them?",
    (
        Source("section.h5ad", "st_mob_rep11", "260 spots of Spatial Transcriptomics, replicate 11 (Ståhl 2016)",
               "GSE80692 and the authors' page *spatialresearch.org*"),
        Source("reference.h5ad", "sc_mob_tepe", "4 558 cells of five types (Tepe 2018)", "GSE121891"),
    ),
    sum_of_section(NAME),
    "sample,bulk,reference,spatial,platform,cells_per_spot\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,spot,10\n",
    (),
    (
        "From outside to inside the layers are: olfactory nerve, glomerular, outer plexiform, mitral cell and granule "
        "cell layer (Ståhl 2016).",
        "Granule cells (GC), mitral and tufted cells (M/TC), periglomerular cells (PGC) and the sensory neurons (OSNs) "
        "have a layer of their own each (Tepe 2018).",
    ),
    (
        Figure("figures/spots_shares.png", "Proportion of each type by spot."),
        Figure("figures/genes_in_space.png", "The measured genes with the clearest pattern."),
        Figure("figures/bulk_and_section.png", "What bulk and section say of the composition."),
    ),
    found,
)  # fmt: skip
