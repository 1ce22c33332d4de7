"""Mouse cerebellum, Slide-seq: what beads of 37 counts can say."""

from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.contract import tables

from . import results
from .tissue import Figure, Source, Tissue, sum_of_section

NAME = "cerebellum"
RARE, FREQUENT = 0.01, "Granule"


def found(folder: Path) -> list[str]:
    """Return composition, pairs of types and what is lost."""
    spots = results.of_sample(folder, NAME, tables.SPOTS)
    of_section = spots.groupby("cell_type")["proportion"].mean().sort_values(ascending=False)
    placed = spots.groupby("cell_type")["n_cells"].sum()
    confidence = spots.groupby("spot")["confidence"].first()
    return [
        f"Of the whole section: {results.listed(of_section[of_section >= RARE], '{:.0%}')}; "
        f"{int((of_section < RARE).sum())} of {len(of_section)} types have less than one percent each.",
        _against_known(of_section),
        results.pairs_in_words(folder, NAME),
        f"{confidence.mean():.0%} of a bead's cells are expected to be right, on average, by the run's own estimate, "
        f"and {np.nanquantile(confidence, 0.9):.0%} or more in the best tenth of the beads. "
        f"{int((placed == 0).sum())} types are placed nowhere.",
    ]


def _against_known(of_section: pd.Series) -> str:
    """Return whether the type that is known to be the most frequent comes out so; proportions, the largest first."""
    first = of_section.index[0]
    if first == FREQUENT:
        return f"{FREQUENT} cells come out as the most frequent type, as is known."
    return (
        f"This is against what is known: {first} comes out as the most frequent type, and {FREQUENT} cells get "
        f"{of_section[FREQUENT]:.0%}. Trust no proportion of this run."
    )


TISSUE = Tissue(
    NAME,
    NAME,
    "Mouse cerebellum: what 37 counts per bead can say",
    "Slide-seq has beads of the size of a cell, and few counts in each. Which types can be placed, and which not?",
    (
        Source("section.h5ad", "slideseq_cerebellum", "10 000 beads of Slide-seq, median 37 counts (Rodriques 2019)",
               "Single Cell Portal SCP354, puck 180819_11"),
        Source("reference.h5ad", "sc_cerebellum_ref384", "475 nuclei of 19 types, 384 genes (Kozareva 2021)",
               "GSE165371"),
    ),
    sum_of_section(NAME),
    "sample,bulk,reference,spatial,platform,cells_per_spot\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,spot,1\n",
    (),
    (
        "Granule cells fill the granular layer and are by far the most frequent; Purkinje cells and Bergmann glia "
        "stand together in one row beside the molecular layer, which holds the interneurons MLI1 and MLI2 (Kozareva "
        "2021).",
        "The reference was measured in nuclei and the section in whole tissue: nuclei hold other mRNA than cells.",
    ),
    (
        Figure("figures/spots_shares.png", "Proportion of each type by bead."),
        Figure(
            "figures/type_pairs.png",
            "Correlation of the types' maps between neighbours. A dot marks a pair that is sure.",
        ),
        Figure("figures/confidence.png", "How sure the places are."),
    ),
    found,
)  # fmt: skip
