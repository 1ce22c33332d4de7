#!/usr/bin/env python3
"""Estimate the expression of each cell type in each sample of a bulk, with its standard deviation."""

import argparse
import logging
from pathlib import Path

from bulk2space.composition.cohort_data import cohort_data
from bulk2space.composition.expression_file import write_expression
from bulk2space.contract import provenance, tables
from bulk2space.contract.command import add_code, parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.task_samples import read_samples

log = logging.getLogger("estimate_expression")


def main() -> None:
    """Read the bulk, the reference and the proportions; write one layer pair per type."""
    args = arguments()
    bulk, reference = read_h5ad(args.bulk), read_h5ad(args.reference)
    data = cohort_data(bulk, reference, tables.ESTIMATES.read(args.proportions))
    columns = {sample.id: sample.bulk_column for sample in read_samples(args.samples)}
    write_expression(data, columns, args.output, record=provenance.of_step(args, reference.uns, bulk.uns))
    log.info("%d samples, %d genes, %d cell types", len(columns), len(data.genes), len(data.fractions.types))


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--samples", type=Path, required=True, help="JSON list of id, bulk_column")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--proportions", type=Path, required=True, help="estimates.csv of the bulk")
    add_code(options)
    options.add_argument("--output", type=Path, required=True, help="expression.h5ad")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
