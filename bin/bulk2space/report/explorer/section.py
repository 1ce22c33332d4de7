"""The content of a section's explorer page, from its files."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import anndata as ad
import pandas as pd

from ...contract import remarks
from ...contract.keys import Var
from ...contract.stored import Readable, Stored
from ...contract.verdicts import wrong_reference
from . import genes, of_image, of_spots, values
from .content import Content, head

log = logging.getLogger(__name__)

MOST_CHARACTERS = 23_000_000  # of all arrays; a page has at most 25 MB with BokehJS and its image


class About(NamedTuple):
    """What is known of a section beside its own files.

    Attributes
    ----------
    sample
        Name of its sample.
    markers
        markers.csv of the reference.
    varying
        Moran's I by gene, the highest first.
    colours
        Colour by type of the reference.
    asked
        Genes that the page must have.
    wrong
        Inputs that the reference does not explain: bulk, section.
    """

    sample: str
    markers: pd.DataFrame
    varying: pd.Series
    colours: dict[str, str]
    asked: list[str]
    wrong: Sequence[str] = ()


def of_spots_section(known: About, section: Stored, placed: Readable, expected: Stored) -> Content:
    """Return the content of a section of spots, from the section as measured, the placed cells and spots.h5ad."""
    content = head(known.sample, section, placed, known.colours)
    content.about["platform"] = "spot"
    of_spots.add(content, expected, placed)
    return _with_genes(content, known, section, expected, of_spots.expected_correlations(expected))


def of_imaged_section(known: About, section: Stored, placed: ad.AnnData) -> Content:
    """Return the content of a section of imaged cells, which are opened with ``backed="r"``."""
    content = head(known.sample, section, placed, known.colours)
    content.about["platform"] = "image"
    of_image.add(content, placed)
    return _with_genes(content, known, section, placed, placed.var[Var.EXPECTED_PCC].astype(float))


def _with_genes(
    content: Content, known: About, section: Stored, predictions: Stored | ad.AnnData, correlations: pd.Series
) -> Content:
    """Choose genes, and add them while there is room; ``correlations`` are those expected of the predictions."""
    names = section.var_names.union(correlations.index, sort=False)
    if absent := [gene for gene in known.asked if gene not in names]:
        sentence = f"--page_genes names genes that neither section nor reference has: {', '.join(absent)}"
        remarks.warn(log, "page_genes_absent", sentence, genes=absent)
    types = list(known.colours)
    chosen = genes.choose(known.asked, known.markers, types, known.varying, names)
    best = known.markers[known.markers["rank"] <= genes.MARKERS_PER_TYPE].sort_values("rank", kind="stable")
    marker_of = best.drop_duplicates("gene").set_index("gene")["cell_type"].astype(object)
    about = pd.DataFrame(
        {
            "moran": known.varying.reindex(chosen),
            "marker_of": marker_of.reindex(chosen).fillna(""),
            "expected_pcc": correlations.reindex(chosen),
        }
    )
    room = MOST_CHARACTERS - len((content.about["image"] or {}).get("url", ""))
    values.add(content, chosen, section, predictions, about, room)
    content.about["absent"] = absent
    content.about["wrong"] = f"{wrong_reference(known.wrong)}. Use neither types nor places." if known.wrong else ""
    return content
