"""The page on unknown shares: is mRNA of a cell type that the reference lacks noticed?"""

import numpy as np
import pandas as pd
from bulk2space.contract.verdicts import MUCH_UNKNOWN

from .markdown import filled

UNLIKE = 0.9
"""Correlation with the most similar type that is left, below which a removed type counts as unlike the others."""
LARGE = 0.2
"""Shares from which on a removed type should be noticed."""


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown (table: unknown.csv)."""
    removed, nothing = table[table["removed"] != "nothing"], table[table["removed"] == "nothing"]
    unlike, large = removed[removed["likeness"] < UNLIKE], removed[removed["truth"] >= LARGE]
    bins = np.array([0, 0.075, 0.15, 0.25, 0.4, 1])
    shares = removed.assign(true_share=pd.cut(removed["truth"], bins).astype(str))
    return filled(
        "unknown",
        limit=f"{MUCH_UNKNOWN:.0%}",
        large=len(large),
        large_limit=f"{LARGE:.0%}",
        noticed=large["noticed"].sum(),
        untold=large["unknown"].isna().sum(),
        alarms=nothing["noticed"].sum(),
        complete=len(nothing),
        error=f"{(removed['unknown'] - removed['truth']).abs().mean():.2f}",
        unlike_limit=UNLIKE,
        nothing=_counted(nothing),
        removed=_counted(large),
        unlike=_counted(unlike[unlike["truth"] >= LARGE]),
        errors=_errors(removed),
        unlike_errors=_errors(unlike),
        shares=shares.groupby(["bulk", "reference", "true_share"])["unknown"].median().unstack().reset_index(),
        types=_counted(large, ["bulk", "reference", "removed"]),
    )


def _counted(table: pd.DataFrame, by: list[str] | None = None) -> pd.DataFrame:
    """Return how often an unknown type was noticed, and how large its share was said to be."""
    groups = table.groupby(by or ["bulk", "reference"])
    found = groups.agg(truth=("truth", "median"), unknown=("unknown", "median"), noticed=("noticed", "sum"))
    return found.assign(
        untold=groups["unknown"].apply(lambda one: one.isna().sum()), samples=groups.size()
    ).reset_index()


def _errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the absolute error of the share, by bulk and reference."""
    table = table.dropna(subset="unknown")
    table = table.assign(error=(table["unknown"] - table["truth"]).abs())
    table = table.assign(within=table["error"] <= 0.1)
    found = table.groupby(["bulk", "reference"]).agg(
        mean_error=("error", "mean"), within_0_1=("within", "mean"), samples=("error", "size")
    )
    return found.reset_index()
