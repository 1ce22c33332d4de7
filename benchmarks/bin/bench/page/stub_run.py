"""The page on the number of tasks of a samplesheet, and on what the demo needs."""

import pandas as pd

from .markdown import filled

CELLS, PLACED, SPOTS = "1 000 generated cells", "1 000 placed cells", "1 000 spots"
WORK = "work folder, beside the results"
NAMES = {"seconds": "seconds", "peak": "peak memory, GiB", "cells": "reference cells", "spots": "spots"}
TASKS, STEPS, DISK = "Tasks of a samplesheet", "A small run", "Disk"  # headings


def text(
    tasks: pd.DataFrame,
    steps: pd.DataFrame,
    disk: pd.DataFrame,
    *,
    sizes: tuple[int, int, int],
    minutes: float,
    load: float,
) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    tasks
        process, planned, ran.
    steps
        One row per task of the small run: step, and the columns of :data:`NAMES`.
    disk
        files, unit, MB.
    sizes
        Rows, references and sections of the samplesheet of the stub run.
    minutes, load
        How long the stub run took, and the number of processes that the machine ran before it.
    """
    rows, references, sections = sizes
    return filled(
        "stub_run", rows=rows, references=references, sections=sections, minutes=f"{minutes:.0f}", load=f"{load:.0f}",
        said=compared(tasks), tasks=tasks, steps=steps, disk=disk,
    )  # fmt: skip


def compared(tasks: pd.DataFrame) -> str:
    """Return in words whether as many tasks ran as planned."""
    wrong = tasks.loc[tasks["planned"] != tasks["ran"], "process"]
    total = f"{tasks['ran'].sum()} tasks ran"
    if wrong.empty:
        return f"{total}, of each process as many as the plan says."
    return f"{total}; the plan says otherwise of {', '.join(wrong)}."
