"""The page on a small run with sections of two sizes: time and memory of each task, and disk."""

import pandas as pd

from .markdown import filled

CELLS, PLACED, SPOTS = "1 000 generated cells", "1 000 placed cells", "1 000 spots"
WORK = "work folder, beside the results"
NAMES = {"seconds": "seconds", "peak": "peak memory, GiB", "cells": "reference cells", "spots": "spots"}
STEPS, DISK = "Time and memory of each task", "Disk"  # headings


def text(steps: pd.DataFrame, disk: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    steps
        One row per task: step, and the columns of :data:`NAMES`.
    disk
        files, unit, MB.
    """
    return filled("small_run", steps=steps, disk=disk)
