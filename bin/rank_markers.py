#!/usr/bin/env python3
"""Rank all genes of a reference for each cell type by Wilcoxon's rank-sum test (type against the rest)."""

import logging
from pathlib import Path

from bulk2space.composition import markers
from bulk2space.contract import tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Obs

log = logging.getLogger("rank_markers")


def main() -> None:
    """Read the reference, write the table of all genes."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--output", type=Path, required=True, help="markers.csv")
    args = options.parse_args()

    reference = read_h5ad(args.reference)
    sizes = reference.obs[Obs.CELL_TYPE].astype(str).value_counts().sort_index()
    log.info("%d cells, %d genes; cells per type: %s", *reference.shape, sizes.to_dict())
    table = markers.rank(reference.X, reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), list(reference.var_names))
    tables.MARKERS.write(table, args.output)


if __name__ == "__main__":
    run(main)
