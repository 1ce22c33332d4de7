"""Human lymph node, Visium: follicles of B cells between T cells."""

from pathlib import Path

from bulk2space.contract import tables

from . import results
from .tissue import Figure, Source, Tissue, sum_of_section

NAME = "lymph_node"


def found(folder: Path) -> list[str]:
    """Return composition and pairs of types."""
    spots = results.of_sample(folder, NAME, tables.SPOTS)
    of_section = spots.groupby("cell_type")["proportion"].mean().sort_values(ascending=False)
    pairs = results.of_sample(folder, NAME, tables.TYPE_PAIRS).set_index(["cell_type", "other"])
    words = []
    for one, other in (("B", "T_CD4"), ("B", "B")):
        row = pairs.loc[(one, other) if (one, other) in pairs.index else (other, one)]
        finding = row["finding"] or "neither together nor apart"
        words.append(
            f"{one} and {other}: {finding} (correlation {row['correlation']:.2f}, adjusted p {row['p_adjusted']:.1g})"
        )
    return [
        f"Of the whole section: {results.listed(of_section, '{:.0%}')}.",
        f"{'; '.join(words)}. A type beside itself says whether it stands in clusters, as follicles are.",
        results.pairs_in_words(folder, NAME),
        "The reference has one type of B cells and the section 1 224 genes of a random sample, without the usual "
        "markers of germinal centres: follicles can be told from T zones here, germinal centres within them cannot.",
    ]


TISSUE = Tissue(
    NAME,
    NAME,
    "Human lymph node: follicles and T zones",
    "A lymph node has follicles of B cells between zones of T cells. Are they found?",
    (
        Source("section.h5ad", "visium_lymphnode", "1 000 spots of Visium, a sample of the genes (10x Genomics)",
               "10x Genomics, *V1_Human_Lymph_Node*"),
        Source("reference.h5ad", "sc_lymphoid_ref", "330 cells of eleven types (Kleshchevnikov 2022)",
               "the authors' page of cell2location"),
    ),
    sum_of_section(NAME),
    "sample,bulk,reference,spatial,platform\n"
    f"{NAME},bulk.csv,reference.h5ad,section.h5ad,spot\n",
    (),
    (
        "B cells stand in follicles, T cells between them; plasma cells lie in the medulla (textbooks).",
    ),
    (
        Figure("figures/spots_shares.png", "Proportion of each type by spot."),
        Figure(
            "figures/type_pairs.png",
            "Correlation of the types' maps between neighbours. A dot marks a pair that is sure.",
        ),
        Figure("figures/genes_in_space.png", "The measured genes with the clearest pattern."),
    ),
    found,
)  # fmt: skip
