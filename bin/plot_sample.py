#!/usr/bin/env python3
"""Draw the parts of the report of samples that share bulk and reference, one sample after the other.

Reads INPUTS/<sample>.proportions.csv, .verdict.csv and, where there are any, .cells.h5ad. Writes DIR/<sample>/figures
(each figure as .png and .pdf, its table as .csv) and DIR/<sample>/*_mqc.*, which MultiQC joins over all samples. What a
sample has no files for is not written.
"""

import logging
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bulk2space.contract import tables
from bulk2space.contract.colours import colours_of_types
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import open_h5ad, read_h5ad
from bulk2space.contract.task_samples import read_samples
from bulk2space.contract.truth import read_truth
from bulk2space.report import chapters
from bulk2space.report.sample import Sample, Section, read_patterns, read_rows, read_section, types_of

log = logging.getLogger("plot_sample")


def arguments() -> Namespace:
    """Return the parsed command line."""
    p = parser(__doc__)
    p.add_argument(
        "--samples", type=Path, required=True, help="JSON list of id, condition, and whether there are chapters"
    )
    p.add_argument("--reference", type=Path, required=True, help="reference.h5ad; its stem names the training curves")
    p.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    p.add_argument("--training", type=Path, help="training.csv of the reference")
    p.add_argument("--inputs", type=Path, default=Path(), help="folder of the samples' tables and cells")
    p.add_argument("--section", type=Path, help="section.h5ad of the only sample")
    p.add_argument("--spatial", type=Path, help="spatial.h5ad, with --section")
    p.add_argument("--spots", type=Path, help="spots.csv, for a section of spots")
    p.add_argument("--expected", type=Path, help="spots.h5ad, for a section of spots")
    p.add_argument("--genes", type=Path, help="genes.csv, for an image with held-out genes")
    p.add_argument("--patterns", type=Path, help="folder of <sample>.genes_in_space.csv and others, of a section")
    p.add_argument(
        "--truth", type=Path, help="folder of the ground truth: <sample>/proportions.csv, spots.csv, image.csv"
    )
    p.add_argument("--colours", type=Path, help="JSON of the colours of all types of the run (default: by the types)")
    p.add_argument("--seed", type=int, default=0, help="seed of the run")
    p.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    given = p.parse_args()
    if (given.section is None) != (given.spatial is None):
        p.error("--section and --spatial go together")
    if (given.spots is None) != (given.expected is None):
        p.error("--spots and --expected go together")
    return given


def read(args: Namespace) -> Iterator[Sample]:
    """Read what the samples share, then the files of one sample after the other."""
    reference = read_h5ad(args.reference)
    colours = colours_of_types(args.colours, types_of(reference))
    markers = tables.MARKERS.read(args.markers)
    training = tables.TRAINING.read(args.training) if args.training else None
    for sample in read_samples(args.samples):
        cells = args.inputs / f"{sample.id}.cells.h5ad"
        are_drawn = sample.chapters or args.section
        yield Sample(
            name=sample.id,
            condition=sample.condition or "",
            seed=args.seed,
            chapters=sample.chapters,
            cohort=sample.cohort,
            colours=colours,
            reference_name=args.reference.stem,
            reference=reference,
            markers=markers,
            training=training,
            proportions=read_rows(tables.PROPORTIONS, args.inputs / f"{sample.id}.proportions.csv", sample.id),
            cells=(read_h5ad if are_drawn else open_h5ad)(cells) if cells.exists() else None,
            verdict=read_rows(tables.VERDICT, args.inputs / f"{sample.id}.verdict.csv", sample.id),
            section=of_section(args, sample.id),
            patterns=read_patterns(args.patterns, sample.id) if args.patterns else None,
            held_out_genes=tables.HELD_OUT_GENES.read(args.genes) if args.genes else None,
            truth=read_truth(args.truth, sample.id) if args.truth else {},
        )


def of_section(args: Namespace, sample: str) -> Section | None:
    """Return the section of the sample and what was found of it, if it has one."""
    if args.section is None:
        return None
    return read_section(args.section, args.spatial, args.spots, args.expected, sample)


def main() -> None:
    """Read the samples' files, draw what they hold, write figures and parts of the report."""
    args = arguments()
    for place, sample in enumerate(read(args)):
        drawn = chapters.draw(sample)
        chapters.write(sample, drawn, args.output / sample.name, training_too=place == 0)
        log.info("%s: %d cell types, %d figures", sample.name, len(sample.types), sum(map(len, drawn.values())))


if __name__ == "__main__":
    run(main)
