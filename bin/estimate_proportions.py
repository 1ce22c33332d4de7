#!/usr/bin/env python3
"""Estimate the proportion of each cell type of a reference in every bulk sample, with its interval."""

import logging
from pathlib import Path

from bulk2space.composition.bulk import METHODS, proportions_with_intervals
from bulk2space.contract import seeds, tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.mrna_content import read_mrna_content

log = logging.getLogger("estimate_proportions")


def main() -> None:
    """Read the bulk, the reference and its markers; write one row per sample and type."""
    options = parser(__doc__)
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--markers-per-type", type=int, default=100, help="best genes of each type to fit on")
    options.add_argument("--method", choices=METHODS, default="negative_binomial", help="how to fit")
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content (default: from counts)")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="estimates.csv")
    args = options.parse_args()

    bulk, reference = read_h5ad(args.bulk), read_h5ad(args.reference)
    table = proportions_with_intervals(
        bulk,
        reference,
        tables.MARKERS.read(args.markers),
        source=args.bulk.name,
        markers_per_type=args.markers_per_type,
        method=args.method,
        mrna_content=read_mrna_content(args.mrna_content),
        rng=seeds.generator(args.seed, "estimate_proportions"),
    )
    tables.ESTIMATES.write(table, args.output)
    log.info("%d samples, %d cell types", bulk.n_obs, table["cell_type"].nunique())


if __name__ == "__main__":
    run(main)
