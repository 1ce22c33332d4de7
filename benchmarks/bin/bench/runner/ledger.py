"""What the tasks of the grid took in all runs so far, also in those whose trace is lost."""

from pathlib import Path

import pandas as pd

from . import trace

TASK = ["grid", "step", "tag"]
KNOWN = [*TASK, "seconds", "clock"]


def known(results: Path, ledger: Path, grids: tuple[str, ...]) -> pd.DataFrame:
    """Return the finished tasks of all runs so far, the newest of each name: grid, step, tag, seconds, clock.

    A trace is lost when the next run begins. Its seconds are therefore kept in a file of their own, beside the pages: a
    new machine also knows how long a run will take.

    Parameters
    ----------
    results
        Folder of the grids' traces.
    ledger
        File of the kept seconds, which is written again.
    grids
        Names of the grids.
    """
    parts = [pd.read_csv(ledger)] if ledger.exists() else []
    for grid in grids:
        path = results / grid / "trace.txt"
        if path.exists():
            done = trace.tasks(path).query("done").rename(columns={"seconds": "clock", "processor": "seconds"})
            parts.append(done.assign(grid=grid)[KNOWN])
    if not parts:
        return pd.DataFrame(columns=KNOWN).astype({"seconds": float, "clock": float})
    found = pd.concat(parts).drop_duplicates(TASK, keep="last")
    found.to_csv(ledger, index=False, float_format="%.4g")
    return found
