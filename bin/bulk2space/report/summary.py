"""The first screen of the report: a card per sample with traffic lights, what was found, and what to do next."""

import html
from collections.abc import Sequence

from ..contract.remarks import Remark
from ..contract.verdicts import DOUBTFUL, GOOD, POOR, poor_inputs, wrong_reference
from . import advice, found, lights, multiqc
from .lights import Light
from .sample import Sample

HEADINGS = {GOOD: "Good to use", DOUBTFUL: "Usable with care"}


def part(sample: Sample, said: Sequence[Remark]) -> dict:
    """Return the sample's card (said: all remarks on it)."""
    shown = lights.of_sample(sample, {remark.code for remark in said})
    rows = "".join(_row(sample.name, light) for light in shown)
    steps = "".join(f"<li>{html.escape(text)}</li>" for text in advice.of_sample(sample, said, shown))
    told = "".join(f"<li>{html.escape(text)}</li>" for text in found.of_sample(sample))
    worst = lights.worst(shown)
    content = (
        f'<div class="b2s-card" data-worst="{worst}">'
        f'<p class="b2s-answer">{multiqc.light(worst)} {_heading(sample, shown)}</p>'
        f'<table class="b2s-lights"><tbody>{rows}</tbody></table>'
        f"{_found(sample, told)}"
        f'<div class="b2s-next"><strong>Next</strong><ul>{steps}</ul></div></div>'
    )
    return multiqc.sample_section(sample.name, multiqc.SUMMARY, content)


def _found(sample: Sample, told: str) -> str:
    """Return what was found, as HTML (told: items of a list), with a link to where it is told in full."""
    if not told:
        return ""
    chapter = multiqc.PROPORTIONS if sample.patterns is None else multiqc.PATTERNS
    link = f'<a href="#{multiqc.anchor(sample.name, chapter)}">Found</a>'
    return f'<div class="b2s-next"><strong>{link}</strong><ul class="b2s-told">{told}</ul></div>'


def _heading(sample: Sample, shown: Sequence[Light]) -> str:
    """Return the answer in a few words; a reference that explains nothing is called by its name."""
    if inputs := poor_inputs(sample.verdict):
        return wrong_reference(inputs)
    heading = HEADINGS[lights.worst(shown)]
    poor, doubtful = (
        ", ".join(light.topic for light in shown if light.state == state).lower() for state in (POOR, DOUBTFUL)
    )
    if doubtful and not poor and heading == HEADINGS[DOUBTFUL]:
        return html.escape(f"{heading}: {doubtful}")
    said = [heading, poor and f"Do not rely on: {poor}", doubtful and f"Take care with: {doubtful}"]
    return html.escape(". ".join(filter(None, said)))


def _row(sample: str, light: Light) -> str:
    """Return a light with its word, the sentence, and a link to the evidence."""
    word = html.escape(light.word or light.state)
    target = multiqc.anchor(sample, light.chapter)
    return (
        f'<tr data-light="{light.state}"><th><a href="#{target}">{html.escape(light.topic)}</a></th>'
        f"<td>{multiqc.light(light.state)} {word}</td><td>{html.escape(light.sentence)}</td></tr>"
    )
