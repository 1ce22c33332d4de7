"""The content of a section's explorer page, from its files."""

import logging

import anndata as ad
import pandas as pd

from ...contract import remarks
from ...contract.keys import Var
from ...contract.stored import Readable, Stored
from . import genes, of_image, of_spots, values
from .content import Content, head

log = logging.getLogger(__name__)

MOST_CHARACTERS = 23_000_000  # of all arrays; a page has at most 25 MB with BokehJS and its image


def of_spots_section(
    sample: str,
    section: Stored,
    placed: Readable,
    expected: Stored,
    markers: pd.DataFrame,
    colours: dict[str, str],
    asked: list[str],
) -> Content:
    """Return the content of a section of spots.

    Parameters
    ----------
    sample
        Its name.
    section, placed, expected
        The section as measured; the cells placed in it; spots.h5ad.
    markers
        markers.csv of the reference.
    colours
        Colour by type.
    asked
        Genes that the page must have.
    """
    content = head(sample, section, placed, colours)
    content.about["platform"] = "spot"
    of_spots.add(content, expected, placed)
    correlations = of_spots.expected_correlations(expected)
    return _with_genes(content, section, expected, correlations, markers, asked)


def of_imaged_section(
    sample: str,
    section: Stored,
    placed: ad.AnnData,
    markers: pd.DataFrame,
    colours: dict[str, str],
    asked: list[str],
) -> Content:
    """Return the content of a section of imaged cells, which are opened with ``backed="r"``; the rest is as above."""
    content = head(sample, section, placed, colours)
    content.about["platform"] = "image"
    of_image.add(content, placed)
    correlations = placed.var[Var.EXPECTED_PCC].astype(float)
    return _with_genes(content, section, placed, correlations, markers, asked)


def _with_genes(
    content: Content,
    section: Stored,
    predictions: Stored | ad.AnnData,
    correlations: pd.Series,
    markers: pd.DataFrame,
    asked: list[str],
) -> Content:
    """Choose genes, and add them while there is room."""
    varying = genes.varying(section)
    known = section.var_names.union(correlations.index, sort=False)
    if absent := [gene for gene in asked if gene not in known]:
        sentence = f"--page_genes names genes that neither section nor reference has: {', '.join(absent)}"
        remarks.warn(log, "page_genes_absent", sentence, genes=absent)
    types = [one["name"] for one in content.about["types"]]
    chosen = genes.choose(asked, markers, types, varying, known)
    best = markers[(markers["rank"] <= genes.MARKERS_PER_TYPE) & markers["cell_type"].isin(types)]
    marker_of = best.sort_values("rank", kind="stable").drop_duplicates("gene").set_index("gene")["cell_type"]
    about = pd.DataFrame(
        {
            "moran": varying.reindex(chosen),
            "marker_of": marker_of.astype(object).reindex(chosen).fillna(""),
            "expected_pcc": correlations.reindex(chosen),
        }
    )
    room = MOST_CHARACTERS - len((content.about["image"] or {}).get("url", ""))
    values.add(content, chosen, section, predictions, about, room)
    content.about["absent"] = absent
    return content
