"""What Nextflow's trace says of a run: time and memory by step, and the memory of all tasks at once."""

from pathlib import Path

import numpy as np
import pandas as pd

GIB = 2**30
HOUR = 3600  # seconds
CONFIG = "trace.raw = true\ntrace.fields = 'name,status,start,complete,realtime,%cpu,peak_rss'\n"
"""Numbers instead of words: `-c` with a file of this."""


def read(path: Path) -> pd.DataFrame:
    """Read a raw trace: step, tag, start and complete in seconds, seconds, and peak memory in GiB, one row per task.

    Where the trace has it: seconds of all processors, which other work on the machine hardly changes.
    """
    table = pd.read_csv(path, sep="\t", na_values="-")
    step = table["name"].str.split(" ").str[0].str.split(":").str[-1]
    tag = table["name"].str.extract(r"\((.*)\)")[0]
    times = table[["start", "complete", "realtime"]].astype(float) / 1000
    peak = table["peak_rss"].fillna(0).astype(float) / GIB
    found = pd.DataFrame({"step": step, "tag": tag, "peak": peak}).join(times.rename(columns={"realtime": "seconds"}))
    return found.assign(processor=found["seconds"] * table["%cpu"].fillna(0) / 100) if "%cpu" in table else found


def by_step(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return the number of tasks, their seconds together and the largest peak memory, by step in order of start."""
    found = tasks.sort_values("start").groupby("step", sort=False)
    return found.agg(tasks=("seconds", "size"), seconds=("seconds", "sum"), peak=("peak", "max")).reset_index()


def seconds(tasks: pd.DataFrame) -> float:
    """Return the time from the start of the first task to the end of the last."""
    return float(tasks["complete"].max() - tasks["start"].min())


def peak(tasks: pd.DataFrame) -> float:
    """Return the largest sum, in GiB, of the peak memory of tasks that ran at the same time."""
    starts = tasks["start"].to_numpy()
    running = (tasks["start"].to_numpy()[:, None] <= starts) & (starts < tasks["complete"].to_numpy()[:, None])
    return float(np.max(tasks["peak"].to_numpy() @ running))


def tasks(path: Path) -> pd.DataFrame:
    """Read a raw trace with Nextflow's own columns: what each task took, also one of an earlier run that is reused.

    Returns
    -------
    One row per task: ``step``, ``tag``, ``done`` (it ended well, in this run or before), ``reused``, ``seconds``,
    ``processor`` (seconds of all processors), ``start`` and ``complete`` (seconds of the clock).
    """
    table = pd.read_csv(path, sep="\t", na_values="-").dropna(subset=["realtime", "submit", "duration"])
    name = table["name"].str.extract(r"(?:.*:)?(\w+)(?: \((.*)\))?$")
    seconds, complete = table["realtime"] / 1000, (table["submit"] + table["duration"]) / 1000
    return pd.DataFrame(
        {
            "step": name[0], "tag": name[1].fillna(""), "done": table["status"].isin(["COMPLETED", "CACHED"]),
            "reused": table["status"] == "CACHED", "seconds": seconds,
            "processor": seconds * table["%cpu"].fillna(0) / 100, "start": complete - seconds, "complete": complete,
        }
    )  # fmt: skip


def busy(tasks: pd.DataFrame) -> float:
    """Return the seconds in which at least one task ran: pauses between a run and its resumption do not count."""
    order = tasks.sort_values("start")
    ended = order["complete"].cummax().shift(fill_value=-np.inf)
    return float((order["complete"] - np.maximum(order["start"], ended)).clip(lower=0).sum())


def took(path: Path) -> dict[str, object]:
    """Return what a run took by its trace, with the tasks of earlier runs that it reused."""
    found = tasks(path)
    return {
        "tasks": len(found), "reused": int(found["reused"].sum()), "ended by their time": int((~found["done"]).sum()),
        "hours of processor": found["processor"].sum() / HOUR, "hours of tasks": found["seconds"].sum() / HOUR,
        "hours in which a task ran": busy(found) / HOUR,
    }  # fmt: skip
