"""The report's chapters, and its parts as MultiQC custom content: one file each, merged over samples by their ids.

MultiQC 1.35 merges files of one id only when their data are dictionaries, and the settings of the last file win.
Settings that all samples share are therefore written identically in each file. Figures travel inside the JSON as HTML:
plain ``_mqc.png`` files would all have one id, name and description.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import yaml

if TYPE_CHECKING:  # the plan of the samples writes its parts of the report without Matplotlib
    from .drawing import Drawing


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


VERDICT = Chapter(
    "b2s_verdict",
    "Verdict",
    "Does the reference explain the bulk and the section? An estimate is always possible, also of a tissue that the "
    "reference does not know. A verdict compares marker genes with what the estimated composition says of them: good, "
    "doubtful or poor.",
)
INPUTS = Chapter("b2s_inputs", "Inputs", "What was read, in which unit, and how many of its genes can be used.")
WARNINGS = Chapter(
    "b2s_warnings",
    "Warnings and notes",
    "What to know before reading on. A warning names a reason for which results may be wrong. A note tells what was "
    "done or found, and changes no conclusion. Samples without either are not listed.",
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
TRAINING = Chapter("b2s_training", "Training", "How the network learned each reference, epoch by epoch.")
CELLS = Chapter("b2s_cells", "Generated cells", "The generated cells beside the reference's cells of the same types.")
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
CHAPTERS = (
    VERDICT, INPUTS, WARNINGS, COHORTS, COMPOSITION, PROPORTIONS, BULK, TRAINING, CELLS, SPOTS, IMAGE, HELD_OUT_GENES,
    PATTERNS, CONFIDENCE,
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


def sample_section(sample: str, chapter: Chapter, content: str) -> dict:
    """Return the sample's section of a chapter; ``content`` is HTML."""
    return section(chapter, f"{chapter.id}_{slug(sample)}", sample) | {"plot_type": "html", "data": content}


def figures(
    sample: str,
    chapter: Chapter,
    saved: Sequence[tuple["Drawing", Path]],
    *,
    note: str = "",
    table: str = "",
    folder: str = "",
) -> dict:
    """Return the sample's section of a chapter: the caption of each figure above it, its files below.

    Parameters
    ----------
    sample, chapter
        The sample's id; the chapter.
    saved
        Figures and their PNGs.
    note
        What to know of this sample before its figures, as plain text; each line is a paragraph.
    table
        A table between the note and the figures, as HTML.
    folder
        The sample's folder in the results; empty: named by the sample.
    """
    parts = [*(f"<p>{html.escape(line)}</p>" for line in note.splitlines()), table]
    parts += [_figure(sample, *one, folder or sample) for one in saved]
    return sample_section(sample, chapter, "".join(parts))


def link_to_explorer(sample: str) -> str:
    """Return the HTML of a link from the report to the sample's explorer page, which lies in the sample's folder."""
    place = f"../{quote(sample)}/explorer.html"
    return (
        f'<p><a href="{html.escape(place, quote=True)}">Explore this section</a>: zoom, choose types and genes, and '
        "draw around a region to see which cells lie in it. The page opens without a network.</p>"
    )


def _figure(sample: str, drawing: "Drawing", png: Path, folder: str) -> str:
    """Return the HTML of one figure."""
    data = base64.b64encode(png.read_bytes()).decode()
    alt = html.escape(f"{drawing.title}, {sample}", quote=True)
    return (
        f'<h4 style="margin-top:1.2em">{html.escape(drawing.title)}</h4><p>{html.escape(drawing.caption)}</p>'
        f'<img alt="{alt}" style="max-width:100%;height:auto" src="data:image/png;base64,{data}">'
        '<p class="text-muted"><small>Files: '
        f"<code>{html.escape(folder)}/figures/{png.stem}</code> .png, .pdf, .csv</small></p>"
    )


def write(part: dict, folder: Path, name: str) -> None:
    """Write one part of the report as ``<name>_mqc.json``, or as ``.yaml`` where its data have numbers for keys.

    JSON turns the epochs of a line graph into text, which MultiQC then draws in the order 1, 10, 11, 2.
    """
    if part["plot_type"] == "linegraph":
        text, suffix = yaml.safe_dump(part, allow_unicode=True, sort_keys=False), "yaml"
    else:
        text, suffix = json.dumps(part, ensure_ascii=False, allow_nan=False) + "\n", "json"
    (folder / f"{name}_mqc.{suffix}").write_text(text, encoding="utf-8")


def slug(name: str) -> str:
    """Return a name that is safe as the id of an HTML element; different names stay different."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return safe if safe == name else f"{safe}_{digest(name)[:6]}"


def digest(text: str) -> str:
    """Return hexadecimal digits that are the same for the same text in every run."""
    return hashlib.sha256(text.encode()).hexdigest()
