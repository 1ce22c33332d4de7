"""The page on the time of the grid of benchmarks: what it takes before it starts, and what it took."""

import pandas as pd

from . import forecast
from .markdown import filled

GRIDS = {"reduced": "make bench", "full": "make bench-full"}
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


def text(tasks: dict[str, pd.DataFrame], ran: dict[str, dict[str, object]], dear: list[str]) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    tasks
        Planned tasks of each grid with their seconds (`forecast.expected`).
    ran
        What the last run of a grid took, for those that were run.
    dear
        A line for each method that the full grid runs on small sections alone.
    """
    rows = [{"grid": f"`{GRIDS[grid]}`"} | summed(own) for grid, own in tasks.items()]
    last = [{"grid": f"`{GRIDS[grid]}`"} | row for grid, row in ran.items()]
    full = forecast.hours(tasks["full"])
    fits = f"This fits a night of {NIGHT} hours" if full <= NIGHT else f"**This is more than a night of {NIGHT} hours**"
    new = tasks["full"][tasks["full"]["seconds"].isna()].groupby(["step", "method"], sort=False).size()
    unknown = ", ".join(f"{number} of {' '.join(key).strip()}" for key, number in new.items())
    unknown = f"Not counted, since never measured: {unknown}." if unknown else ""
    return filled(
        "grid_time", expected=pd.DataFrame(rows), took=pd.DataFrame(last), verdict=fits,
        hours=f"{full:.1f}", unknown=unknown, dear=dear, methods=by_method(tasks["full"]),
    )  # fmt: skip
