"""The answers that a reader wants first, as traffic lights: is this sample's result to be trusted, and where not?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..contract import verdicts
from ..contract.keys import WEAK_PCC, BulkAndSection, Calibrated, Expected, Obs, Uns, Var
from ..contract.percents import percent
from ..contract.verdicts import DOUBTFUL, GOOD, POOR, poor_inputs
from . import multiqc
from .chapter_notes import ALARMING, RELIABLE, right_cells
from .multiqc import Chapter
from .sample import Sample, Section

NOT_JUDGED = "not judged"
GENES = "Predicted genes"  # topic
NAMED = 3  # types in doubt that are named
MOST, FEW = 0.75, 0.25  # of the predicted genes: from which on the prediction is good, and below which it is poor
WRONG = "wrong reference"  # the word beside a light, where the verdict on an input is poor


class Light(NamedTuple):
    """The answer to one question.

    Attributes
    ----------
    topic
        What is judged.
    state
        One of `verdicts.VERDICTS`, or NOT_JUDGED.
    sentence
        The answer.
    chapter
        Where the evidence is.
    word
        What stands beside the light; the state, where it is empty.
    """

    topic: str
    state: str
    sentence: str
    chapter: Chapter
    word: str = ""


def of_sample(sample: Sample, codes: set[str]) -> list[Light]:
    """Return the lights of a sample, in the order in which they are read (codes: of its remarks)."""
    lights = [_of_input(sample.verdict, "bulk", "Bulk")]
    if sample.section is None:
        lights.append(Light("Section", NOT_JUDGED, "No section was given.", multiqc.VERDICT, "none"))
    else:
        lights.append(_of_input(sample.verdict, "section", "Section"))
    lights.append(_of_bulk(sample))
    if sample.section is not None:
        lights += [_places(sample, sample.section, codes), _genes(sample.section)]
    return lights


def worst(lights: Sequence[Light]) -> str:
    """Return the answer on the sample as a whole: poor where the reference is wrong, doubtful where another light is.

    Predicted genes do not count: they change nothing in types and places.
    """
    judged = [light for light in lights if light.state != NOT_JUDGED and light.topic != GENES]
    if any(light.word == WRONG for light in judged):
        return POOR
    return DOUBTFUL if any(light.state != GOOD for light in judged) else GOOD


def named(types: list[str]) -> str:
    """Return the first names, and how many more there are."""
    left = len(types) - NAMED
    return f"{', '.join(types[:NAMED])}{f' and {left} more' if left > 0 else ''}"


def _of_input(table: pd.DataFrame, name: str, topic: str) -> Light:
    """Return whether the reference explains the bulk or the section."""
    whole = table[(table["input"] == name) & (table["cell_type"] == "")].iloc[0]
    if whole["verdict"] == POOR:
        sentence = (
            f"The reference does not explain the {name}: most marker genes of the estimated types are absent or out of "
            "proportion. Do not use these results."
        )
        return Light(topic, POOR, sentence, multiqc.VERDICT, WRONG)
    sentence = f"The reference explains the {name}: its marker genes are expressed as the estimated composition says."
    if whole["verdict"] == DOUBTFUL:
        sentence = f"The reference explains only a part of the {name}'s marker genes."
        if whole["unknown"] >= verdicts.MUCH_UNKNOWN:
            said = verdicts.unknown_in_words(name, whole["unknown"])
            sentence = f"{said[0].upper()}{said[1:]}."
        elif verdicts.of_fit(whole["agreement"], np.nan) == GOOD:
            sentence = f"The reference explains the {name}, but bulk and section contradict each other."
    if doubted := verdicts.types_in_doubt(table, name):
        sentence += f" In doubt: {named(doubted)}."
    return Light(topic, str(whole["verdict"]), sentence, multiqc.VERDICT)


def _of_bulk(sample: Sample) -> Light:
    """Return whether bulk and section agree, and what the bulk did."""
    topic, poor = "Bulk and section" if sample.section is not None else "What the bulk did", poor_inputs(sample.verdict)
    if "bulk" in poor:
        return Light(topic, POOR, "The bulk's proportions rest on a wrong reference.", multiqc.BULK)
    used = _used(sample)
    if sample.section is None:
        return Light(topic, NOT_JUDGED, used, multiqc.BULK, "for information")
    if "section" in poor:
        sentence = f"The section is not explained: what it holds is no measure for the bulk. {used}"
        return Light(topic, NOT_JUDGED, sentence, multiqc.BULK, "not compared")
    if said := verdicts.contradiction_in_words(sample.verdict):
        return Light(topic, DOUBTFUL, f"{said[0].upper()}{said[1:]}. {used}", multiqc.BULK)
    beyond = sample.verdict.loc[sample.verdict["cell_type"] == "", "contradiction"].max()
    if pd.isna(beyond):
        return Light(topic, NOT_JUDGED, f"They could not be compared. {used}", multiqc.BULK, "not compared")
    apart = ""
    if (found := sample.section.placed.uns.get(Uns.BULK_AND_SECTION)) is not None:
        part = float(found[BulkAndSection.DISTANCE])
        apart = f" To have the bulk's proportions, {percent(part)} of the section's cells would have to change type."
    agree = "within their intervals" if beyond == 0 else f"but for {percent(beyond)} of the cells, beyond the intervals"
    return Light(topic, GOOD, f"They agree {agree}.{apart} {used}", multiqc.BULK)


def _used(sample: Sample) -> str:
    if sample.cells is None:
        return "The bulk was resolved into proportions; no cells were generated."
    found = sample.cells.uns.get(Uns.CALIBRATION)
    if found is not None and found[Calibrated.USED]:
        return "The bulk decided how many cells of each type were generated, and chose their states."
    return "The bulk decided how many cells of each type were generated, and not their states."


def _places(sample: Sample, section: Section, codes: set[str]) -> Light:
    """Return how far the places or the types of placed cells are to be trusted."""
    topic = "Places" if section.spots is not None else "Types of cells"
    if "section" in poor_inputs(sample.verdict):
        return Light(topic, POOR, "The section is not explained: trust no place.", multiqc.CONFIDENCE)
    if section.spots is None:
        mean = float(section.placed.obs[Obs.CELL_TYPE_SCORE].mean())
        sentence = f"{percent(mean)} of the imaged cells are expected to have their type right."
        return Light(topic, _state(mean), sentence, multiqc.CONFIDENCE)
    found = right_cells(section.spots)
    if found is None:
        return Light(topic, NOT_JUDGED, "No cell was placed.", multiqc.CONFIDENCE, "none")
    sentence = f"{percent(found.mean)} of the placed cells are expected to be of a type that their spot holds."
    if "random_cells_of_a_type" in codes:
        sentence += " Which cell of a type a spot gets is drawn at random."
    if "cells_of_a_type_uncertain" in codes:
        sentence += " Which cell of a type a spot gets is uncertain."
    return Light(topic, _state(found.mean), sentence, multiqc.CONFIDENCE)


def _state(mean: float) -> str:
    shown = round(mean, 2)  # as the sentence has it: 80% is never doubtful
    return GOOD if shown >= RELIABLE else DOUBTFUL if shown >= ALARMING else POOR


def _genes(section: Section) -> Light:
    """Return how well genes are predicted that the prediction did not see."""
    if section.spots is None:
        chapter, of_what = multiqc.IMAGE, "genes that were not measured"
        found = section.placed.var.get(Var.EXPECTED_PCC, pd.Series(dtype=float)).to_numpy(dtype=float)
    else:
        chapter, of_what = multiqc.SPOTS, "genes that were left out as a test"
        found = np.array([]) if section.expected is None else section.expected.uns[Uns.EXPECTED][Expected.LEFT_OUT_PCC]
    known = found[~np.isnan(found)]
    if not len(known):
        return Light(GENES, NOT_JUDGED, "No gene could be left out to test the prediction.", chapter, "no test")
    part = float((known >= WEAK_PCC).mean())
    state = GOOD if part >= MOST else DOUBTFUL if part >= FEW else POOR
    sentence = (
        f"{int((known >= WEAK_PCC).sum()):,} of {len(known):,} {of_what} are predicted with a correlation of "
        f"{WEAK_PCC} or more (median {np.median(known):.2f}); do not rely on the others."
    )
    return Light(GENES, state, sentence, chapter)
