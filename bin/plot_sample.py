#!/usr/bin/env python3
"""Draw one sample's part of the report.

Writes DIR/figures (each picture as .png and .pdf, its table as .csv) and DIR/*_mqc.json, which MultiQC puts together
over all samples. Parts that a sample does not have are not written.
"""

import json
import logging
from argparse import Namespace
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import remarks as all_remarks
from bulk2space.contract import seeds, tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import has_counts, shared_genes
from bulk2space.contract.io import read_genes, read_h5ad
from bulk2space.contract.keys import Obs, Obsm, Uns
from bulk2space.contract.problems import InputError
from bulk2space.contract.truth import read_truth
from bulk2space.numerics import metrics
from bulk2space.report import generated_cells, genes, multiqc, sections, style

log = logging.getLogger("plot_sample")

ALL_ALIKE = 0.995  # effective share of a type's cells from which the choice among them is none


def arguments() -> Namespace:
    """Return the parsed command line."""
    p = parser(__doc__)
    p.add_argument("--sample", required=True, help="id of the sample, shown in every picture")
    p.add_argument("--condition", default="", help="condition of the samplesheet")
    p.add_argument("--reference", type=Path, required=True, help="reference.h5ad; its stem names the training curves")
    p.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    p.add_argument("--training", type=Path, required=True, help="training.csv of the reference")
    p.add_argument("--proportions", type=Path, required=True, help="the sample's proportions.csv")
    p.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    p.add_argument("--section", type=Path, help="section.h5ad")
    p.add_argument("--spatial", type=Path, help="spatial.h5ad, with --section")
    p.add_argument("--spots", type=Path, help="spots.csv, for a section of spots")
    p.add_argument("--genes", type=Path, help="genes.csv, for an image section with left out genes")
    p.add_argument("--truth", type=Path, help="folder with <sample>/proportions.csv, spots.csv, image.csv")
    p.add_argument(
        "--cell-types", type=Path, help="JSON list of all cell types of the run: one colour a type everywhere"
    )
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    given = p.parse_args()
    if (given.section is None) != (given.spatial is None):
        p.error("--section and --spatial go together")
    return given


def main() -> None:
    """Read the sample's files, draw what they hold, write pictures and parts of the report."""
    args = arguments()
    reference, cells = read_h5ad(args.reference), read_h5ad(args.cells)
    section = read_h5ad(args.section) if args.section else None
    # the predicted transcriptomes of an image may be larger than the memory: only what is drawn is read of them
    spatial = ad.read_h5ad(args.spatial, backed=None if args.spots else "r") if args.spatial else None
    markers = tables.MARKERS.read(args.markers)
    proportions = sample_rows(tables.PROPORTIONS, args.proportions, args.sample)
    spots = sample_rows(tables.SPOTS, args.spots, args.sample) if args.spots else None
    truth = read_truth(args.truth, args.sample) if args.truth else {}

    types = sorted(reference.obs[Obs.CELL_TYPE].astype(str).unique())
    names = json.loads(args.cell_types.read_text(encoding="utf-8")) if args.cell_types else types
    colours = style.palette(sorted({*names, *types}))
    own = {name: colours[name] for name in types}
    log.info("%s: %d cell types, %d generated cells", args.sample, len(types), cells.n_obs)

    chapters: dict[str, list[style.Picture]] = {}
    with style.styled():
        chapters["b2s_proportions"] = [
            generated_cells.proportions(proportions, truth.get("proportions"), sample=args.sample, colours=own)
        ]
        rng, integer = seeds.generator(args.seed, "plot", args.sample), seeds.integer(args.seed, "plot", args.sample)
        chapters["b2s_cells"] = [
            generated_cells.shared_umap(reference, cells, sample=args.sample, colours=own, seed=integer, rng=rng),
            generated_cells.marker_dots(reference, cells, markers, sample=args.sample, types=types),
            generated_cells.gene_moments(reference, cells, sample=args.sample),
        ]
        if spots is not None:
            chapters |= spot_chapters(args.sample, section, spatial, spots, markers, truth.get("spots"), own)
        elif spatial is not None:
            chapters |= image_chapters(args.sample, section, spatial, markers, truth.get("image"), own)
        if args.genes:
            chapters["b2s_genes"] = [genes.held_out_genes(tables.HELD_OUT_GENES.read(args.genes), sample=args.sample)]
        saved = {
            chapter: [(picture, style.save(picture, args.output / "figures")) for picture in shown]
            for chapter, shown in chapters.items()
        }

    notes = {"b2s_cells": calibration_note(cells.uns.get(Uns.CALIBRATION))}
    if spatial is not None:
        notes["b2s_image"] = labels_note(spatial)
    parts = {
        chapter.removeprefix("b2s_"): multiqc.pictures(args.sample, chapter, shown, note=notes.get(chapter, ""))
        for chapter, shown in saved.items()
    }
    parts["proportion_bars"] = multiqc.proportion_bars(args.sample, proportions, colours)
    parts |= multiqc.training_curves(args.reference.stem, tables.TRAINING.read(args.training))
    if args.genes:
        summary = genes.summary(tables.HELD_OUT_GENES.read(args.genes))
        parts["genes_table"] = multiqc.left_out_genes(args.sample, summary)
    sentences = remarks(reference, cells, spatial, proportions, truth, colours)
    if sentences:
        parts["warnings"] = multiqc.warnings(args.sample, sentences)
    parts["statistics"] = multiqc.statistics(
        args.sample,
        statistics(args.condition, reference, cells, section, spatial, proportions, spots, truth, sentences),
    )
    for name, part in parts.items():
        multiqc.write(part, args.output, f"{args.sample}_{name}")
    log.info("wrote %d pictures and %d parts of the report", sum(map(len, saved.values())), len(parts))


def sample_rows(kind: tables.Table, path: Path, sample: str) -> pd.DataFrame:
    """Return the rows of a table whose ``sample`` is this one."""
    table = kind.read(path)
    rows = table[table["sample"] == sample]
    if rows.empty:
        raise InputError(f"{path}: column sample has no {sample!r}; give the table of this sample.")
    return rows.reset_index(drop=True)


def frequent_markers(markers: pd.DataFrame, types: pd.Series, *, genes: list[str], most: int = 4) -> list[str]:
    """Return the best marker of each of the most frequent types, among ``genes``."""
    frequent = list(types.astype(str).value_counts(sort=True).index)
    return generated_cells.best_markers(markers, frequent, genes=genes, each=1)[:most]


def spot_chapters(sample, section, spatial, spots, markers, truth, colours) -> dict[str, list[style.Picture]]:
    """Draw a section of spots."""
    where = {"diameter": float(spatial.uns[Uns.SPOT_DIAMETER]), "unit": sections.unit_of(section), "sample": sample}
    genes = frequent_markers(markers, spatial.obs[Obs.CELL_TYPE], genes=shared_genes(section, spatial))
    drawn = [
        sections.shares(spots, **where),
        sections.dominant_and_cells(spots, spatial, **where, colours=colours),
    ]
    if genes:
        drawn.append(sections.spot_genes(section, spatial, genes, **where))
    if truth is not None:
        drawn.append(sections.spot_truth(spots, truth, sample=sample, colours=colours))
    scores = score_table(spatial, "score")
    mean = spatial.obs.groupby(spatial.obs[Obs.SPOT].astype(str), observed=True)["score"].mean()
    confidence = sections.confidence(
        np.asarray(section.obsm[Obsm.SPATIAL], dtype=float),
        mean.reindex(section.obs_names.astype(str)),
        scores,
        **where,
        colours=colours,
        map_title="mean score of the spot's cells",
        score_label="score of a cell in its spot (0–1)",
        caption="Left: mean score of the cells placed in each spot (grey: no cells). Right: scores of the cells of "
        "each type; box: quartiles, whiskers: 5th and 95th per cent.",
    )
    return {"b2s_spots": drawn, "b2s_confidence": [confidence]}


def image_chapters(sample, section, spatial, markers, truth, colours) -> dict[str, list[style.Picture]]:
    """Draw a section of single cells."""
    unit = sections.unit_of(section)
    measured = shared_genes(section, spatial)
    panel = frequent_markers(markers, spatial.obs[Obs.CELL_TYPE], genes=measured, most=3)
    new = frequent_markers(
        markers, spatial.obs[Obs.CELL_TYPE], genes=list(spatial.var_names.difference(section.var_names)), most=3
    )
    spatial = read_genes(spatial, [*measured, *new])
    drawn = [sections.image_cells(spatial, unit=unit, sample=sample, colours=colours)]
    if panel:
        drawn.append(sections.image_genes(section, spatial, panel, unit=unit, sample=sample))
    if new:
        drawn.append(sections.image_new_genes(spatial, new, unit=unit, sample=sample))
    if truth is not None:
        drawn.append(sections.image_truth(spatial, truth, sample=sample))
    places = np.asarray(spatial.obsm[Obsm.SPATIAL], dtype=float)
    confidence = sections.confidence(
        places,
        spatial.obs[Obs.CELL_TYPE_MARGIN],
        score_table(spatial, "cell_type_score"),
        diameter=sections.cell_diameter(places),
        unit=unit,
        sample=sample,
        colours=colours,
        map_title="margin of the predicted type",
        score_label="share of the vote (0–1)",
        caption="Left: vote share of the predicted type minus the next type's. Right: vote shares of the cells "
        "of each type; box: quartiles, whiskers: 5th and 95th per cent.",
    )
    return {"b2s_image": drawn, "b2s_confidence": [confidence]}


def score_table(spatial: ad.AnnData, column: str) -> pd.DataFrame:
    """Return cell, cell_type and score."""
    obs = spatial.obs
    return pd.DataFrame(
        {
            "cell": obs.index,
            "cell_type": obs[Obs.CELL_TYPE].astype(str).to_numpy(),
            "score": obs[column].to_numpy(float),
        }
    )


def calibration_note(found: dict | None, *, most: int = 5) -> str:
    """Return how the bulk chose the source cells, by error on unseen genes and effective samples; else an empty text.

    Parameters
    ----------
    found
        `uns['calibration']` of the cells; None in files that have none.
    most
        How many types are named, those with the smallest effective samples.
    """
    if found is None or not found["used"]:
        return ""
    sizes = found["effective_cells"].set_index("cell_type")["share"].sort_values(kind="stable")
    sizes = sizes[sizes < ALL_ALIKE]
    note = (
        "Source cells were chosen so that their sum fits this bulk: on genes left out of the choice, its squared error "
        f"is {found['error']:.2f} times that of all cells alike. Where the bulk differs from the reference, the "
        "generated cells are meant to differ, too."
    )
    if sizes.empty:
        return note
    named = ", ".join(f"{name} {size:.2f}" for name, size in sizes.iloc[:most].items())
    left = len(sizes) - most
    return f"{note} Effective share of the type's reference cells: {named}{f' and {left} more' if left > 0 else ''}."


def labels_note(spatial: ad.AnnData) -> str:
    """Return how the vote agrees with the section's own labels; an empty text where it has none."""
    found = spatial.uns.get(Uns.PARAMETERS, {})
    if "n_labelled" not in found:
        return ""
    ambiguous, labelled, same = (int(found[key]) for key in ("n_ambiguous", "n_labelled", "n_same_type"))
    share = "none of them is a generated type"
    if labelled:
        share = (
            f"of {labelled:,} cells labelled with a generated type {same:,} ({same / labelled:.0%}) have it predicted"
        )
    told = f"The section has labels of its own: {share}."
    return f"{told} {ambiguous:,} cells with the ambiguous label got a type." if ambiguous else told


def remarks(reference, cells, spatial, proportions, truth, colours) -> list[str]:
    """Return a sentence for everything a reader should know before trusting the sample's pictures."""
    files = (cells, spatial)  # the inputs' own notes stand in the chapter on inputs
    held = [file.uns.get(Uns.REMARKS, "[]") for file in files if file is not None]
    said = [f"{one.sentence}." for text in held for one in all_remarks.loads(text)]
    if not has_counts(reference):
        said.append(
            "The reference has no counts: the mRNA content of its types is unknown, and shares of cells "
            "equal shares of mRNA."
        )
    without = proportions.loc[proportions["proportion"] <= 0, "cell_type"].astype(str)
    if len(without):
        said.append(f"{len(without)} of {len(proportions)} types have no share in the bulk: {', '.join(without)}.")
    if "proportions" in truth:
        strange = sorted(set(truth["proportions"]["cell_type"]) - set(proportions["cell_type"]))
        if strange:
            said.append(f"True types that the reference lacks count as recovered with 0: {', '.join(strange)}.")
    if len(colours) > len(style.COLOURS):
        said.append(f"{len(colours)} cell types share {len(style.COLOURS)} colours: some types look alike.")
    return said


def statistics(condition, reference, cells, section, spatial, proportions, spots, truth, sentences) -> dict:
    """Return the sample's line of the first table."""
    line = {
        "condition": condition or None,
        "genes": cells.n_vars,
        "reference_cells": reference.n_obs,
        "cells": cells.n_obs,
        "warnings": len(sentences),
    }
    if Uns.CALIBRATION in cells.uns:
        found = cells.uns[Uns.CALIBRATION]
        line["bulk_error"] = float(found["error"]) if found["used"] else 1.0
    if section is not None:
        line |= {"places": section.n_obs, "section_genes": len(shared_genes(cells, section))}
    if spatial is not None and Uns.BULK_AND_SECTION in spatial.uns:
        line["section_distance"] = float(spatial.uns[Uns.BULK_AND_SECTION]["distance"])
    if spots is not None:
        held = spots.groupby("spot")["n_cells"].sum()
        line["cells_per_spot"] = float(held[held > 0].mean())
    if "proportions" in truth:
        recovered, true = metrics.align(
            *(t.set_index("cell_type")["proportion"] for t in (proportions, truth["proportions"]))
        )
        line |= {"pcc": metrics.pcc(recovered, true), "rmse": metrics.rmse(recovered, true)}
    return line


if __name__ == "__main__":
    run(main)
