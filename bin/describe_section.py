#!/usr/bin/env python3
"""Describe a section: genes that vary in space, types that stand together, and what its regions hold.

Writes DIR/<sample>.genes_in_space.csv, DIR/<sample>.type_pairs.csv and, of a section with regions,
DIR/<sample>.regions.csv.
"""

import argparse
from pathlib import Path

from bulk2space.contract import tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Obs
from bulk2space.contract.stored import Stored
from bulk2space.patterns.describe import Composition, described, of_cells, of_spots


def main() -> None:
    """Read section and composition, describe, write."""
    args = arguments()
    section = Stored(args.section)
    found = described(section, composition(args, section), sample=args.sample, seed=args.seed)
    tables.SPATIAL_GENES.write(found.genes, args.output / f"{args.sample}.{tables.SPATIAL_GENES.name}")
    tables.TYPE_PAIRS.write(found.pairs, args.output / f"{args.sample}.{tables.TYPE_PAIRS.name}")
    if len(found.regions):
        tables.REGIONS.write(found.regions, args.output / f"{args.sample}.{tables.REGIONS.name}")


def composition(args: argparse.Namespace, section: Stored) -> Composition:
    """Return the types of the cells of each place: spots have a table and a fit, imaged cells a predicted type."""
    if args.spots:
        return of_spots(tables.SPOTS.read(args.spots), read_h5ad(args.composition))
    with Stored(args.spatial) as spatial:
        return of_cells(spatial.obs[Obs.CELL_TYPE])


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--spatial", type=Path, required=True, help="spatial.h5ad")
    options.add_argument("--spots", type=Path, help="spots.csv, of a section of spots")
    options.add_argument("--composition", type=Path, help="composition.h5ad, of a section of spots")
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
