#!/usr/bin/env python3
"""Hold genes of an image section's panel out, predict them from the others, and correlate with what was measured."""

import argparse
from pathlib import Path

from bulk2space.contract import seeds, tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.problems import InputError
from bulk2space.images.choice import WEIGHTED
from bulk2space.images.mappers import MAPPERS
from bulk2space.images.validate import recovery


def main() -> None:
    """Read generated cells and section; write the table of genes."""
    args = arguments()
    cells, section, reference = (read_h5ad(path) for path in (args.cells, args.section, args.reference))
    shared = len(shared_genes(section, cells))
    if shared < 2:
        raise InputError(
            f"{args.section.name}: {shared} genes are shared with {args.cells.name}, but holding genes out needs two "
            "or more; check gene names, or run without --validate_genes"
        )
    rng = seeds.generator(args.seed, "validate_genes", args.sample)
    table = recovery(cells, section, reference, args.mapper, rng)
    if table.empty:
        raise InputError(f"{args.section.name}: no gene varies between cells, check its values")
    tables.HELD_OUT_GENES.write(table, args.output)


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
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="genes.csv")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
