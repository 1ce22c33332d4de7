"""Remarks in the report: those of the steps, those that the report itself adds, and how they are listed."""

import html
from collections.abc import Sequence

import numpy as np

from ..contract.expression import has_counts
from ..contract.keys import Uns
from ..contract.remarks import NOTE, WARNING, Remark, loads
from . import style
from .sample import Sample

BADGES = {WARNING: "text-bg-warning", NOTE: "text-bg-secondary"}  # classes of MultiQC's page


def of_sample(sample: Sample) -> list[Remark]:
    """Return what the steps found and what the report adds, warnings first.

    Remarks of NORMALIZE are not among them: they are in the chapter on inputs.
    """
    files = [sample.cells] if sample.section is None else [sample.cells, sample.section.placed]
    written = [remark for file in files for remark in loads(file.uns.get(Uns.REMARKS, "[]"))]
    return warnings_first([*written, *_own(sample)])


def warnings_first(remarks: Sequence[Remark]) -> list[Remark]:
    """Return the warnings, then the notes, each in their order."""
    return sorted(remarks, key=lambda remark: remark.severity != WARNING)


def count_warnings(remarks: Sequence[Remark]) -> int:
    """Return the number of warnings."""
    return sum(remark.severity == WARNING for remark in remarks)


def as_list(remarks: Sequence[Remark]) -> str:
    """Return an HTML list of remarks; programs find their codes in ``data-code``."""
    return f"<ul>{''.join(map(_item, remarks))}</ul>"


def _item(remark: Remark) -> str:
    """Return a remark as an item of a list: severity, subject unless the sentence starts with it, sentence."""
    code, severity, subject, sentence = (
        html.escape(text) for text in (remark.code, remark.severity, remark.subject, remark.sentence)
    )
    named = "" if not subject or sentence.startswith(subject) else f"<strong>{subject}</strong>: "
    stop = "" if sentence.endswith(("?", "!")) else "."
    return (
        f'<li class="b2s-remark" data-code="{code}" data-severity="{severity}" data-subject="{subject}">'
        f'<span class="badge {BADGES[remark.severity]}">{severity}</span> {named}{sentence}{stop}</li>'
    )


def _own(sample: Sample) -> list[Remark]:
    """Return what can be said only from several of the sample's files, or from the report's own limits."""
    checks = (_unknown_mrna_content, _types_absent_from_bulk, _types_absent_from_reference, _repeated_colours)
    return [remark for check in checks if (remark := check(sample))]


def _unknown_mrna_content(sample: Sample) -> Remark | None:
    if has_counts(sample.reference) or not np.allclose(
        sample.proportions["proportion"], sample.proportions["rna_fraction"], rtol=0, atol=1e-6
    ):
        return None
    return Remark(
        "unknown_mrna_content",
        WARNING,
        sample.reference_name,
        {},
        "it has no counts, so the mRNA content of its types is unknown; proportions of cells are set equal to "
        "proportions of mRNA",
    )


def _types_absent_from_bulk(sample: Sample) -> Remark | None:
    table = sample.proportions
    absent = table.loc[table["proportion"] <= 0, "cell_type"].astype(str).to_list()
    if not absent:
        return None
    return Remark(
        "types_absent_from_bulk",
        NOTE,
        sample.name,
        {"types": absent, "n_types": len(table)},
        f"{len(absent)} of {len(table)} types have the proportion 0 in the bulk: {', '.join(absent)}",
    )


def _types_absent_from_reference(sample: Sample) -> Remark | None:
    if "proportions" not in sample.truth:
        return None
    absent = sorted(set(sample.truth["proportions"]["cell_type"]) - set(sample.proportions["cell_type"]))
    if not absent:
        return None
    return Remark(
        "types_absent_from_reference",
        WARNING,
        sample.name,
        {"types": absent},
        f"types of the ground truth that the reference lacks count as estimated with 0: {', '.join(absent)}",
    )


def _repeated_colours(sample: Sample) -> Remark | None:
    types, colours = len(sample.colours), len(style.COLOURS)
    if types <= colours:
        return None
    return Remark(
        "repeated_colours",
        NOTE,
        sample.name,
        {"n_types": types, "n_colours": colours},
        f"{types} cell types share {colours} colours, so some types look alike",
    )
