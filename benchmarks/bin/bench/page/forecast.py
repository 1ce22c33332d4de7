"""How long a run of the grid of benchmarks will take, from the seconds that its tasks took before.

A task of the same name and grid says it best. Without one, the tasks that are most like it do: those of the same
method on data of the same size, or of the same method. Seconds grow with the number of spots where there are spots.
They are those of the processor, which a task needs on a core of its own: other work on the machine hardly changes them.
"""

from pathlib import Path

import pandas as pd

from .costs import line

TASK = ["grid", "step", "tag"]
LIKE = (["grid", "step", "size", "method"], ["step", "size", "method"], ["step", "method"])
"""What a task has in common with those that stand for it, the closest first."""
CORES = 2  # that the grid uses, one for each task (benchmarks/nextflow.config)
LINE = ["start", "slope", "ended"]
AT_LIMIT = 0.9  # of the limit of its training, from which on a task is said to have been ended by it


def read_plan(path: Path, grid: str) -> pd.DataFrame:
    """Return the planned tasks of a grid: grid, step, tag, size, method, spots, and limit of a training in seconds."""
    return pd.read_csv(path, dtype={"size": str, "method": str}, keep_default_na=False).assign(grid=grid)


def expected(plan: pd.DataFrame, plans: pd.DataFrame, seconds: pd.DataFrame) -> pd.DataFrame:
    """Return the plan with the seconds of each task, and whether this very task was measured.

    Parameters
    ----------
    plan
        Tasks of the run.
    plans
        Tasks of all grids, which say what is known of a task by its name.
    seconds
        Grid, step, tag, seconds of the processor and of the clock of finished tasks. Those in no plan are left out.

    Returns
    -------
    The plan with ``seconds``, NaN where no task of the method was measured, and ``measured``.
    """
    was = plans.merge(seconds, on=TASK)
    found = plan.merge(seconds[[*TASK, "seconds"]], on=TASK, how="left")
    found["measured"] = found["seconds"].notna()
    for keys in LIKE if len(was) else ():
        alike = pd.DataFrame([(*key, *_line(own)) for key, own in was.groupby(keys)], columns=[*keys, *LINE])
        told = found[keys].merge(alike, on=keys, how="left")
        by_spots = told["start"] + told["slope"] * found["spots"]
        ended = told["ended"].eq(True) & (found["limit"] > 0)  # a training takes the whole limit of the new run
        found["seconds"] = found["seconds"].fillna(by_spots.mask(ended, found["limit"]))
    return found


def _line(tasks: pd.DataFrame) -> tuple[float, float, bool]:
    """Return start and slope of the seconds over spots, and whether the limit of a training ended all tasks."""
    ended = bool(((tasks["limit"] > 0) & (tasks["clock"] >= AT_LIMIT * tasks["limit"])).all())
    if (tasks["spots"] > 0).all():
        return *line(tasks["spots"], tasks["seconds"].clip(lower=1e-3)), ended
    return float(tasks["seconds"].mean()), 0.0, ended


def hours(tasks: pd.DataFrame) -> float:
    """Return the hours that tasks take on the cores of the grid, if these are never idle."""
    return float(tasks["seconds"].sum() / CORES / 3600)
