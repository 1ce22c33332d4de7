"""The page on the time of the grid of benchmarks: what it takes before it starts, and what it took."""

import re
from pathlib import Path

import pandas as pd

from ..runner import trace
from ..runner.start import ROOT
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


def took(path: Path) -> dict[str, object]:
    """Return what a run took by its trace, with the tasks of earlier runs that it reused."""
    tasks = trace.tasks(path)
    return {
        "tasks": len(tasks), "reused": int(tasks["reused"].sum()), "ended by their time": int((~tasks["done"]).sum()),
        "hours of processor": tasks["processor"].sum() / HOUR, "hours of tasks": tasks["seconds"].sum() / HOUR,
        "hours in which a task ran": trace.busy(tasks) / HOUR,
    }  # fmt: skip


def dear() -> list[str]:
    """Return the methods that the full grid runs on small sections alone, in words, from benchmarks/spots.nf."""
    block = re.search(r"def dear\(\) \{\n.*?\[(.*?)\]", (ROOT / "benchmarks" / "spots.nf").read_text(), re.DOTALL)
    return [f"- {name}: at most {spots} spots" for name, spots in re.findall(r"(\w+): (\d+)", block[1])]


def text(tasks: dict[str, pd.DataFrame], ran: dict[str, dict[str, object]]) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    tasks
        Planned tasks of each grid with their seconds (`forecast.expected`).
    ran
        What the last run of a grid took, for those that were run.
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
        hours=f"{full:.1f}", unknown=unknown, dear=dear(), methods=by_method(tasks["full"]),
    )  # fmt: skip
