#!/usr/bin/env python3
"""Draw the part of the report that shows the samples of one bulk and reference side by side.

Writes DIR/<cohort>.proportions.csv of all samples, DIR/<cohort>/figures and DIR/<cohort>/<cohort>_cohort_mqc.json.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from bulk2space.contract import remarks, tables, verdicts
from bulk2space.contract.command import parser, run
from bulk2space.contract.task_samples import TaskSample, factors_of, read_samples
from bulk2space.report import cohort, cohort_factors, cohort_fit, cohort_map, cohort_strips, effects, embedded, multiqc
from bulk2space.report.drawing import Drawing, save
from bulk2space.report.style import styled

log = logging.getLogger("plot_cohort")


def main() -> None:
    """Read the samples' tables, write them as one, draw."""
    args = arguments()
    folder, place = args.output / args.cohort, f"cohorts/{args.cohort}"
    folder.mkdir(parents=True, exist_ok=True)
    samples = read_samples(args.given)
    every, verdict = tables.PROPORTIONS.read_all(args.proportions), tables.VERDICT.read_all(args.verdicts)
    tables.PROPORTIONS.write(every, args.output / f"{args.cohort}.proportions.csv")
    judged = pd.Series({name: verdicts.worst(rows) for name, rows in verdict.groupby("sample")}, dtype=str)
    with styled():
        drawings = cohort_figures(every, verdict, judged, samples, args)
    saved = [(drawing, save(drawing, folder / "figures")) for drawing in drawings]
    told = remarks.loads(args.remarks.read_text(encoding="utf-8"))
    note = "\n".join([cohort.in_words(judged), *(f"{one.sentence[0].upper()}{one.sentence[1:]}." for one in told)])
    left_out = tables.COHORT_SAMPLES.read(args.samples).set_index("sample")["left_out"]
    tested = {name: factors for name, factors in factors_of(samples).items() if not left_out[name]}
    medians = effects.medians_of(every, tested)
    found = effects.table(tables.COMPARISONS.read(args.comparisons), medians, place)
    part = embedded.figures(args.cohort, multiqc.COHORTS, saved, note=note, table=found, folder=place)
    multiqc.write(part, folder, f"{args.cohort}_cohort")
    log.info("%s: %d samples, %d types", args.cohort, len(judged), every["cell_type"].nunique())


def cohort_figures(
    every: pd.DataFrame,
    verdict: pd.DataFrame,
    judged: pd.Series,
    samples: Sequence[TaskSample],
    args: argparse.Namespace,
) -> list[Drawing]:
    """Return the figures of the chapter, in order."""
    shown = cohort_factors.shown(samples)
    wide = every.pivot(index="sample", columns="cell_type", values="proportion")
    strips = [cohort_strips.draw(every, factor, cohort=args.cohort) for factor in cohort_strips.factors_to_draw(shown)]
    lying = tables.COHORT_SAMPLES.read(args.samples)
    drawn = [
        cohort.draw(wide, judged, shown, cohort=args.cohort),
        *strips,
        cohort_map.draw(lying, shown, cohort=args.cohort),
        cohort_fit.draw(verdict, judged, cohort=args.cohort),
    ]
    return [one for one in drawn if one is not None]


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
