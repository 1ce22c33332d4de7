"""Remarks on one sample: those of the steps, and those that the report itself adds."""

import numpy as np

from ..contract.expression import has_counts
from ..contract.keys import Uns
from ..contract.remarks import NOTE, WARNING, Remark, loads
from ..contract.verdicts import much_unknown, unknown_in_words
from . import shared_markers, style
from .remarks import warnings_first
from .sample import Sample


def of_sample(sample: Sample) -> list[Remark]:
    """Return what the steps found and what the report adds, warnings first.

    Remarks of NORMALIZE are not among them: they are in the chapter on inputs.
    """
    files = [sample.cells, None if sample.section is None else sample.section.placed]
    written = [remark for file in files if file is not None for remark in loads(file.uns.get(Uns.REMARKS, "[]"))]
    return warnings_first([*written, *_own(sample)])


def _own(sample: Sample) -> list[Remark]:
    """Return what can be said only from several of the sample's files, or from the report's own limits."""
    checks = (
        _unknown_mrna_content,
        _types_absent_from_bulk,
        _types_absent_from_reference,
        _shared_markers,
        _repeated_colours,
    )
    return [*_unknown_types(sample), *(remark for check in checks if (remark := check(sample)))]


def _unknown_types(sample: Sample) -> list[Remark]:
    return [
        Remark(
            "unknown_type", WARNING, sample.name, {"input": row.input, "unknown": row.unknown},
            unknown_in_words(row.input, row.unknown),
        )
        for row in much_unknown(sample.verdict).itertuples()
    ]  # fmt: skip


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


def _shared_markers(sample: Sample) -> Remark | None:
    return shared_markers.remark(sample.markers, sample.reference_name)


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
