#!/usr/bin/env python3
"""Give each cell of an image section a transcriptome and a type from the generated cells that look like it."""

import argparse
import dataclasses
import logging
from pathlib import Path

from bulk2space.contract import provenance, remarks
from bulk2space.contract.command import add_code, collected, parser, run
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Uns
from bulk2space.contract.problems import InputError
from bulk2space.images.choice import WEIGHTED
from bulk2space.images.mappers import MAPPERS
from bulk2space.images.mapping import ASSIGNMENTS, Settings, mapped
from bulk2space.images.predicted import write_predicted

log = logging.getLogger("map_cells")


def main() -> None:
    """Read generated cells, section and reference; write the section's cells with predicted expression."""
    args = arguments()
    cells, section, reference = (read_h5ad(path) for path in (args.cells, args.section, args.reference))
    genes = shared_genes(section, cells)
    if not genes:
        raise InputError(f"{args.section.name}: no gene is shared with {args.cells.name}, check gene names")
    log.info("%d of the section's %d genes are shared", len(genes), section.n_vars)
    settings = Settings(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Settings)})
    spatial, expected = mapped(cells, section, reference, genes, settings)
    spatial.uns[Uns.REMARKS] = remarks.dumps(collected(args.sample))
    spatial.uns[Uns.PROVENANCE] = provenance.of_step(args, cells.uns, section.uns)
    write_predicted(spatial, expected, args.output)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument(
        "--reference", type=Path, required=True, help="reference.h5ad that the cells were generated from"
    )
    options.add_argument("--sample", required=True, help="id of the sample, which the random draws depend on")
    options.add_argument("--mapper", choices=[WEIGHTED, *MAPPERS], default=WEIGHTED, help="how to find neighbours")
    options.add_argument("--assignment", choices=ASSIGNMENTS, default="neighbors", help="all neighbours, or one cell")
    options.add_argument("--ambiguous-label", default="Ambiguous", help="label of the section's cells without a type")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    add_code(options)
    options.add_argument("--output", type=Path, required=True, help="spatial.h5ad")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
