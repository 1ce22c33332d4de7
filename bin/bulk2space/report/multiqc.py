"""The report's chapters, and its parts as MultiQC custom content: one file each, merged over samples by their ids.

MultiQC 1.35 merges files of one id only when their data are dictionaries, and the settings of the last file win.
Settings that all samples share are therefore written identically in each file. assets/report puts the page together.
"""

import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from ..contract.verdicts import DOUBTFUL, GOOD, POOR
from ..contract.whole_files import write_text

SHAPES = {GOOD: "●", DOUBTFUL: "▲", POOR: "■"}
NO_SHAPE = "–"


class Chapter(NamedTuple):
    """A chapter of the report.

    Attributes
    ----------
    id
        Its id in the page; assets/multiqc_config.yml puts the ids in order.
    name, description
        Its heading and what one finds in it.
    """

    id: str
    name: str
    description: str

    @property
    def short(self) -> str:
        """Its name in the names of files."""
        return self.id.removeprefix("b2s_")


SUMMARY = Chapter(
    "b2s_summary",
    "Summary",
    "Can the results of each sample be used, and what should be done next? Every answer links to its evidence.",
)
WARNINGS = Chapter(
    "b2s_warnings",
    "Warnings and notes",
    "What to know before reading on. A warning names a reason for which results may be wrong. A note tells what was "
    "done or found, and changes no conclusion. Samples without either are not listed.",
)
VERDICT = Chapter(
    "b2s_verdict",
    "Does the reference fit?",
    "An estimate is always possible, also of a tissue that the reference does not know. The verdict compares marker "
    "genes with what the estimated composition says of them: good, doubtful or poor.",
)
COHORTS = Chapter(
    "b2s_cohorts",
    "Cohorts",
    "Many samples of one bulk file and one reference, side by side. The first samples of the samplesheet have chapters "
    "of their own below. The figures of the others are in their folders.",
)
COMPOSITION = Chapter("b2s_composition", "Cell-type proportions", "The cell types of bulk samples, side by side.")
PROPORTIONS = Chapter(
    "b2s_proportions",
    "Proportions of each sample",
    "How certain the proportion of each type is and, where the ground truth is known, how accurate.",
)
BULK = Chapter(
    "b2s_bulk",
    "What the bulk changed",
    "Whether the bulk was used and, where not, why: the proportions of the bulk, of the section and of the placed "
    "cells, and the states of the cells that the bulk asked for.",
)
SPOTS = Chapter(
    "b2s_spots",
    "Section of spots",
    "Where the generated cells were placed on a section of spots. A spot holds several cells.",
)
IMAGE = Chapter(
    "b2s_image",
    "Section of single cells",
    "The type and the expression that the generated cells predict for each cell of an imaged section.",
)
HELD_OUT_GENES = Chapter(
    "b2s_genes",
    "Held-out genes",
    "How well genes of an image's panel are predicted from the other genes. A held-out gene is one whose measurement "
    "the prediction did not use.",
)
PATTERNS = Chapter(
    "b2s_patterns",
    "What the section says",
    "Genes that vary in space, cell types that stand together or avoid each other, and what the regions of the section "
    "hold, where its table names regions.",
)
CONFIDENCE = Chapter("b2s_confidence", "Confidence", "Where the placement is certain, and where it is a guess.")
CELLS = Chapter("b2s_cells", "Generated cells", "The generated cells beside the reference's cells of the same types.")
TRAINING = Chapter("b2s_training", "Training", "How the network learned each reference, epoch by epoch.")
INPUTS = Chapter("b2s_inputs", "Inputs", "What was read, in which unit, and how many of its genes can be used.")
CHAPTERS = (
    SUMMARY, WARNINGS, VERDICT, COHORTS, COMPOSITION, PROPORTIONS, BULK, SPOTS, IMAGE, HELD_OUT_GENES, PATTERNS,
    CONFIDENCE, CELLS, TRAINING, INPUTS,
)  # fmt: skip


def section(chapter: Chapter, identifier: str, name: str) -> dict:
    """Return what every section of a chapter starts with."""
    return {
        "id": identifier,
        "parent_id": chapter.id,
        "parent_name": chapter.name,
        "parent_description": chapter.description,
        "section_name": name,
    }


def anchor(sample: str, chapter: Chapter) -> str:
    """Return the id of the sample's section of a chapter."""
    return f"{chapter.id}_{slug(sample)}"


def sample_section(sample: str, chapter: Chapter, content: str) -> dict:
    """Return the sample's section of a chapter, by whose mark the page finds it; ``content`` is HTML."""
    name = "" if chapter == COHORTS else html.escape(sample, quote=True)  # a cohort is no sample
    mark = f'<div class="b2s-mark" data-sample="{name}"></div>' if name else ""
    return section(chapter, anchor(sample, chapter), sample) | {"plot_type": "html", "data": f"{mark}{content}"}


def light(state: str) -> str:
    """Return the light of a state: a shape, as colour alone does not tell all eyes."""
    shape = SHAPES.get(state, NO_SHAPE)
    return f'<span class="b2s-light b2s-{state.split()[0]}" aria-hidden="true">{shape}</span>'


def verdict_line(state: str, sentence: str) -> str:
    """Return one sentence with its light, as HTML."""
    return f'<p class="b2s-answer">{light(state)} {html.escape(state)}: {html.escape(sentence)}</p>'


def link_to_explorer(sample: str) -> str:
    """Return the HTML of a link from the report to the sample's explorer page, which lies in the sample's folder."""
    place = f"../{quote(sample)}/explorer.html"
    return (
        f'<p><a href="{html.escape(place, quote=True)}">Explore this section</a>: zoom, choose types and genes, and '
        "draw around a region to see which cells lie in it. The page opens without a network.</p>"
    )


def text_cell(content: str) -> str:
    """Return HTML as MultiQC shows it unchanged in a cell of a table, on one line.

    Otherwise MultiQC reads "001" as 1 and "1e5" as 100 000, unless the text is in quotes, and takes every comma for a
    separator of thousands, which it shows as a space.
    """
    return f'"{" ".join(content.split()).replace(",", "&#44;")}"'


def write(part: dict, folder: Path, name: str) -> None:
    """Write one part of the report as ``<name>_mqc.json``."""
    text = json.dumps(part, ensure_ascii=False, allow_nan=False) + "\n"
    write_text(folder / f"{name}_mqc.json", text)


def write_order(samples: Sequence[str], folder: Path) -> None:
    """Write the names of all samples in the order in which the report shows them (assets/report)."""
    write_text(folder / "inputs_samples_in_order.json", json.dumps(list(samples)) + "\n")


def slug(name: str) -> str:
    """Return a name that is safe as the id of an HTML element; different names stay different."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return safe if safe == name else f"{safe}_{digest(name)[:6]}"


def digest(text: str) -> str:
    """Return hexadecimal digits that are the same for the same text in every run."""
    return hashlib.sha256(text.encode()).hexdigest()
