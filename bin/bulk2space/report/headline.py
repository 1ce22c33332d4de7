"""The sample's line of the table at the head of the report."""

import html
from typing import Any, NamedTuple

import anndata as ad

from ..contract import verdicts
from ..contract.expression import shared_genes
from ..contract.keys import BulkAndSection, Calibrated, Uns
from ..numerics import metrics
from . import multiqc
from .found import most_frequent
from .sample import Sample, Section

MAIN_TYPES = 2  # types named in the table


class Column(NamedTuple):
    """A column of the table: heading, explanation, format of its numbers, colour scale with its ends, and place.

    A folded column is shown on demand ("Configure columns").
    """

    title: str
    description: str
    format: str | None = "{:,.0f}"
    scale: str | bool = False
    ends: tuple[float, float] | None = None
    folded: bool = False


COLUMNS = {
    "answer": Column("Summary", "The worst of the sample's lights; those of predicted genes do not count", None),
    "condition": Column("Condition", "Condition in the samplesheet", None),
    "types": Column(
        "Main types", "The most frequent cell types of the bulk, with their proportions of the cells", None
    ),
    "cells": Column("Cells", "Generated single cells"),
    "places": Column("Places", "Spots of the section, or its imaged cells"),
    "unknown": Column(
        "Unknown",
        "Part of the mRNA that comes from cell types which the reference lacks, the larger of bulk and section: rough, "
        "and often too small",
        "{:,.1%}",
    ),
    "warnings": Column(
        "Warnings",
        "Number of warnings; their text is in the chapter Warnings and notes",
        "{:,.0f}",
        "OrRd",
        (0, 5),
    ),
    "pcc": Column(
        "PCC",
        "Pearson correlation of the estimated proportions with the ground truth",
        "{:,.3f}",
        "RdYlGn",
        (0, 1),
    ),
    "rmse": Column(
        "RMSE",
        "Root mean squared error of the estimated proportions against the ground truth",
        "{:,.3f}",
        "OrRd",
        (0, 0.25),
    ),
    "verdict": Column(
        "Verdict",
        "Whether the reference explains the bulk and the section: the worse of both",
        None,
        folded=True,
    ),
    "genes": Column("Genes", "Genes of the generated cells: those that bulk and reference share", folded=True),
    "section_genes": Column("Genes in section", "Genes that the generated cells and the section share", folded=True),
    "reference_cells": Column(
        "Reference cells", "Annotated cells of the single-cell reference that are used", folded=True
    ),
    "cells_per_spot": Column(
        "Cells in a spot", "Mean number of cells placed in a spot, over spots with cells", "{:,.1f}", folded=True
    ),
    "section_distance": Column(
        "Bulk to section",
        "Proportion of the section's cells that would have to change type for the section to have the bulk's "
        "proportions, before any rescaling",
        "{:,.2f}",
        folded=True,
    ),
    "bulk_used": Column(
        "Bulk decided",
        "What the bulk decided of the generated cells: their numbers, and their states where this lowered the error",
        None,
        folded=True,
    ),
    "bulk_error": Column(
        "Bulk error",
        "Squared error of the sum of the weighted source cells against the bulk, on held-out genes, divided by the "
        "error with equal weights. A source cell is a reference cell that generated cells start from. The weights are "
        "used only if it is below 1 by more than three standard errors. Empty: too few cells or genes to try any",
        "{:,.3f}",
        folded=True,
    ),
}
COLOURS_OF_VERDICTS = {
    kind: [{"s_eq": word}]
    for kind, word in (("pass", verdicts.GOOD), ("warn", verdicts.DOUBTFUL), ("fail", verdicts.POOR))
}


def part(sample: str, values: dict[str, float | str | None]) -> dict:
    """Return the sample's line; undefined values stay empty, and MultiQC leaves out a column without values."""
    known = {key: value for key, value in values.items() if value is not None and value == value}
    headers = {key: _header(key, column, place) for place, (key, column) in enumerate(COLUMNS.items())}
    return {"id": "b2s_statistics", "plot_type": "generalstats", "headers": headers, "data": {sample: known}}


def _header(key: str, column: Column, place: int) -> dict[str, Any]:
    header = {"title": column.title, "description": column.description, "namespace": "bulk2space", "placement": place}
    header |= {"scale": column.scale, "hidden": column.folded}
    if column.format:
        header["format"] = column.format
    if column.ends:
        header |= {"min": column.ends[0], "max": column.ends[1]}
    if key in ("answer", "verdict"):
        header["cond_formatting_rules"] = COLOURS_OF_VERDICTS
    return header


def values(sample: Sample, *, answer: str, n_warnings: int) -> dict[str, float | str | None]:
    """Return the sample's value in each column that it has (answer: the worst of its lights)."""
    line: dict[str, float | str | None] = {
        "answer": answer,
        "verdict": verdicts.worst(sample.verdict),
        "condition": multiqc.text_cell(html.escape(sample.condition)) if sample.condition else None,
        "types": _main_types(sample),
        "unknown": sample.verdict.loc[sample.verdict["cell_type"] == "", "unknown"].max(),
        "reference_cells": sample.reference.n_obs,
        "warnings": n_warnings,
    }
    if sample.cells is not None:
        line |= _of_cells(sample.cells)
        if sample.section is not None:
            line |= _of_section(sample.cells, sample.section)
    if "proportions" in sample.truth:
        tables = (sample.proportions, sample.truth["proportions"])
        estimated, true = metrics.align(*(table.set_index("cell_type")["proportion"] for table in tables))
        line |= {"pcc": metrics.pcc(estimated, true), "rmse": metrics.rmse(estimated, true)}
    return line


def _main_types(sample: Sample) -> str:
    """Return the most frequent types with their proportions, as HTML."""
    return multiqc.text_cell(html.escape(" · ".join(most_frequent(sample, MAIN_TYPES))))


def _of_cells(cells: ad.AnnData) -> dict[str, float | str | None]:
    """Return the values of the columns on the generated cells."""
    line: dict[str, float | str | None] = {"genes": cells.n_vars, "cells": cells.n_obs}
    if Uns.CALIBRATION in cells.uns:
        found = cells.uns[Uns.CALIBRATION]
        line["bulk_error"] = float(found[Calibrated.ERROR]) if found[Calibrated.TRIED] else None
        line["bulk_used"] = multiqc.text_cell("numbers, states" if found[Calibrated.USED] else "numbers")
    return line


def _of_section(cells: ad.AnnData, section: Section) -> dict[str, float]:
    """Return the values of the columns on the section."""
    shared = shared_genes(cells, section.measured)
    line: dict[str, float] = {"places": section.measured.n_obs, "section_genes": len(shared)}
    if Uns.BULK_AND_SECTION in section.placed.uns:
        line["section_distance"] = float(section.placed.uns[Uns.BULK_AND_SECTION][BulkAndSection.DISTANCE])
    if section.spots is not None:
        held = section.spots.groupby("spot")["n_cells"].sum()
        line["cells_per_spot"] = float(held[held > 0].mean())
    return line
