"""Run the grid of benchmarks with Nextflow: generated cells, proportions and spots on real sets, beside rivals.

`benchmarks/grid.nf` lists the sets and methods. Finished tasks are kept and reused: a run that was ended goes on. How
long it will take is printed first, and what it took at the end. Writes cells.md, robustness.md, proportions.md,
spots.md, paper_tables.md and grid_time.md in docs/benchmarks.
"""

import json
import re
from pathlib import Path

import pandas as pd

from ..page import cells, forecast, grid_time, paper_tables, proportions, robustness, spots
from ..runner import ledger, trace
from ..runner.start import ROOT, nextflow
from .common import options, publish

ALL, CELLS, SPOTS = "all", "cells", "spots"
TRACE = "trace.txt"
PROFILES: dict[str, tuple[str, ...]] = {"reduced": (), "full": ("-profile", "full")}
TEXT = dict.fromkeys(("cell_type", "method", "composition", "case"), str)


def main() -> None:
    """Read the options; run Nextflow and publish its tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    parser.add_argument("--full", action="store_true", help="whole sets, all compositions, pairs and levels of noise")
    parser.add_argument("--steps", choices=(ALL, CELLS, SPOTS), default=ALL, help="run one step of the method alone")
    parser.add_argument("--plan", action="store_true", help="only say how long it will take, and run nothing")
    args = parser.parse_args()
    grid = "full" if args.full else "reduced"
    results = args.results.resolve()
    given = ("--data", args.data.resolve(), "--judge", str(args.judge).lower(), "--steps", args.steps)
    say_expected(planned(results, given)[grid])
    if not args.plan:
        nextflow(ROOT / "benchmarks", results, *PROFILES[grid], "-resume", *given)
        write(results / grid, args.docs, args.steps)
        say_took(trace.took(results / grid / TRACE))
    tasks = planned(results, given, again=False)
    ran = {name: row for name, plan in tasks.items() if (row := took(results / name / TRACE, len(plan)))}
    publish(args.docs, "grid_time", grid_time.text(tasks, ran, dear()))


def planned(results: Path, given: tuple[object, ...], *, again: bool = True) -> dict[str, pd.DataFrame]:
    """Return the tasks of both grids with the seconds that they will take; they are planned in a folder of their own.

    Parameters
    ----------
    results
        Folder of the tables.
    given
        Options of the workflow.
    again
        Whether Nextflow plans them, or the plans of the last time are read.
    """
    if again:  # a preview in the folder of the results would be the run that -resume goes on with
        for profile in PROFILES.values():
            nextflow(ROOT / "benchmarks", results / "plan", *profile, "-preview", "-ansi-log", "false", *given)
    plans = {grid: forecast.read_plan(results / "plan" / grid / "plan.csv", grid) for grid in PROFILES}
    seconds = ledger.known(results, tuple(PROFILES))
    return {grid: forecast.expected(plan, pd.concat(plans.values()), seconds) for grid, plan in plans.items()}


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


def took(path: Path, planned: int) -> dict[str, object] | None:
    """Return what the last run of a grid took by its trace; None where it did not start all planned tasks."""
    row = trace.took(path) if path.exists() else {"tasks": 0}
    return row if row["tasks"] == planned else None


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


def write(folder: Path, docs: Path, steps: str) -> None:
    """Write the pages of the steps that ran; that of the paper's tables takes the other step from an earlier run."""
    settings = json.loads((folder / "settings.json").read_text())
    tables = {table: folder / f"{table}.csv" for table in (CELLS, SPOTS)}
    of_cells = pd.read_csv(tables[CELLS], dtype=TEXT) if tables[CELLS].exists() else None
    of_spots = spots.read(folder) if tables[SPOTS].exists() else None
    if steps != SPOTS:
        of_proportions = pd.read_csv(folder / "proportions.csv", dtype=TEXT)
        publish(docs, "cells", cells.text(cells.tables(of_cells), settings))
        publish(docs, "robustness", robustness.text(robustness.tables(of_cells), settings))
        publish(docs, "proportions", proportions.text(proportions.tables(of_proportions), settings))
    if steps != CELLS:
        publish(docs, "spots", spots.text(spots.tables(of_spots), settings))
    publish(docs, "paper_tables", paper_tables.text(paper_tables.tables(of_cells, of_spots), settings))


if __name__ == "__main__":
    main()
