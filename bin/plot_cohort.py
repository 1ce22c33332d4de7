#!/usr/bin/env python3
"""Draw the part of the report that shows the samples of one bulk and reference side by side.

Writes DIR/<cohort>.proportions.csv of all samples, DIR/<cohort>/figures and DIR/<cohort>/<cohort>_cohort_mqc.json.
"""

import argparse
import logging
from pathlib import Path

import pandas as pd
from bulk2space.contract import tables, verdicts
from bulk2space.contract.command import parser, run
from bulk2space.report import cohort, multiqc
from bulk2space.report.drawing import save
from bulk2space.report.style import styled

log = logging.getLogger("plot_cohort")


def main() -> None:
    """Read the samples' tables, write them as one, draw the heat map."""
    args = arguments()
    folder = args.output / args.cohort
    folder.mkdir(parents=True, exist_ok=True)
    every = read(tables.PROPORTIONS, args.proportions)
    tables.PROPORTIONS.write(every, args.output / f"{args.cohort}.proportions.csv")
    worst = {name: verdicts.worst(rows) for name, rows in read(tables.VERDICT, args.verdicts).groupby("sample")}
    judged = pd.Series(worst, dtype=str)
    wide = every.pivot(index="sample", columns="cell_type", values="proportion")
    with styled():
        drawing = cohort.draw(wide, judged, cohort=args.cohort)
    saved = [(drawing, save(drawing, folder / "figures"))]
    place = f"cohorts/{args.cohort}"
    part = multiqc.figures(args.cohort, multiqc.COHORTS, saved, note=cohort.in_words(judged), folder=place)
    multiqc.write(part, folder, f"{args.cohort}_cohort")
    log.info("%s: %d samples, %d types", args.cohort, *wide.shape)


def read(table: tables.Table, folder: Path) -> pd.DataFrame:
    """Read the tables of all samples, by name, as one."""
    return pd.concat([table.read(path) for path in sorted(folder.glob(f"*.{table.name}"))], ignore_index=True)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--cohort", required=True, help="name of the cohort")
    options.add_argument("--proportions", type=Path, required=True, help="folder of <sample>.proportions.csv")
    options.add_argument("--verdicts", type=Path, required=True, help="folder of <sample>.verdict.csv")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
