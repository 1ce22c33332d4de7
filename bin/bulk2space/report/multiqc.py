"""Parts of the report as MultiQC custom content: one JSON file each, merged over samples by their ids.

MultiQC 1.35 merges files of one id only when their data are dictionaries, and lets the last file's settings win; so
settings that all samples share are written identically in each. Pictures travel inside the JSON as HTML: a plain
``_mqc.png`` would share its id, name and description with every other one of its search pattern.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import yaml

from ..contract.findings import Findings
from ..inputs.plan import Join

if TYPE_CHECKING:
    from .style import Picture

# The report's chapters, in order: id, name, what one finds there. assets/multiqc_config.yml names the same ids.
CHAPTERS = {
    "b2s_inputs": ("Inputs", "What was read, in which unit, and how much of it can be used."),
    "b2s_warnings": ("Warnings", "What to know before reading on; samples without a remark are not listed."),
    "b2s_composition": ("Cell-type proportions", "What the bulk samples are made of, side by side."),
    "b2s_proportions": ("Proportions of each sample", "How sure each type's share is and, where known, how true."),
    "b2s_training": ("Training", "How the generator learned each reference, epoch by epoch."),
    "b2s_cells": ("Generated cells", "The generated cells beside the reference's cells of the same types."),
    "b2s_spots": ("Section of spots", "Where the generated cells lie on a section of spots, several cells a spot."),
    "b2s_image": ("Section of single cells", "What the generated cells say about an imaged section, cell by cell."),
    "b2s_genes": ("Left out genes", "How well an image's genes are predicted from the others of its panel."),
    "b2s_confidence": ("Confidence", "Where the placement is sure, and where it is a guess."),
}

STATISTICS = {
    "condition": ("Condition", "Condition of the samplesheet", "", None),
    "genes": ("Genes", "Genes that the generated cells hold: those that bulk and reference share", "", "{:,.0f}"),
    "section_genes": ("In section", "Genes shared by the generated cells and the section", "", "{:,.0f}"),
    "reference_cells": ("Ref. cells", "Annotated cells in the single-cell reference", "", "{:,.0f}"),
    "cells": ("Generated", "Single cells generated", "", "{:,.0f}"),
    "bulk_error": (
        "Bulk error",
        "Squared error of the source cells' sum against the bulk, on genes left out of their choice, over that of all "
        "cells alike; 1: no choice was made, for lack of gain, cells or genes",
        "",
        "{:,.2f}",
    ),
    "places": ("Places", "Spots of the section, or its imaged cells", "", "{:,.0f}"),
    "cells_per_spot": ("Cells/spot", "Mean number of cells placed in a spot that has any", "", "{:,.1f}"),
    "section_distance": (
        "Bulk-section",
        "Share of the section's cells that would have to change type for it to have the bulk's proportions, before "
        "any rescaling",
        "",
        "{:,.2f}",
    ),
    "pcc": ("PCC", "Proportions: Pearson correlation of recovered and true shares", "RdYlGn", "{:,.3f}"),
    "rmse": ("RMSE", "Proportions: root mean squared error of recovered shares", "OrRd", "{:,.3f}"),
    "warnings": ("Warnings", "Number of remarks; the chapter Warnings has their text", "OrRd", "{:,.0f}"),
}


def statistics(sample: str, values: dict[str, float | str | None]) -> dict:
    """Return the sample's line of the table at the head of the report; absent and undefined values stay empty."""
    headers = {}
    for place, (key, (title, description, scale, form)) in enumerate(STATISTICS.items()):
        headers[key] = {"title": title, "description": description, "namespace": "bulk2space", "placement": place}
        headers[key] |= {"scale": scale or False} | ({"format": form} if form else {})
    headers["pcc"] |= {"min": 0, "max": 1}
    headers["rmse"] |= {"min": 0, "max": 0.25}
    headers["warnings"] |= {"min": 0, "max": 5}
    known = {key: value for key, value in values.items() if value is not None and value == value}
    return {"id": "b2s_statistics", "plot_type": "generalstats", "headers": headers, "data": {sample: known}}


def inputs_table(findings: Sequence[Findings], joins: Sequence[Join]) -> dict:
    """Return the table of the run's inputs.

    Parameters
    ----------
    findings
        What was found in each input that can be used.
    joins
        Genes that a bulk or section shares with a reference.
    """
    headers = {
        "observations": {"title": "Samples, cells, spots", "format": "{:,.0f}", "scale": False},
        "genes": {"title": "Genes", "format": "{:,.0f}", "scale": False},
        "unit": {"title": "Unit", "description": "What the values were, and what was done with them", "scale": False},
        "types": {"title": "Types", "description": "Cell types", "format": "{:,.0f}", "scale": False},
        "shared": {
            "title": "Shared genes",
            "description": "Genes shared with the reference of its samples; the fewest, where there are several",
            "format": "{:,.0f}",
            "scale": False,
        },
        "remarks": {"title": "Remarks", "format": "{:,.0f}", "scale": "OrRd", "min": 0, "max": 5},
    }
    rows = {}
    for found in findings:
        shared = [join.shared for join in joins if (join.kind, join.id) == (found.kind, found.id)]
        row = {"unit": found.unit, "remarks": len(found.remarks)}
        row |= {"observations": found.shape[0], "genes": found.shape[1]}
        row |= {"types": len(found.types)} if found.types else {}
        rows[f"{found.kind} {found.id}"] = row | ({"shared": min(shared)} if shared else {})
    return _section("b2s_inputs", "b2s_inputs_table", "Files") | {
        "description": "One line a file or folder of the samplesheet. Each is read and normalised once.",
        "plot_type": "table",
        "pconfig": {"id": "b2s_inputs_table_plot", "title": "Inputs", "col1_header": "Input", "sort_rows": False},
        "headers": headers,
        "data": rows,
    }


def inputs_remarks(findings: Sequence[Findings]) -> dict | None:
    """Return what was left out of the inputs or changed, as a list; None where nothing was."""
    sentences = [remark.sentence for found in findings for remark in found.remarks]
    if not sentences:
        return None
    listed = "<ul>" + "".join(f"<li>{html.escape(sentence)}.</li>" for sentence in sentences) + "</ul>"
    section = _section("b2s_inputs", "b2s_inputs_remarks", "What was left out or changed")
    return section | {"plot_type": "html", "data": listed}


def proportion_bars(sample: str, table: pd.DataFrame, colours: dict[str, str]) -> dict:
    """Return the sample's bar of cell types (table: cell_type, proportion).

    Samples with other types (another reference, and no list of the run's types) go to a graph of their own: MultiQC
    would drop what the last sample's list of types lacks.
    """
    digest = hashlib.sha256("\x1f".join(colours).encode()).hexdigest()[:8]
    shares = table.set_index("cell_type")["proportion"]
    return _section("b2s_composition", f"b2s_composition_{digest}", "All samples") | {
        "description": "One bar a sample: the share of its cells that each type has. Click a type to hide it.",
        "plot_type": "bargraph",
        "categories": {name: {"name": name, "color": colour} for name, colour in colours.items()},
        "pconfig": {
            "id": f"b2s_composition_{digest}_plot",
            "title": "Cell-type proportions",
            "ylab": "share of cells",
            "ymin": 0,
            "ymax": 1,
            "cpswitch": False,
            "tt_decimals": 3,
            "use_legend": True,
        },
        "data": {sample: {name: float(shares.get(name, 0.0)) for name in colours}},
    }


def left_out_genes(sample: str, summary: pd.DataFrame) -> dict:
    """Return the sample's lines of the table of left out genes, one a scheme.

    Parameters
    ----------
    sample
        The sample's id.
    summary
        `plots_genes.summary`: scheme as index; genes, mean_pcc, median_pcc, shuffled_mean, shuffled_median.
    """
    columns = {
        "genes": ("Genes", "Genes of the panel that the generated cells have and that vary in the section"),
        "mean_pcc": ("Mean PCC", "Mean over the genes"),
        "median_pcc": ("Median PCC", "Median over the genes"),
        "shuffled_mean": ("Shuffled: mean", "Mean over the genes, predictions dealt out to the cells at random"),
        "shuffled_median": ("Shuffled: median", "Median over the genes, predictions dealt out to the cells at random"),
    }
    headers = {
        key: {"title": title, "description": text, "format": "{:,.0f}" if key == "genes" else "{:,.3f}", "scale": False}
        for key, (title, text) in columns.items()
    }
    for key in ("mean_pcc", "median_pcc"):
        headers[key] |= {"scale": "Blues", "min": 0, "max": 1}
    return _section("b2s_genes", "b2s_genes_table", "All samples") | {
        "description": "Correlation (PCC), over the imaged cells, of a gene's measurement with its prediction from the "
        "other genes of the panel. It should stand clear of that of shuffled predictions.",
        "plot_type": "table",
        "pconfig": {
            "id": "b2s_genes_table_plot",
            "title": "Left out genes",
            "col1_header": "Sample",
            "sort_rows": False,
        },
        "headers": headers,
        "data": {f"{sample}, {scheme}": row for scheme, row in summary.to_dict("index").items()},
    }


def training_curves(reference: str, history: pd.DataFrame) -> dict[str, dict]:
    """Return three line graphs by epoch (loss, reconstruction, KL); one line a reference, however many samples it has.

    Parameters
    ----------
    reference
        The reference's name: files of several samples with one reference carry the same lines, which MultiQC merges.
    history
        training.csv: epoch, train_loss, validation_loss, reconstruction, kl.
    """
    graphs = {
        "training_1_loss": (
            "Loss",
            "Loss of the cells trained on and of cells held out. Both should fall and level off; a "
            "held-out loss that rises "
            "again means learning by heart.",
            "loss a cell",
            {f"{reference}: trained on": "train_loss", f"{reference}: held out": "validation_loss"},
        ),
        "training_2_reconstruction": (
            "Reconstruction",
            "The part of the loss that measures how well a cell is rebuilt from its latent point.",
            "reconstruction loss a cell",
            {reference: "reconstruction"},
        ),
        "training_3_kl": (
            "Kullback–Leibler divergence",
            "How far the latent points lie from a standard normal; near zero means that the latent space is not used.",
            "KL divergence a cell (nats)",
            {reference: "kl"},
        ),
    }
    return {
        name: _section("b2s_training", f"b2s_{name}", title)
        | {
            "description": description,
            "plot_type": "linegraph",
            "pconfig": {
                "id": f"b2s_{name}_plot",
                "title": f"Training: {title}",
                "xlab": "epoch",
                "ylab": unit,
                "x_decimals": 0,
                "showlegend": True,
            },
            "data": {
                line: {int(e): float(v) for e, v in zip(history["epoch"], history[column], strict=True) if v == v}
                for line, column in lines.items()
            },
        }
        for name, (title, description, unit, lines) in graphs.items()
    }


def pictures(sample: str, chapter: str, shown: Sequence[tuple["Picture", Path]], *, note: str = "") -> dict:
    """Return the sample's section of a chapter: each picture under its title, with what one sees and how to read it.

    Parameters
    ----------
    sample, chapter
        The sample's id; one of `CHAPTERS`.
    shown
        Pictures and their files.
    note
        What to know of this sample before its pictures, as plain text.
    """
    parts = [f"<p>{html.escape(note)}</p>"] if note else []
    for picture, png in shown:
        data = base64.b64encode(png.read_bytes()).decode()
        alt = html.escape(f"{picture.title}, {sample}", quote=True)
        parts.append(
            f'<h4 style="margin-top:1.2em">{html.escape(picture.title)}</h4><p>{html.escape(picture.caption)}</p>'
            f'<img alt="{alt}" style="max-width:100%;height:auto" src="data:image/png;base64,{data}">'
            '<p class="text-muted"><small>Files: '
            f"<code>{html.escape(sample)}/figures/{png.stem}</code> .png, .pdf, .csv</small></p>"
        )
    return _html(sample, chapter, "".join(parts))


def warnings(sample: str, sentences: Sequence[str]) -> dict:
    """Return the sample's remarks as a list."""
    return _html(sample, "b2s_warnings", "<ul>" + "".join(f"<li>{html.escape(s)}</li>" for s in sentences) + "</ul>")


def write(part: dict, folder: Path, name: str) -> None:
    """Write one part of the report as ``<name>_mqc.json``, or as ``.yaml`` where its data have numbers for keys.

    JSON turns the epochs of a line graph into text, which MultiQC then draws in the order 1, 10, 11, 2.
    """
    if part["plot_type"] == "linegraph":
        text, suffix = yaml.safe_dump(part, allow_unicode=True, sort_keys=False), "yaml"
    else:
        text, suffix = json.dumps(part, ensure_ascii=False, allow_nan=False) + "\n", "json"
    (folder / f"{name}_mqc.{suffix}").write_text(text, encoding="utf-8")


def _section(chapter: str, identifier: str, name: str) -> dict:
    title, description = CHAPTERS[chapter]
    return {
        "id": identifier,
        "parent_id": chapter,
        "parent_name": title,
        "parent_description": description,
        "section_name": name,
    }


def _html(sample: str, chapter: str, content: str) -> dict:
    return _section(chapter, f"{chapter}_{slug(sample)}", sample) | {"plot_type": "html", "data": content}


def slug(name: str) -> str:
    """Return a name that is safe as the id of an HTML element; different names stay different."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return safe if safe == name else f"{safe}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"
