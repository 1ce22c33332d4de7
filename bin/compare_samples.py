#!/usr/bin/env python3
"""Compare the samples of one bulk and reference: by condition and covariates, and which samples lie apart.

Writes DIR/<cohort>.comparisons.csv, DIR/<cohort>.samples.csv, and DIR/<cohort>.remarks.json: what to know of the tests.
"""

import argparse
import logging
from pathlib import Path

import pandas as pd
from bulk2space.cohort.compare import compare
from bulk2space.contract import remarks, tables
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.comparisons import SURE
from bulk2space.contract.task_samples import factors_of, read_samples
from bulk2space.contract.whole_files import write_text

log = logging.getLogger("compare_samples")


def main() -> None:
    """Read the samples' tables, test, write."""
    args = arguments()
    members = read_samples(args.samples)
    given, columns = factors_of(members), {sample.id: sample.bulk_column for sample in members}
    proportions = tables.PROPORTIONS.read_all(args.proportions)
    judged = tables.VERDICT.read_all(args.verdicts)
    found, samples = compare(given, proportions, judged, args.cohort, columns=columns, expression=args.expression)
    tables.COMPARISONS.write(found, args.output / f"{args.cohort}.comparisons.csv")
    tables.COHORT_SAMPLES.write(samples, args.output / f"{args.cohort}.samples.csv")
    text = remarks.dumps(collected(args.cohort)) + "\n"
    write_text(args.output / f"{args.cohort}.remarks.json", text)
    log_found(found)


def log_found(found: pd.DataFrame) -> None:
    """Log how much differs, by level and term."""
    for (level, term), rows in found.groupby(["level", "term"], sort=False):
        number = (rows["p_adjusted"] < SURE).sum()
        log.info("%s, %s: %d of %d tests have an adjusted p below %g", level, term, number, len(rows), SURE)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--cohort", required=True, help="name of the cohort")
    options.add_argument(
        "--samples", type=Path, required=True, help="JSON list of id, bulk_column, condition, covariates"
    )
    options.add_argument("--proportions", type=Path, required=True, help="folder of <sample>.proportions.csv")
    options.add_argument("--verdicts", type=Path, required=True, help="folder of <sample>.verdict.csv")
    options.add_argument("--expression", type=Path, help="expression.h5ad of the samples")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
