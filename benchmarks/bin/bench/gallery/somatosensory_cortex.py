"""Mouse somatosensory cortex, osmFISH: 33 genes of another laboratory, with the visual cortex as the reference."""

from pathlib import Path

import anndata as ad

from . import results
from .tissue import Figure, Source, Tissue

NAME = "somatosensory_cortex"
HOMES = {
    "eL2_3": ("Layer 2-3 medial", "Layer 2-3 lateral"), "eL4": ("Layer 4",), "eL5": ("Layer 5",), "eL6": ("Layer 6",),
    "Oligo": ("White matter",), "HPC": ("Hippocampus",),
}  # fmt: skip
ORDER = {"eL2_3": 0, "eL4": 1, "eL5": 2, "eL6": 3}
LAYERS = {"Layer 2-3 medial": 0, "Layer 2-3 lateral": 0, "Layer 4": 1, "Layer 5": 2, "Layer 6": 3}
CODE = """import anndata as ad
import pandas as pd

cells = ad.read_h5ad("reference.h5ad")
counts = pd.Series(cells.X.sum(axis=0).A1, index=cells.var_names, name="somatosensory_cortex")
counts.astype(int).to_csv("bulk.csv")
section = ad.read_h5ad("osmfish.h5ad")
section.obs = section.obs[["region"]]
section.write_h5ad("section.h5ad")"""


def found(folder: Path) -> list[str]:
    """Return in which regions the predicted types lie."""
    placed = ad.read_h5ad(folder / results.RESULTS / NAME / "spatial.h5ad")
    truth = ad.read_h5ad(folder / "osmfish.h5ad")[placed.obs_names]
    said, region = placed.obs["cell_type"].astype(str), truth.obs["region"].astype(str)
    shares = {
        name: (region[said == name].isin(homes).mean(), region.isin(homes).mean())
        for name, homes in HOMES.items()
        if (said == name).any()
    }
    words = ", ".join(f"{name} {here:.0%} (of all cells: {all_:.0%})" for name, (here, all_) in shares.items())
    layered = said.isin(ORDER) & region.isin(LAYERS)
    order = results.in_order(region[layered].map(LAYERS).to_numpy(), said[layered].map(ORDER).to_numpy())
    shared = int(placed.var["measured"].sum())
    return [
        f"Reference and panel share {shared} genes.",
        f"Part of each predicted type that lies in its own region: {words}.",
        f"Predicted layer and measured layer of the excitatory cells have a rank correlation of {order:.2f}.",
    ]


TISSUE = Tissue(
    NAME,
    NAME,
    "Mouse somatosensory cortex: what 33 genes say with another laboratory's reference",
    "The panel is tiny, the reference is another method, another laboratory and another part of the cortex. What "
    "remains of types and layers?",
    (
        Source("osmfish.h5ad", "img_osmfish_ssctx", "4 839 cells, 33 genes, regions (Codeluppi 2018)",
               "the authors' page *linnarssonlab.org/osmFISH*"),
        Source("reference.h5ad", "img_starmap_v1_1020", "930 cells of visual cortex, 996 genes (Wang 2018)",
               "the authors' page *starmapresources.org*"),
    ),
    CODE,
    "sample,bulk,reference,spatial,platform\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,image\n",
    ("--validate_genes", "--min_shared_genes", "15"),
    (
        "Excitatory neurons lie in layers; oligodendrocytes are most frequent in the white matter (Codeluppi 2018).",
        "The visual cortex lacks types of this section, such as those of the ventricle and the choroid plexus.",
    ),
    (
        Figure("figures/image_cells.png", "Predicted type of each imaged cell."),
        Figure("figures/genes_in_space.png", "The measured genes with the clearest pattern."),
        Figure("figures/image_new_genes.png", "Genes that were not measured, as predicted."),
    ),
    found,
)  # fmt: skip
