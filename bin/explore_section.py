#!/usr/bin/env python3
"""Write the explorer page of a section: one file that opens without a network.

On two linked maps, a reader looks at types and genes, measured beside predicted, and draws around a region to see which
cells lie in it. The page has at most 25 MB.
"""

import logging
from argparse import Namespace
from pathlib import Path

from bulk2space.contract import tables
from bulk2space.contract.colours import colours_of_types
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import open_h5ad
from bulk2space.contract.stored import Stored
from bulk2space.contract.verdicts import poor_inputs
from bulk2space.contract.whole_files import write_text
from bulk2space.report.explorer import page
from bulk2space.report.explorer.content import Content
from bulk2space.report.explorer.section import About, of_imaged_section, of_spots_section

log = logging.getLogger("explore_section")


def arguments() -> Namespace:
    """Return the parsed command line."""
    p = parser(__doc__)
    p.add_argument("--sample", required=True, help="name of the sample")
    p.add_argument("--section", type=Path, required=True, help="section.h5ad")
    p.add_argument("--spatial", type=Path, required=True, help="spatial.h5ad")
    p.add_argument("--expected", type=Path, help="spots.h5ad, for a section of spots")
    p.add_argument("--varying", type=Path, required=True, help="genes_in_space.csv of the section")
    p.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    p.add_argument("--verdict", type=Path, help="verdict.csv of the sample: a wrong reference is called so")
    p.add_argument("--colours", type=Path, help="JSON of the colours of all types of the run (default: by the types)")
    p.add_argument("--page-genes", default="", help="genes that the page must have, between commas")
    p.add_argument("--output", type=Path, required=True, help="the page")
    return p.parse_args()


def content_of(args: Namespace) -> Content:
    """Return what the page holds."""
    markers = tables.MARKERS.read(args.markers)
    own = sorted(map(str, markers["cell_type"].unique()))
    of_run = colours_of_types(args.colours, own)
    colours = {name: of_run[name] for name in own}
    asked = [gene.strip() for gene in args.page_genes.split(",") if gene.strip()]
    varying = tables.SPATIAL_GENES.read(args.varying).set_index("gene")["morans_i"]
    verdict = tables.VERDICT.read(args.verdict) if args.verdict else None
    wrong = [] if verdict is None else poor_inputs(verdict[verdict["sample"] == args.sample])
    known = About(args.sample, markers, varying, colours, asked, wrong)
    section = Stored(args.section)
    if args.expected:
        return of_spots_section(known, section, Stored(args.spatial), Stored(args.expected))
    return of_imaged_section(known, section, open_h5ad(args.spatial))


def main() -> None:
    """Read the section's files and write its page."""
    args = arguments()
    content = content_of(args)
    text = page.written(content)
    write_text(args.output, text)
    log.info("%s: %d genes, %.1f MB", args.sample, len(content.about["genes"]), len(text.encode()) / 1e6)


if __name__ == "__main__":
    run(main)
