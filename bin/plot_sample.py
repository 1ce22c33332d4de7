#!/usr/bin/env python3
"""Draw one sample's part of the report.

Writes DIR/figures (each figure as .png and .pdf, its table as .csv) and DIR/*_mqc.*, which MultiQC joins over all
samples. What a sample has no files for is not written.
"""

import json
import logging
from argparse import Namespace
from pathlib import Path

from bulk2space.contract import tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.truth import read_truth
from bulk2space.report import chapters
from bulk2space.report.sample import Sample, read_rows, read_section, types_of
from bulk2space.report.style import palette

log = logging.getLogger("plot_sample")


def arguments() -> Namespace:
    """Return the parsed command line."""
    p = parser(__doc__)
    p.add_argument("--sample", required=True, help="id of the sample, shown in every figure")
    p.add_argument("--condition", default="", help="condition in the samplesheet")
    p.add_argument("--reference", type=Path, required=True, help="reference.h5ad; its stem names the training curves")
    p.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    p.add_argument("--training", type=Path, required=True, help="training.csv of the reference")
    p.add_argument("--proportions", type=Path, required=True, help="proportions.csv of the sample")
    p.add_argument("--verdict", type=Path, required=True, help="verdict.csv of the sample")
    p.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    p.add_argument("--section", type=Path, help="section.h5ad")
    p.add_argument("--spatial", type=Path, help="spatial.h5ad, with --section")
    p.add_argument("--spots", type=Path, help="spots.csv, for a section of spots")
    p.add_argument("--genes", type=Path, help="genes.csv, for an image with held-out genes")
    p.add_argument(
        "--truth", type=Path, help="folder of the ground truth: <sample>/proportions.csv, spots.csv, image.csv"
    )
    p.add_argument("--cell-types", type=Path, help="JSON list of all cell types of the run, which fixes their colours")
    p.add_argument("--seed", type=int, default=0, help="seed of the run")
    p.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    given = p.parse_args()
    if (given.section is None) != (given.spatial is None):
        p.error("--section and --spatial go together")
    return given


def read(args: Namespace) -> Sample:
    """Read the sample's files."""
    reference = read_h5ad(args.reference)
    types = json.loads(args.cell_types.read_text(encoding="utf-8")) if args.cell_types else []
    return Sample(
        name=args.sample,
        condition=args.condition,
        seed=args.seed,
        colours=palette(sorted({*types, *types_of(reference)})),
        reference_name=args.reference.stem,
        reference=reference,
        markers=tables.MARKERS.read(args.markers),
        training=tables.TRAINING.read(args.training),
        proportions=read_rows(tables.PROPORTIONS, args.proportions, args.sample),
        cells=read_h5ad(args.cells),
        verdict=read_rows(tables.VERDICT, args.verdict, args.sample),
        section=read_section(args.section, args.spatial, args.spots, args.sample) if args.section else None,
        held_out_genes=tables.HELD_OUT_GENES.read(args.genes) if args.genes else None,
        truth=read_truth(args.truth, args.sample) if args.truth else {},
    )


def main() -> None:
    """Read the sample's files, draw what they hold, write figures and parts of the report."""
    args = arguments()
    sample = read(args)
    log.info("%s: %d cell types, %d generated cells", sample.name, len(sample.types), sample.cells.n_obs)
    drawn = chapters.draw(sample)
    chapters.write(sample, drawn, args.output)
    log.info("wrote %d figures", sum(map(len, drawn.values())))


if __name__ == "__main__":
    run(main)
