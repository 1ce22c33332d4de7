"""The page on the time of the grid of benchmarks: what it takes before it starts, and what it took."""

import pandas as pd

from . import forecast
from .markdown import filled
from .simulations import GRIDS

ALL = "all"
RUN = ["grid", "steps", "cases"]
"""Columns that name a run: its grid, and which steps and cases of it ran, or ALL."""
COUNTS = ("tasks", "reused", "ended by their time")
"""Columns of what a run took that are numbers of tasks."""
NIGHT = 10  # hours
HOUR = 3600  # seconds


def summed(tasks: pd.DataFrame) -> dict[str, object]:
    """Return the row of a grid: its tasks, those that were measured, and the hours that they will take."""
    return {
        "tasks": len(tasks), "measured before": int(tasks["measured"].sum()),
        "of unknown time": int(tasks["seconds"].isna().sum()), "hours of tasks": tasks["seconds"].sum() / HOUR,
        "hours on two cores": forecast.hours(tasks),
    }  # fmt: skip


def by_method(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return tasks, those measured, mean seconds and hours of a grid's steps and methods, the longest first."""
    found = tasks.groupby(["step", "method"], sort=False).agg(
        tasks=("tag", "size"), measured=("measured", "sum"), seconds=("seconds", "mean"), hours=("seconds", "sum")
    )
    found["hours"] /= HOUR
    names = {"measured": "measured before", "seconds": "seconds of a task", "hours": "hours of tasks"}
    return found.sort_values("hours", ascending=False).reset_index().rename(columns=names)


def summed_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Return what the runs of each grid took together, and how many cases ran in each step.

    Parameters
    ----------
    runs
        RUN, and what `bench.runner.trace.took` returns.
    """
    rows = []
    for (grid, steps), own in runs.groupby(["grid", "steps"], sort=False):
        cases = ALL if ALL in own["cases"].tolist() else own["cases"].str.split(",").explode().nunique()
        took = own.drop(columns=RUN).sum().to_dict()
        took |= {name: int(took[name]) for name in COUNTS}
        rows.append({"grid": f"`{GRIDS[grid]}`", "steps": steps, "cases": cases, "runs": len(own)} | took)
    return pd.DataFrame(rows)


def text(tasks: dict[str, pd.DataFrame], runs: pd.DataFrame, dear: list[str], minutes: int) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    tasks
        Planned tasks of each grid with their seconds (`forecast.expected`).
    runs
        What runs took, as for `summed_runs`.
    dear
        A line for each method that the full grid runs on small sections alone.
    minutes
        Most minutes of a training in the full grid.
    """
    rows = [{"grid": f"`{GRIDS[grid]}`"} | summed(own) for grid, own in tasks.items()]
    full = forecast.hours(tasks["full"])
    new = tasks["full"][tasks["full"]["seconds"].isna()].groupby("step", sort=False).size()
    fits = f"This fits a night of {NIGHT} hours" if full <= NIGHT else f"**This is more than a night of {NIGHT} hours**"
    unknown = ", ".join(f"{number} of {step}" for step, number in new.items())
    if unknown:
        fits = "More is needed for tasks that were not measured since the grid was last changed"
        unknown = f"These are not counted: {unknown}."
    return filled(
        "grid_time", expected=pd.DataFrame(rows), took=summed_runs(runs), verdict=fits,
        hours=f"{full:.1f}", unknown=unknown, dear=dear, minutes=minutes, methods=by_method(tasks["full"]),
    )  # fmt: skip
