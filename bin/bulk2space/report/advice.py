"""What to do next: concrete steps that follow from a sample's verdict and remarks, the most useful first."""

from collections.abc import Callable, Sequence

from ..contract import verdicts
from ..contract.remarks import WARNING, Remark
from ..contract.verdicts import DOUBTFUL, POOR, much_unknown, poor_inputs
from . import lights, multiqc
from .lights import GENES, Light
from .sample import Sample

MOST = 3  # pieces of advice on one sample: more are not read
NOTHING = "Nothing to do: no check found a reason to doubt these results."

WEAK_GENES = {
    multiqc.SPOTS: "Before you use the expected expression of a gene, look up how well it was predicted (left_out_pcc "
    "in spots.h5ad).",
    multiqc.IMAGE: "Of the predicted genes, use those with a high expected correlation (expected_pcc in spatial.h5ad).",
}
OF_REMARKS = {
    "cells_given_as_spots": "Check the column platform of the samplesheet: the section holds single cells.",
    "spots_given_as_image": "Check the column platform of the samplesheet: the section's rows look like spots.",
    "few_counts_in_spots": "Join neighbouring spots or bins to larger ones before the run: single ones hold too few "
    "counts.",
    "foreign_platform": "Look for a reference that was measured like the section; with this one, compare spots with "
    "each other and do not rely on single values.",
    "low_confidence": "Use the proportions of the whole section or of regions, and not those of single spots; merge "
    "types that resemble each other.",
    "depth_not_known": "Give section and reference as counts: without, probabilities come out too high.",
    "probabilities_not_checked": "Give a reference with more cells of each type, so that some can be held out.",
    "unknown_mrna_content": "Give a reference with counts, or a table of the mRNA of each type (--mrna_content).",
    "few_source_cells": "Add reference cells of these types: {types}. Generated cells vary no more than those they "
    "start from.",
    "training_cut_short": "Train on fewer cells (--max_cells_per_type) or on a GPU (profile gpu): training ended "
    "by its time.",
    "type_in_bulk_only": "Check whether bulk and section are of the same piece of tissue; with --composition section, "
    "the spots stay as they are.",
    "type_in_section_only": "Check whether bulk and section are of the same piece of tissue; with --composition "
    "section, the types that only the section has are kept.",
    "type_without_whole_cell": "Raise --cells_per_spot or join neighbouring spots, so that rare types are placed.",
    "cells_reused_beyond_bound": "Count the cells of {types} by their places, and do not compare them "
    "with each other: few different ones were generated, and each was placed many times.",
    "type_without_generated_cells": "Raise --cell_ratio, so that cells of these types are generated: {types}.",
    "cells_used_repeatedly": "Raise --cell_ratio to have as many generated cells as imaged ones.",
    "shared_markers": "Sum or merge the types that share most of their markers (see the warnings).",
}  # fmt: skip
"""Advice by the code of a warning, the most useful first; {types} stands for the types that the warning names."""


def of_sample(sample: Sample, said: Sequence[Remark], shown: Sequence[Light]) -> list[str]:
    """Return what to do next; at most MOST sentences, and NOTHING where there is no reason for any.

    Parameters
    ----------
    sample
        The sample with its verdict.
    said
        All remarks on it; of notes, none leads to advice.
    shown
        Its lights.
    """
    found = [text for rule in RULES if (text := rule(sample))]
    if not poor_inputs(sample.verdict):  # a wrong reference comes first, and everything else follows from it
        warned = [remark for remark in said if remark.severity == WARNING]
        of_code = {code: [remark for remark in warned if remark.code == code] for code in OF_REMARKS}
        found += [_filled(OF_REMARKS[code], same) for code, same in of_code.items() if same]
        weak = [light for light in shown if light.topic == GENES and light.state in (DOUBTFUL, POOR)]
        found += [WEAK_GENES[light.chapter] for light in weak]
    return found[:MOST] or [NOTHING]


def _filled(text: str, warnings: Sequence[Remark]) -> str:
    """Return advice with the types that the warnings of one code name."""
    types = [str(name) for warning in warnings for name in warning.figures.get("types", [])]
    return text.format(types=lights.named(list(dict.fromkeys(types))))


def _wrong_reference(sample: Sample) -> str:
    inputs = poor_inputs(sample.verdict)
    if not inputs:
        return ""
    return (
        f"Give another reference: one of the same tissue and species as the {' and the '.join(inputs)}. Check, too, "
        "that the files were not mixed up and that all name genes in the same way."
    )


def _missing_type(sample: Sample) -> str:
    inputs = list(much_unknown(sample.verdict)["input"])
    if not inputs:
        return ""
    return f"Look for a reference that also has the cell type which the {' and the '.join(inputs)} seems to hold."


def _contradiction(sample: Sample) -> str:
    if poor_inputs(sample.verdict) or not verdicts.contradiction_in_words(sample.verdict):
        return ""
    return "Check that bulk and section are of the same tissue: they contradict each other on the types named above."


def _doubted_types(sample: Sample) -> str:
    if poor_inputs(sample.verdict):
        return ""
    inputs = ("bulk", "section")
    doubted = list(dict.fromkeys(name for one in inputs for name in verdicts.types_in_doubt(sample.verdict, one)))
    if not doubted:
        return ""
    return f"Before you use {lights.named(doubted)}, look at the evidence for {'it' if len(doubted) == 1 else 'them'}."


RULES: tuple[Callable[[Sample], str], ...] = (_wrong_reference, _missing_type, _contradiction, _doubted_types)
"""Each returns a piece of advice, or an empty text where there is no reason for it."""
