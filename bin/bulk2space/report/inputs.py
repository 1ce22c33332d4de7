"""The report's chapter on the run's inputs."""

import html
from collections.abc import Sequence
from typing import Any

from ..contract.findings import Findings, Join
from . import multiqc, remarks

HEADERS = {
    "observations": {"title": "Samples, spots or cells", "format": "{:,.0f}", "scale": False},
    "genes": {"title": "Genes", "format": "{:,.0f}", "scale": False},
    "unit": {"title": "Unit", "description": "Unit of the values, and what was done with them", "scale": False},
    "types": {"title": "Types", "description": "Cell types", "format": "{:,.0f}", "scale": False},
    "shared": {
        "title": "Shared genes",
        "description": "Genes shared with the reference of its samples; the smallest number, where there are several",
        "format": "{:,.0f}",
        "scale": False,
    },
    "warnings": {
        "title": "Warnings",
        "description": "Number of warnings; their text is below the table",
        "format": "{:,.0f}",
        "scale": "OrRd",
        "min": 0,
        "max": 5,
    },
}


def parts(findings: Sequence[Findings], joins: Sequence[Join]) -> dict[str, dict]:
    """Return the table of the run's inputs and, where there are any, their remarks.

    Parameters
    ----------
    findings
        What was found in each input that can be used.
    joins
        Genes that a bulk or section shares with a reference.
    """
    made = {"inputs_table": _table({f"{found.kind} {found.id}": _row(found, joins) for found in findings})}
    said = remarks.warnings_first([remark for found in findings for remark in found.remarks])
    if said:
        start = multiqc.section(multiqc.INPUTS, "b2s_inputs_remarks", "Warnings and notes on the inputs")
        made["inputs_remarks"] = start | {"plot_type": "html", "data": remarks.as_list(said)}
    return made


def _row(found: Findings, joins: Sequence[Join]) -> dict[str, Any]:
    """Return an input's row; what it does not have is absent."""
    n_observations, n_genes = found.shape
    row: dict[str, Any] = {
        "observations": n_observations,
        "genes": n_genes,
        "unit": multiqc.text_cell(html.escape(found.unit)),
        "warnings": remarks.count_warnings(found.remarks),
    }
    if found.types:
        row["types"] = len(found.types)
    shared = [join.shared for join in joins if (join.kind, join.id) == (found.kind, found.id)]
    if shared:
        row["shared"] = min(shared)
    return row


def _table(rows: dict[str, dict[str, Any]]) -> dict:
    return multiqc.section(multiqc.INPUTS, "b2s_inputs_table", "Files") | {
        "description": "One row per file or folder of the samplesheet. Each is read and normalised once.",
        "plot_type": "table",
        "pconfig": {"id": "b2s_inputs_table_plot", "title": "Inputs", "col1_header": "Input", "sort_rows": False},
        "headers": HEADERS,
        "data": rows,
    }
