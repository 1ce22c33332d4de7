"""The page on the number of tasks of a samplesheet."""

import pandas as pd

from .markdown import filled

TASKS = "Stub runs: the tasks of a samplesheet"  # heading


def text(tasks: pd.DataFrame, *, sizes: tuple[int, int, int], minutes: float) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    tasks
        process, planned, ran.
    sizes
        Rows, references and sections of the samplesheet.
    minutes
        How long the stub run took.
    """
    rows, references, sections = sizes
    return filled(
        "stub_run", rows=rows, references=references, sections=sections, minutes=f"{minutes:.0f}",
        said=compared(tasks), tasks=tasks,
    )  # fmt: skip


def compared(tasks: pd.DataFrame) -> str:
    """Return in words whether as many tasks ran as planned."""
    wrong = tasks.loc[tasks["planned"] != tasks["ran"], "process"]
    total = f"{tasks['ran'].sum()} tasks ran"
    if wrong.empty:
        return f"{total}, of each process as many as the plan says."
    return f"{total}; the plan says otherwise of {', '.join(wrong)}."
