"""The page on sections of Visium HD: time and memory of each step by number of bins."""

import numpy as np
import pandas as pd

from ..cases.large_section import CAPTURED, CELLS_PER_BIN, MICROMETERS
from .markdown import filled

MOST_MINUTES, MOST_GB = 75, 10
LINEAR = 1.2  # CPU time of a bin in the largest section over that in the smallest, at most
TOGETHER = "these steps together"
ROUNDED = {"seconds": 0, "CPU seconds": 0, "peak memory, GB": 1, "load before": 1}


def text(rows: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    rows
        bins, step, seconds, CPU seconds, peak memory and the load of the machine before the step; one row per size and
        step.
    """
    return filled(
        "hd", cells_per_bin=CELLS_PER_BIN, micrometers=f"{MICROMETERS:g}", captured=f"{CAPTURED:.0%}",
        measured=rows.round(ROUNDED), growth=growth(rows), reached=reached(rows),
    )  # fmt: skip


def growth(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a line fitted to the CPU time of each step and of all together, and how the time of a bin changes."""
    together = rows.groupby("bins", as_index=False)["CPU seconds"].sum().assign(step=TOGETHER)
    lines = []
    for step, own in pd.concat([rows, together]).sort_values("bins", kind="stable").groupby("step", sort=False):
        if own["bins"].nunique() < 2:
            continue
        slope, start = np.polyfit(own["bins"], own["CPU seconds"], 1)
        of_bin = own["CPU seconds"] / own["bins"]
        lines.append(
            {
                "step": step, "CPU seconds at start": start, "CPU seconds per 1 000 bins": 1000 * slope,
                "time of a bin, largest over smallest section": of_bin.iloc[-1] / of_bin.iloc[0],
            }
        )  # fmt: skip
    return pd.DataFrame(lines)


def reached(rows: pd.DataFrame) -> str:
    """Return in words how long the largest section takes, how much memory, and whether time is linear."""
    most = rows["bins"].max()
    largest = rows[rows["bins"] == most]
    minutes, cpu, memory = largest["seconds"].sum() / 60, largest["CPU seconds"].sum() / 60, largest["peak memory, GB"]
    words = (
        f"A section of {most:,} bins took {minutes:.0f} minutes in these steps together, {cpu:.0f} minutes of CPU time "
        f"(aim: {MOST_MINUTES} minutes), and at most {memory.max():.1f} GB in one of them (aim: {MOST_GB})."
    )
    lines = growth(rows)
    if lines.empty:
        return words
    ratio = float(lines.set_index("step").iloc[:, -1][TOGETHER])
    grows = "at most in proportion to the bins" if ratio <= LINEAR else "faster than the bins"
    return (
        f"{words} CPU time grows {grows}: a bin of this section takes {ratio:.2f} times as long as one of the smallest."
    )
