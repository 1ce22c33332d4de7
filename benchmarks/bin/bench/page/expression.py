"""The page on expression by cell type and sample."""

import pandas as pd

from .markdown import filled

OWN, BULK, TIMES, REFERENCE, BMIND = "default", "bulk", "bulk × proportion", "reference", "bMIND"
ALL = "all types"
METHODS, TYPES, CALIBRATED = "Correlation over the samples", "By cell type", "Calibrated cells"
LEAST, MOST = 0.85, 0.99
MOVED, OFFSET = 0.1, 0.1
"""Spread over the samples, relative to the mean plus an offset per 10 000, from which calibration changes a gene."""


def text(methods: pd.DataFrame, types: pd.DataFrame, calibrated: pd.DataFrame) -> str:
    """Return the page in Markdown; one row per set and method, per set and type, and per set."""
    absent = methods["resolvable"].isna() & (methods["method"] == BMIND)
    missing = f"{BMIND} was not run: the R package MIND was not installed." if absent.any() else ""
    judging = "" if (methods["role"] == "judging").any() else "The sets kept for judging were not run."
    whole = types[types["cell type"] == ALL]
    covered = whole["in interval"].between(LEAST, MOST)
    return filled(
        "expression",
        methods_heading=METHODS,
        types_heading=TYPES,
        calibrated_heading=CALIBRATED,
        best=_best(methods, "resolvable"),
        best_of_all=_best(methods, "all"),
        moved=f"{MOVED * 100:.0f} %",
        covered=f"{covered.sum()} of {len(whole)}",
        least=f"{LEAST * 100:.0f}",
        most=f"{MOST * 100:.0f} %",
        notes=" ".join(filter(None, (judging, missing))),
        methods=methods[~absent],
        types=types,
        calibrated=calibrated,
    )


def _best(methods: pd.DataFrame, column: str) -> str:
    """Return in how many sets the estimate has the largest value of a column, of those where it has one."""
    wide = methods.pivot(index="set", columns="method", values=column)
    judged = wide.dropna(subset=[OWN])
    won = (judged.idxmax(axis=1) == OWN).sum()
    return f"{won} of {len(judged)}"
