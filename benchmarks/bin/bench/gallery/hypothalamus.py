"""Mouse hypothalamus, MERFISH: types of imaged cells without labels."""

from pathlib import Path

import anndata as ad
from bulk2space.contract import tables

from . import results
from .tissue import Figure, Source, Tissue

NAME = "hypothalamus"
CODE = """import anndata as ad
import pandas as pd

cells = ad.read_h5ad("reference.h5ad")
counts = pd.Series(cells.X.sum(axis=0).A1, index=cells.var_names, name="hypothalamus")
counts.astype(int).to_csv("bulk.csv")"""


def found(folder: Path) -> list[str]:
    """Return how sure the types are, and how well left-out genes are predicted."""
    placed = ad.read_h5ad(folder / results.RESULTS / NAME / "spatial.h5ad")
    shares = placed.obs["cell_type"].astype(str).value_counts(normalize=True)
    column = results.probability_column(placed.obs)
    sure = placed.obs.groupby("cell_type", observed=True)[column].mean().sort_values()
    genes = results.of_sample(folder, NAME, tables.HELD_OUT_GENES)
    genes = genes[genes["scheme"] == "leave_one_out"]
    best = genes.nlargest(5, "pcc").set_index("gene")["pcc"]
    return [
        f"Types of the {placed.n_obs} cells: {results.listed(shares, '{:.0%}')}.",
        f"Mean probability that the type is right, the least sure first: {results.listed(sure)}.",
        f"Genes of the panel that were left out are predicted with a mean correlation of {genes['pcc'].mean():.2f} "
        f"(cells dealt at random: {genes['shuffled_pcc'].mean():.2f}); best: {results.listed(best)}.",
        "The paper re-annotates the cells that the authors called ambiguous. The section that we have is distributed "
        "without the authors' labels, so this claim cannot be tested here, for or against. The probability of each "
        "cell says which of them stay ambiguous.",
    ]


TISSUE = Tissue(
    NAME,
    NAME,
    "Mouse hypothalamus: types of imaged cells that have no labels",
    "Which cells are these, and of which of them can one be sure?",
    (
        Source("section.h5ad", "img_merfish_hypothalamus_rctd", "750 cells of MERFISH, 134 genes (Moffitt 2018)",
               "Dryad, doi 10.5061/dryad.8t8s248"),
        Source("reference.h5ad", "sc_hypothalamus_ref_merfishgenes",
               "1 116 cells of twelve types, the panel's genes alone (Moffitt 2018)", "GSE113576"),
    ),
    CODE,
    "sample,bulk,reference,spatial,platform\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,image\n",
    ("--validate_genes",),
    (
        "Inhibitory neurons are the most frequent type of the preoptic region, then excitatory neurons and astrocytes; "
        "ependymal cells line the third ventricle (Moffitt 2018).",
        "The paper maps generated cells onto this atlas (its Fig. 5): seven of eight shared types agree, mural cells "
        "do not.",
    ),
    (
        Figure("figures/image_cells.png", "Predicted type of each imaged cell."),
        Figure("figures/confidence.png", "How sure the types are."),
        Figure("figures/image_genes.png", "Panel genes that were left out, and how well they are predicted."),
    ),
    found,
)  # fmt: skip
