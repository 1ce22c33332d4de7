"""How the report lists remarks."""

import html
from collections.abc import Sequence

from ..contract.remarks import NOTE, WARNING, Remark
from . import multiqc
from .remark_chapters import chapter_of

BADGES = {WARNING: "text-bg-warning", NOTE: "text-bg-secondary"}  # classes of MultiQC's page


def warnings_first(remarks: Sequence[Remark]) -> list[Remark]:
    """Return the warnings, then the notes, each in their order."""
    return sorted(remarks, key=lambda remark: remark.severity != WARNING)


def count_warnings(remarks: Sequence[Remark]) -> int:
    """Return the number of warnings."""
    return sum(remark.severity == WARNING for remark in remarks)


def in_table(sample: str, remarks: Sequence[Remark]) -> dict:
    """Return the row of a sample that has no chapters of its own: its warnings as text."""
    warnings = [remark.sentence for remark in remarks if remark.severity == WARNING]
    headers = {"warnings": {"title": "Warnings", "scale": False}}
    pconfig = {"id": "b2s_warnings_table_plot", "title": "Warnings", "col1_header": "Sample"}
    return multiqc.section(multiqc.WARNINGS, "b2s_warnings_table", "Samples without chapters of their own") | {
        "plot_type": "table",
        "pconfig": pconfig,
        "headers": headers,
        "data": {sample: {"warnings": multiqc.text_cell(html.escape("; ".join(warnings)))}},
    }


def as_list(remarks: Sequence[Remark], sample: str = "") -> str:
    """Return an HTML list of remarks; programs find their codes in ``data-code``.

    With a sample, each remark links to the chapter with its evidence.
    """
    return f'<ul class="b2s-remarks">{"".join(_item(remark, sample) for remark in remarks)}</ul>'


def _link(remark: Remark, sample: str) -> str:
    """Return the link to the chapter of a remark: to the sample's part of it, where it has one."""
    chapter = chapter_of(remark)
    if not sample or chapter == multiqc.WARNINGS:
        return ""
    has_part = chapter not in (multiqc.COHORTS, multiqc.TRAINING, multiqc.INPUTS)
    target = multiqc.anchor(sample, chapter) if has_part else chapter.id
    return f' <a class="b2s-to" href="#{target}">{html.escape(chapter.name)}</a>'


def _item(remark: Remark, sample: str) -> str:
    """Return a remark as an item of a list: severity, subject unless the sentence starts with it, sentence, link."""
    code, severity, subject, sentence = (
        html.escape(text) for text in (remark.code, remark.severity, remark.subject, remark.sentence)
    )
    named = "" if not subject or sentence.startswith(subject) else f"<strong>{subject}</strong>: "
    stop = "" if sentence.endswith(("?", "!")) else "."
    return (
        f'<li class="b2s-remark" data-code="{code}" data-severity="{severity}" data-subject="{subject}">'
        f'<span class="badge {BADGES[remark.severity]}">{severity}</span> {named}{sentence}{stop}'
        f"{_link(remark, sample)}</li>"
    )
