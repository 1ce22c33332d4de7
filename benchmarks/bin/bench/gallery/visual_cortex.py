"""Mouse visual cortex, STARmap: half of the cells as the reference, the other half imaged with 150 of 996 genes."""

from pathlib import Path

import anndata as ad
import numpy as np
from bulk2space.numerics.metrics import pcc
from bulk2space.numerics.scaling import log_normalize

from . import results
from .tissue import Figure, Source, Tissue

NAME = "visual_cortex"
LAYERS = {"eL2_3": 0, "eL4": 1, "eL5": 2, "eL6": 3}
CODE = """import anndata as ad
import numpy as np
import pandas as pd

cells = ad.read_h5ad("starmap.h5ad")
rng = np.random.default_rng(0)
known = rng.permutation(cells.n_obs) < cells.n_obs // 2
cells[known].write_h5ad("reference.h5ad")
panel = rng.choice(cells.n_vars, 150, replace=False)
section = cells[~known, panel].copy()
section.obs = section.obs[[]]
section.write_h5ad("section.h5ad")
counts = pd.Series(cells[known].X.sum(axis=0).A1, index=cells.var_names, name="visual_cortex")
counts.astype(int).to_csv("bulk.csv")"""


def found(folder: Path) -> list[str]:
    """Return how well types, layers and hidden genes are found."""
    placed = ad.read_h5ad(folder / results.RESULTS / NAME / "spatial.h5ad")
    truth = ad.read_h5ad(folder / "starmap.h5ad")[placed.obs_names].copy()
    said, real = placed.obs["cell_type"].astype(str).to_numpy(), truth.obs["cell_type"].astype(str).to_numpy()
    depth = -np.asarray(truth.obsm["spatial"])[:, 1]  # the pia lies at the largest y
    inside = np.isin(said, list(LAYERS))
    order = results.in_order(depth[inside], np.array([LAYERS[name] for name in said[inside]]))
    of_truth = np.isin(real, list(LAYERS))
    real_order = results.in_order(depth[of_truth], np.array([LAYERS[name] for name in real[of_truth]]))
    hidden = [gene for gene in placed.var_names if not placed.var.loc[gene, "measured"]]
    values = log_normalize(truth[:, :].X)[:, truth.var_names.get_indexer(hidden)].toarray()
    predicted = placed[:, hidden].X
    predicted = predicted.toarray() if hasattr(predicted, "toarray") else np.asarray(predicted)
    each = np.array([pcc(predicted[:, i], values[:, i]) for i in range(len(hidden)) if values[:, i].std() > 0])
    return [
        f"{(said == real).mean():.0%} of {len(said)} cells get the type that the authors gave them from all 996 genes.",
        f"The four excitatory types lie in the order of their layers: the rank correlation of depth and layer is "
        f"{order:.2f}; with the authors' own labels it is {real_order:.2f}. For the paper's claim that the hierarchy "
        f"of the cortex is found again.",
        f"The {len(each)} hidden genes are predicted with a mean correlation of {each.mean():.2f} to their measurement "
        f"(median {np.median(each):.2f}; {np.mean(each > 0.3):.0%} of them above 0.3). Single cells are noisy: this is "
        f"a map of where a gene is high, not its count in a cell.",
    ]


TISSUE = Tissue(
    NAME,
    NAME,
    "Mouse visual cortex: types and layers from 150 genes",
    "An imaged section measures few genes. Do types, layers and the genes that were not measured come out right?",
    (
        Source("starmap.h5ad", "img_starmap_v1_1020", "930 cells, 996 genes, types and places (Wang 2018)",
               "the authors' page *starmapresources.org*"),
    ),
    CODE,
    "sample,bulk,reference,spatial,platform\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,image\n",
    ("--validate_genes",),
    (
        "From the surface inwards the excitatory neurons of the cortex lie in layers 2/3, 4, 5 and 6 (Wang 2018).",
        "The paper says that the layered pattern of the isocortex is found again (its Fig. 4, on Visium).",
    ),
    (
        Figure("figures/image_cells.png", "Predicted type of each imaged cell."),
        Figure("figures/image_new_genes.png", "Genes that were not measured, as predicted."),
        Figure("figures/image_genes.png", "Panel genes that were left out, and how well they are predicted."),
    ),
    found,
)  # fmt: skip
