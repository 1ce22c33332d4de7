#!/usr/bin/env python3
"""Write the proportions of each sample as a table of its own, where no cells are generated.

Writes DIR/<sample>.proportions.csv of each sample; its column n_cells is 0.
"""

import argparse
from pathlib import Path

from bulk2space.contract import tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.task_samples import read_samples


def main() -> None:
    """Read the estimates of the bulk, write each sample's own rows."""
    args = arguments()
    estimates = tables.ESTIMATES.read(args.proportions)
    for sample in read_samples(args.samples):
        own = tables.of_column(estimates, sample.bulk_column).drop(columns="residual")
        tables.PROPORTIONS.write(own.assign(sample=sample.id, n_cells=0), args.output / f"{sample.id}.proportions.csv")


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--samples", type=Path, required=True, help="JSON list of id, bulk_column")
    options.add_argument("--proportions", type=Path, required=True, help="estimates.csv of the bulk")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
