"""Human pancreatic cancer, ST, with a reference of islets: the tumour has no type in it."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import tables
from bulk2space.numerics.metrics import pcc
from bulk2space.numerics.scaling import log_normalize

from ..page.markdown import markdown
from . import results
from .tissue import Figure, Source, Tissue, sum_of_section

NAME = "pancreatic_cancer"
MARKERS = {"acinar": "PRSS1", "ductal": "KRT19"}  # of types that healthy and cancerous pancreas have


def found(folder: Path) -> list[str]:
    """Return the verdict on each type, and whether acinar and ductal cells lie where their genes are."""
    verdict = results.of_sample(folder, NAME, tables.VERDICT)
    of_section = verdict[(verdict["input"] == "section") & (verdict["cell_type"] != "")].set_index("cell_type")
    types = pd.DataFrame(
        {
            "type": of_section.index,
            "part of the section's mRNA": [f"{part:.0%}" for part in of_section["rna_fraction"]],
            "verdict": [word or "too little to judge" for word in of_section["verdict"]],
        }
    )
    rows = "\n".join(f"  {line}" for line in markdown(types))
    whole = verdict[(verdict["input"] == "section") & (verdict["cell_type"] == "")].iloc[0]
    unknown = (
        "does not tell which part of its mRNA belongs to no type"
        if np.isnan(whole["unknown"])
        else f"says that {whole['unknown']:.0%} of its mRNA belongs to no type"
    )
    return [
        f"The run calls the section {whole['verdict']}, and {unknown} of the reference.",
        f"Verdict by type, on the section:\n\n{rows}\n",
        along_markers(folder),
    ]


def along_markers(folder: Path) -> str:
    """Return how the maps of two types go with those of a gene each; it is no proof, as the gene may be in the fit."""
    section = ad.read_h5ad(folder / "section.h5ad")
    values = pd.DataFrame(
        log_normalize(section.X)[:, section.var_names.get_indexer(list(MARKERS.values()))].toarray(),
        section.obs_names, list(MARKERS),
    )  # fmt: skip
    shares = results.spots_by_type(folder, NAME, "proportion").reindex(values.index).fillna(0.0)
    words = [
        f"{name} and {gene} {pcc(np.asarray(shares[name]), np.asarray(values[name])):.2f}"
        for name, gene in MARKERS.items()
        if name in shares
    ]
    return f"Correlation over spots of a type's proportion with a gene known for it: {', '.join(words)}."


TISSUE = Tissue(
    NAME,
    NAME,
    "Human pancreatic cancer with a reference of islets: what it says where the tumour has no type",
    "The reference has cells of healthy islets and their surroundings, but no cancer cell. Does the run say so?",
    (
        Source("section.h5ad", "st_pdac_a", "428 spots of Spatial Transcriptomics, PDAC-A (Moncada 2020)", "GSE111672"),
        Source("reference.h5ad", "sc_pancreas_panc8_small",
               "500 cells of six types, five technologies (Grün 2016, Muraro 2016, Baron 2016, Segerstolpe 2016, "
               "Lawlor 2017)", "SeuratData *panc8*"),
    ),
    sum_of_section(NAME),
    "sample,bulk,reference,spatial,platform\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,spot\n",
    ("--batch_key", "tech"),
    (
        "The section holds cancer, duct epithelium, normal pancreas and stroma (Moncada 2020; the paper's Fig. 3).",
        "The paper uses a reference of the tumour itself, and finds cancer, ductal and acinar cells in these regions.",
    ),
    (
        Figure("figures/bulk_and_section.png", "What bulk and section say of the composition."),
        Figure("figures/spots_shares.png", "Proportion of each type by spot."),
        Figure("figures/spots_markers.png", "Marker genes, measured and expected."),
    ),
    found,
)  # fmt: skip
