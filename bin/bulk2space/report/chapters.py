"""One sample's part of the report, chapter by chapter: figures, tables, remarks."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import seeds
from ..contract.expression import shared_genes
from ..contract.io import read_genes
from ..contract.keys import Obs, Obsm, Uns, Var
from ..contract.remarks import Remark
from ..contract.stored import Readable
from . import (
    best_markers,
    bulk_and_section,
    bulk_words,
    calibrated_states,
    chapter_notes,
    composition,
    confidence,
    embedded,
    expected_genes,
    gene_maps,
    gene_moments,
    headline,
    held_out_genes,
    images,
    lights,
    maps,
    marker_dots,
    micrometers,
    multiqc,
    pattern_words,
    patterned_genes,
    proportions,
    regions,
    remarks,
    sample_remarks,
    spots,
    style,
    summary,
    tissue,
    training,
    type_pairs,
    umap,
    verdict,
)
from .drawing import Drawing, save
from .maps import MapSettings
from .multiqc import Chapter
from .sample import Sample, Section

Saved = dict[Chapter, list[tuple[Drawing, Path]]]
"""Figures of each chapter, and their PNGs."""

SPOT_GENES, IMAGE_GENES = 4, 3  # most genes in one figure; maps of single cells have to be larger than those of spots


def draw(sample: Sample) -> dict[Chapter, list[Drawing]]:
    """Draw the figures of every chapter that the sample has files for.

    A sample without chapters in the report has the figure of its proportions and, where it has a section, all others.
    The cells of many samples take minutes to draw, and their proportions are what tells them apart.
    """
    with style.styled():
        drawn = {multiqc.PROPORTIONS: _proportions(sample)}
        if sample.cells is not None and (sample.chapters or sample.section is not None):
            drawn |= {multiqc.BULK: _bulk(sample), multiqc.CELLS: _cells(sample, sample.cells)}
        if (section := sample.section) is not None:
            drawn |= _image(sample, section) if section.spots is None else _spots(sample, section, section.spots)
        if sample.held_out_genes is not None:
            drawn[multiqc.HELD_OUT_GENES] = [held_out_genes.draw(sample.held_out_genes, sample=sample.name)]
    return drawn


def write(sample: Sample, drawn: dict[Chapter, list[Drawing]], folder: Path, *, training_too: bool = True) -> None:
    """Write the figures to ``folder``/figures and the report's parts, ``<sample>_<part>_mqc.*``, to ``folder``.

    Parameters
    ----------
    sample, drawn
        The sample; its figures.
    folder
        Where to write to; it is made where it is missing.
    training_too
        Whether the curves of the reference's training are among the parts: one sample of several is enough.
    """
    as_pdf = sample.chapters or sample.section is not None
    saved = {
        chapter: [(drawing, save(drawing, folder / "figures", as_pdf=as_pdf)) for drawing in drawings]
        for chapter, drawings in drawn.items()
    }
    said = sample_remarks.of_sample(sample)
    parts = _chapters(sample, saved, said) if sample.chapters else _rows(sample, said)
    if sample.cohort is None:
        parts["proportion_bars"] = composition.part(sample.name, sample.proportions, sample.colours)
    if training_too and sample.training is not None:
        parts["training"] = training.part(sample.reference_name, sample.training)
    if sample.held_out_genes is not None:
        parts["genes_table"] = held_out_genes.part(sample.name, sample.held_out_genes)
    answer = lights.worst(lights.of_sample(sample, {remark.code for remark in said}))
    line = headline.values(sample, answer=answer, n_warnings=remarks.count_warnings(said))
    parts["statistics"] = headline.part(sample.name, line)
    for name, part in parts.items():
        multiqc.write(part, folder, f"{sample.name}_{name}")


def _chapters(sample: Sample, saved: Saved, said: list[Remark]) -> dict[str, dict]:
    """Return the sample's own parts of the report's chapters."""
    notes, tables = _words(sample), {}
    if multiqc.BULK in saved:
        tables[multiqc.BULK] = bulk_and_section.as_html(bulk_and_section.table(sample))
    tables |= dict.fromkeys((multiqc.SPOTS, multiqc.IMAGE), multiqc.link_to_explorer(sample.name))
    parts = {
        multiqc.SUMMARY.short: summary.part(sample, said),
        multiqc.VERDICT.short: verdict.part(sample.name, sample.verdict),
    }
    for chapter, figures in saved.items():
        parts[chapter.short] = embedded.figures(
            sample.name, chapter, figures, verdict=_verdict(figures), note=notes.get(chapter, ""),
            table=tables.get(chapter, ""), fold=chapter == multiqc.CELLS,
        )  # fmt: skip
    if said:
        content = remarks.as_list(said, sample.name)
        parts[multiqc.WARNINGS.short] = multiqc.sample_section(sample.name, multiqc.WARNINGS, content)
    return parts


def _verdict(figures: list[tuple[Drawing, Path]]) -> str:
    """Return the verdict on the generated cells, where these are their figures."""
    tables = [drawing.table for drawing, _png in figures if drawing.name == gene_moments.NAME]
    return multiqc.verdict_line(*gene_moments.verdict(tables[0])) if tables else ""


def _words(sample: Sample) -> dict[Chapter, str]:
    """Return what to know before the figures of a chapter."""
    notes = {}
    if sample.cells is not None:
        notes = {multiqc.BULK: bulk_words.of_sample(sample), multiqc.CELLS: chapter_notes.limits(sample.cells)}
    if (section := sample.section) is not None:
        notes[multiqc.IMAGE] = chapter_notes.labels(section.placed)
        notes[multiqc.SPOTS] = chapter_notes.spot_limits(section.measured, section.placed)
        notes[multiqc.CONFIDENCE] = chapter_notes.confidence(section.spots, sample.verdict)
    if (found := sample.patterns) is not None:
        notes[multiqc.PATTERNS] = pattern_words.words(found.genes, found.pairs, found.regions, sample.verdict)
    return notes


def _rows(sample: Sample, said: list[Remark]) -> dict[str, dict]:
    """Return the row of a sample without chapters in the table of warnings, where it has any."""
    return {"warnings_table": remarks.in_table(sample.name, said)} if remarks.count_warnings(said) else {}


def _proportions(sample: Sample) -> list[Drawing]:
    """Draw the composition of the bulk sample."""
    truth = sample.truth.get("proportions")
    return [proportions.draw(sample.proportions, truth, sample=sample.name, colours=sample.own_colours)]


def _bulk(sample: Sample) -> list[Drawing]:
    """Draw what the bulk changed: proportions, and the states of cells where it chose them."""
    drawn = [bulk_and_section.draw(bulk_and_section.table(sample), sample=sample.name)]
    states = calibrated_states.draw(sample)
    return drawn if states is None else [*drawn, states]


def _cells(sample: Sample, cells: ad.AnnData) -> list[Drawing]:
    """Draw the generated cells beside the reference."""
    both = (sample.reference, cells)
    drawn = []
    if Uns.CELL_MAP in cells.uns:
        rng = seeds.generator(sample.seed, "plot", sample.name)
        drawn.append(umap.draw(*both, sample=sample.name, colours=sample.own_colours, rng=rng))
    return [
        *drawn,
        marker_dots.draw(*both, sample.markers, sample=sample.name, types=sample.types),
        gene_moments.draw(*both, sample=sample.name),
    ]


def _spots(sample: Sample, section: Section, table: pd.DataFrame) -> dict[Chapter, list[Drawing]]:
    """Draw a section of spots (table: spots.csv)."""
    measured, placed = section.measured, section.placed
    diameter = float(placed.uns[Uns.SPOT_DIAMETER])
    settings = _map_settings(sample, measured, diameter)
    drawn = [spots.proportions(table, settings), spots.dominant_types_and_cells(table, placed, settings)]
    if Uns.IMAGE in measured.uns:
        drawn.insert(0, tissue.draw(table, measured, settings))
    if (expected := section.expected) is not None:
        genes = list(expected.var_names[expected.var[Var.MEASURED]])
        types = placed.obs[Obs.CELL_TYPE]
        if markers := best_markers.of_frequent_types(sample.markers, types, genes=genes, most=SPOT_GENES):
            drawn.append(gene_maps.spot_markers(expected, markers, settings))
    if "spots" in sample.truth:
        truth = sample.truth["spots"]
        drawn.append(spots.against_truth(table, truth, sample=sample.name, colours=sample.own_colours))
    found = {multiqc.SPOTS: drawn, multiqc.CONFIDENCE: [confidence.of_spots(table, placed, settings)]}
    return found | _patterns(sample, section, settings)


def _image(sample: Sample, section: Section) -> dict[Chapter, list[Drawing]]:
    """Draw a section of imaged cells; of their predicted expression, only the genes that are needed are read."""
    measured, placed = section.measured, section.placed
    types, shared = placed.obs[Obs.CELL_TYPE], shared_genes(measured, placed)
    not_measured = list(placed.var_names.difference(measured.var_names))
    panel, new = (
        best_markers.of_frequent_types(sample.markers, types, genes=genes, most=IMAGE_GENES)
        for genes in (shared, not_measured)
    )
    expected = expected_genes.draw(placed.var, sample=sample.name)
    placed = read_genes(placed, [*shared, *new])
    diameter = maps.cell_diameter(np.asarray(placed.obsm[Obsm.SPATIAL], dtype=float))
    settings = _map_settings(sample, measured, diameter)
    drawn = [images.predicted_types(placed, settings)]
    if panel:
        drawn.append(gene_maps.panel_genes(measured, placed, panel, settings))
    if expected is not None:
        drawn.append(expected)
    if new:
        drawn.append(gene_maps.new_genes(placed, new, settings))
    if "image" in sample.truth:
        drawn.append(images.against_truth(placed, sample.truth["image"], sample=sample.name))
    found = {multiqc.IMAGE: drawn, multiqc.CONFIDENCE: [confidence.of_image(placed, settings)]}
    return found | _patterns(sample, section, settings)


def _map_settings(sample: Sample, measured: Readable, diameter: float) -> MapSettings:
    """Return what the maps of a section have in common (diameter of a disc, coordinate units)."""
    return MapSettings(
        sample.name, maps.unit_of(measured), diameter, sample.own_colours, micrometers.per_unit(measured)
    )


def _patterns(sample: Sample, section: Section, settings: MapSettings) -> dict[Chapter, list[Drawing]]:
    """Draw what the section says, where it was described."""
    if (found := sample.patterns) is None:
        return {}
    drawn = [
        patterned_genes.draw(found.genes, section.measured, settings),
        type_pairs.draw(found.pairs, sample=sample.name),
        regions.draw(found.regions, sample=sample.name) if found.regions is not None else None,
    ]
    return {multiqc.PATTERNS: [one for one in drawn if one is not None]}
