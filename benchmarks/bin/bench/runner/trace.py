"""What Nextflow's trace says of a run: time and memory by step, and the memory of all tasks at once."""

from pathlib import Path

import numpy as np
import pandas as pd

GIB = 2**30
CONFIG = "trace.raw = true\ntrace.fields = 'name,status,start,complete,realtime,peak_rss'\n"
"""Numbers instead of words: `-c` with a file of this."""


def read(path: Path) -> pd.DataFrame:
    """Read a raw trace: step, tag, start and complete in seconds, seconds, and peak memory in GiB, one row per task."""
    table = pd.read_csv(path, sep="\t", na_values="-")
    step = table["name"].str.split(" ").str[0].str.split(":").str[-1]
    tag = table["name"].str.extract(r"\((.*)\)")[0]
    times = table[["start", "complete", "realtime"]].astype(float) / 1000
    peak = table["peak_rss"].fillna(0).astype(float) / GIB
    return pd.DataFrame({"step": step, "tag": tag, "peak": peak}).join(times.rename(columns={"realtime": "seconds"}))


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
