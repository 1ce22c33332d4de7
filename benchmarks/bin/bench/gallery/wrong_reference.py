"""Breast cancer with a reference of the pancreas: a page that has to be red."""

from pathlib import Path

from bulk2space.contract import tables

from . import results
from .tissue import Figure, Source, Tissue

NAME = "wrong_reference"
CODE = """import scanpy as sc
import pandas as pd

section = sc.read_10x_h5("section/filtered_feature_bc_matrix.h5")
section.var_names_make_unique()
counts = pd.Series(section.X.sum(axis=0).A1, index=section.var_names, name="wrong_reference")
counts.astype(int).to_csv("bulk.csv")"""


def found(folder: Path) -> list[str]:
    """Return what the verdict says of bulk, section and types."""
    verdict = results.of_sample(folder, NAME, tables.VERDICT)
    types = verdict[(verdict["cell_type"] != "") & (verdict["verdict"] != "")]
    counts = types["verdict"].value_counts()
    claimed = results.of_sample(folder, NAME, tables.PROPORTIONS).nlargest(3, "proportion")
    shares = claimed.set_index("cell_type")["proportion"]
    return [
        f"Of the verdicts on single types, {counts.get('good', 0)} are good, {counts.get('doubtful', 0)} doubtful and "
        f"{counts.get('poor', 0)} poor.",
        f"Without the verdict one would have read {results.listed(shares, '{:.0%}')} from the table of proportions, "
        "and nothing about it would have looked odd.",
    ]


TISSUE = Tissue(
    NAME,
    NAME,
    "Breast cancer with a reference of the pancreas: the red page",
    "Somebody takes the wrong file. Does the report say so on its first screen?",
    (
        Source("section", "files/visium_breast", "338 spots of Visium with an image (10x Genomics)",
               "10x Genomics, a section of breast cancer"),
        Source("reference.h5ad", "files/cellxgene_pancreas.h5ad", "500 cells of pancreas in the form of CELLxGENE",
               "CELLxGENE"),
    ),
    CODE,
    "sample,bulk,reference,spatial,platform\n"
    f"{NAME},bulk.csv,reference.h5ad,section,spot\n",
    (),
    ("The breast has no insulin and no islets. Any proportion of beta cells is wrong.",),
    (
        Figure("figures/bulk_and_section.png", "What bulk and section say of the composition."),
        Figure("figures/spots_markers.png", "Marker genes of the reference's types, as measured here."),
        Figure("figures/spots_shares.png", "What would have been drawn: proportions without a meaning."),
    ),
    found,
    screen="The first screen of the report. The red bar stands above every figure.",
)  # fmt: skip
