#!/usr/bin/env python3
"""Judge whether a reference explains a bulk sample and its section: good, doubtful or poor, as a whole and by type."""

import logging
from pathlib import Path

import pandas as pd
from bulk2space.composition import judging
from bulk2space.contract import tables, verdicts
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad

log = logging.getLogger("judge_fit")


def main() -> None:
    """Read the inputs and the estimates, write verdict.csv."""
    options = parser(__doc__)
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--bulk-column", required=True, help="name of the sample in the bulk")
    options.add_argument("--estimates", type=Path, required=True, help="estimates.csv of bulk and reference")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--section", type=Path, help="section.h5ad")
    options.add_argument("--output", type=Path, required=True, help="verdict.csv")
    options.add_argument("--poor", type=Path, required=True, help="what a poor verdict means; empty without one")
    args = options.parse_args()

    reference, ranking = read_h5ad(args.reference), tables.MARKERS.read(args.markers)
    estimates = tables.ESTIMATES.read(args.estimates)
    rna = estimates[estimates["sample"] == args.bulk_column].set_index("cell_type")["rna_fraction"]
    parts = [judging.of_bulk(read_h5ad(args.bulk), args.bulk_column, reference, ranking, rna)]
    if args.section:
        parts.append(judging.of_section(read_h5ad(args.section), reference, ranking))
    table = pd.concat(parts, ignore_index=True).assign(sample=args.sample)
    tables.VERDICT.write(table, args.output)
    for row in table[table["cell_type"] == ""].itertuples():
        log.info(
            "%s: verdict on the %s: %s (agreement %.2f, unknown share of the mRNA %.2f)",
            args.sample, row.input, row.verdict, row.agreement, row.unknown,
        )  # fmt: skip
    for row in verdicts.much_unknown(table).itertuples():
        log.warning("%s: %s", args.sample, verdicts.unknown_in_words(row.input, row.unknown))
    poor = verdicts.poor_inputs(table)
    args.poor.write_text(verdicts.poor_in_words(args.sample, poor) + "\n" if poor else "", encoding="utf-8")


if __name__ == "__main__":
    run(main)
