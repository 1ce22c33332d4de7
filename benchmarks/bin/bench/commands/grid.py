"""Run the grid of benchmarks with Nextflow: generated cells, proportions and spots on real sets, beside rivals.

`benchmarks/grid.nf` lists the sets and methods. Finished tasks are kept and reused: a run that was ended goes on. How
long it will take is printed first, and what it took at the end. Writes paper_tables.md and grid_time.md in
docs/benchmarks from what this and earlier runs left in its tables: so a grid can also run in parts, on any machine. A
run of all cases on disturbed references writes robustness.md, and one of the whole reduced grid cells.md and
proportions.md. Sections of the reduced grid are kept, too, and spots.md is written once all its cases are there.
"""

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd

from ..page import cells, forecast, grid_tables, grid_time, proportions, robustness, spots
from ..page.grid_time import ALL
from ..runner import trace
from ..runner.ledger import known
from ..runner.start import ROOT, nextflow
from .common import options, publish

CELLS, SPOTS = STEPS = tuple(grid_tables.STEPS)
TRACE = "trace.txt"
PROFILES: dict[str, tuple[str, ...]] = {"reduced": (), "full": ("-profile", "full")}


def main() -> None:
    """Read the options; run Nextflow and publish its tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    parser.add_argument("--full", action="store_true", help="all compositions, pairs, levels of noise and sections")
    parser.add_argument("--steps", choices=(ALL, *STEPS), default=ALL, help="run one step of the method alone")
    parser.add_argument("--cases", default="", help="run these cases alone, separated by commas")
    parser.add_argument("--plan", action="store_true", help="only say how long it will take, and run nothing")
    args = parser.parse_args()
    grid = "full" if args.full else "reduced"
    results, docs = args.results.resolve(), args.docs
    judged = ("--data", args.data.resolve(), "--judge", str(args.judge).lower())
    asked = (*judged, "--steps", args.steps, *(("--cases", args.cases) if args.cases else ()))
    whole = planned(results / "plan", judged, *PROFILES)
    own = planned(results / "plan" / "asked", asked, grid)
    ledger = grid_tables.folder(docs) / grid_tables.SECONDS
    say_expected(expected(own, whole, known(results, ledger, tuple(PROFILES)))[grid])
    if not args.plan:
        nextflow(ROOT / "benchmarks", results, *PROFILES[grid], "-resume", *asked)
        row = trace.took(results / grid / TRACE)
        say_took(row)
        if row["tasks"] == len(own[grid]):
            grid_tables.keep_took(docs, {"grid": grid, "steps": args.steps, "cases": args.cases or ALL} | row)
        steps = STEPS if args.steps == ALL else (args.steps,)
        grid_tables.keep_simulations(docs, results / grid, grid, steps)
        publish(docs, "paper_tables", grid_tables.paper_page(docs, whole))
        if CELLS in steps and grid_tables.of_disturbed(whole[grid]) <= grid_tables.of_disturbed(own[grid]):
            write_disturbed(results / grid, docs)
        if not args.full and SPOTS in steps:
            write_sections(results / grid, docs, grid_tables.cases_of(whole[grid], SPOTS))
        if not (args.full or args.cases) and CELLS in steps:
            write_whole(results / grid, docs)
    tasks = expected(whole, whole, known(results, ledger, tuple(PROFILES)))
    publish(docs, "grid_time", grid_time.text(tasks, grid_tables.took(docs), dear(), minutes()))


def planned(folder: Path, given: tuple[object, ...], *grids: str) -> dict[str, pd.DataFrame]:
    """Return the tasks of grids.

    Parameters
    ----------
    folder
        Where Nextflow plans: a preview in the folder of the results would be the run that -resume goes on with.
    given
        Options of the workflow.
    *grids
        Their names.
    """
    for grid in grids:
        nextflow(ROOT / "benchmarks", folder, *PROFILES[grid], "-preview", "-ansi-log", "false", *given)
    return {grid: forecast.read_plan(folder / grid / "plan.csv", grid) for grid in grids}


def expected(
    plans: dict[str, pd.DataFrame], whole: dict[str, pd.DataFrame], seconds: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return planned tasks with the seconds that they will take.

    Parameters
    ----------
    plans
        The tasks asked for.
    whole
        All tasks of both grids, which say what is known of a task by its name.
    seconds
        What tasks took (`bench.runner.ledger.known`).
    """
    return {grid: forecast.expected(plan, pd.concat(whole.values()), seconds) for grid, plan in plans.items()}


def say_expected(tasks: pd.DataFrame) -> None:
    """Print how many tasks a run has and how long they will take."""
    row = grid_time.summed(tasks)
    print(
        f"{row['tasks']} tasks, {row['measured before']} of them measured before: {row['hours of tasks']:.1f} h of "
        f"tasks, {row['hours on two cores']:.1f} h on two free cores. What is finished is reused."
        + (f" {row['of unknown time']} tasks of methods that were never measured are not counted."
           if row["of unknown time"] else ""),
        flush=True,
    )  # fmt: skip


def dear() -> list[str]:
    """Return the methods that the full grid runs on small sections alone, in words, from benchmarks/spots.nf."""
    block = re.search(r"def dear\(\) \{\n.*?\[(.*?)\]", (ROOT / "benchmarks" / "spots.nf").read_text(), re.DOTALL)
    return [f"- {name}: at most {spots} spots" for name, spots in re.findall(r"(\w+): (\d+)", block[1])]


def say_took(row: dict[str, object]) -> None:
    """Print what a run took."""
    print(
        f"{row['tasks']} tasks, {row['reused']} of them reused: {row['hours of processor']:.1f} h of processor time, "
        f"{row['hours of tasks']:.1f} h of tasks, {row['hours in which a task ran']:.1f} h of wall-clock time, pauses "
        "left out.",
        flush=True,
    )


def minutes() -> int:
    """Return the most minutes of a training in the full grid, from benchmarks/nextflow.config."""
    config = (ROOT / "benchmarks" / "nextflow.config").read_text()
    return int(re.search(r"full \{.*?params\.minutes = (\d+)", config, re.DOTALL)[1])


def write_disturbed(folder: Path, docs: Path) -> None:
    """Write the page on disturbed references."""
    settings, of_cells = read(folder, CELLS)
    publish(docs, "robustness", robustness.text(robustness.tables(of_cells), settings))


def write_whole(folder: Path, docs: Path) -> None:
    """Write the pages of the reduced grid that are of all its cases."""
    settings, of_cells = read(folder, CELLS)
    publish(docs, "cells", cells.text(cells.tables(of_cells), settings))
    settings, of_proportions = read(folder, "proportions")
    publish(docs, "proportions", proportions.text(proportions.tables(of_proportions), settings))


def write_sections(folder: Path, docs: Path, cases: set[str]) -> None:
    """Keep the sections of a run of the reduced grid, and write their page if all its cases are kept by now."""
    if not (folder / f"{SPOTS}.csv").exists():  # only cases without sections were asked for
        return
    day = date.fromtimestamp((folder / TRACE).stat().st_mtime).isoformat()
    kept = grid_tables.keep_sections(docs, spots.by_method(spots.read(folder)), day)
    left = cases - set(kept["case"])
    if left:
        print(f"The page on sections is written once these cases ran, too: {', '.join(sorted(left))}", flush=True)
        return
    found = spots.tables(kept[kept["case"].isin(cases)])
    publish(docs, "spots", spots.text(found, json.loads((folder / "settings.json").read_text())))


def read(folder: Path, table: str) -> tuple[dict, pd.DataFrame]:
    """Return the settings of a run and one of its tables."""
    settings = json.loads((folder / "settings.json").read_text())
    return settings, pd.read_csv(folder / f"{table}.csv", dtype=grid_tables.TEXT)


if __name__ == "__main__":
    main()
