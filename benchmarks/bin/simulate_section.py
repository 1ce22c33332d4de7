#!/usr/bin/env python3
"""Make a section of held-out cells, so that all cells of each spot are known."""

import logging
from pathlib import Path

from bench.cases import sections
from bulk2space.contract import seeds
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad, write_h5ad

log = logging.getLogger("simulate_section")


def main() -> None:
    """Write the section, in the form in which NORMALIZE writes one, and its ground truth."""
    options = parser(__doc__)
    options.add_argument("--held-out", type=Path, required=True, help="annotated cells to make spots of")
    options.add_argument("--recipe", choices=sections.RECIPES, required=True)
    options.add_argument("--spots", type=int, required=True, help="number of spots")
    options.add_argument("--cells-per-spot", type=int, required=True, help="number of cells in each spot")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad to write")
    options.add_argument("--truth", type=Path, required=True, help="truth.h5ad to write")
    args = options.parse_args()
    rng = seeds.generator(args.seed, "simulate_section", args.recipe, str(args.spots))
    made = sections.simulate(read_h5ad(args.held_out), args.recipe, args.spots, args.cells_per_spot, rng)
    write_h5ad(made.section, args.section)
    write_h5ad(made.truth, args.truth)
    log.info("%d spots of %d cells, %d genes", args.spots, args.cells_per_spot, made.section.n_vars)


if __name__ == "__main__":
    run(main)
