#!/usr/bin/env python3
"""Draw the part of the report that shows the samples of one bulk and reference side by side.

Writes DIR/<cohort>.proportions.csv of all samples, DIR/<cohort>/figures and DIR/<cohort>/<cohort>_cohort_mqc.json.
"""

import argparse
import logging
from pathlib import Path

import pandas as pd
from bulk2space.contract import remarks, tables, verdicts
from bulk2space.contract.command import parser, run
from bulk2space.report import cohort, effects, multiqc
from bulk2space.report.drawing import save
from bulk2space.report.style import styled

log = logging.getLogger("plot_cohort")


def main() -> None:
    """Read the samples' tables, write them as one, draw the heat map."""
    args = arguments()
    folder = args.output / args.cohort
    folder.mkdir(parents=True, exist_ok=True)
    every = tables.PROPORTIONS.read_all(args.proportions)
    tables.PROPORTIONS.write(every, args.output / f"{args.cohort}.proportions.csv")
    worst = {name: verdicts.worst(rows) for name, rows in tables.VERDICT.read_all(args.verdicts).groupby("sample")}
    judged = pd.Series(worst, dtype=str)
    wide = every.pivot(index="sample", columns="cell_type", values="proportion")
    with styled():
        drawing = cohort.draw(wide, judged, cohort=args.cohort)
    saved = [(drawing, save(drawing, folder / "figures"))]
    place = f"cohorts/{args.cohort}"
    told = remarks.loads(args.remarks.read_text(encoding="utf-8"))
    note = "\n".join([cohort.in_words(judged), *(f"{one.sentence[0].upper()}{one.sentence[1:]}." for one in told)])
    found = effects.table(tables.COMPARISONS.read(args.comparisons), place)
    part = multiqc.figures(args.cohort, multiqc.COHORTS, saved, note=note, table=found, folder=place)
    multiqc.write(part, folder, f"{args.cohort}_cohort")
    log.info("%s: %d samples, %d types", args.cohort, *wide.shape)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--cohort", required=True, help="name of the cohort")
    options.add_argument("--proportions", type=Path, required=True, help="folder of <sample>.proportions.csv")
    options.add_argument("--verdicts", type=Path, required=True, help="folder of <sample>.verdict.csv")
    options.add_argument("--given", type=Path, required=True, help="JSON list of id, condition, covariates")
    options.add_argument("--comparisons", type=Path, required=True, help="comparisons.csv")
    options.add_argument("--samples", type=Path, required=True, help="samples.csv")
    options.add_argument("--remarks", type=Path, required=True, help="remarks.json")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
