"""The page on intervals of proportions: how often do they hold the truth, and how wide are they?"""

import pandas as pd

from .markdown import filled

METHOD_OF_DEFAULT, PUBLISHED = "negative_binomial", "paper"
FIGURES = ["coverage", "width", "score", "error"]
OF_DEFAULT = "The default estimator"
"""Heading of its table."""
LOWEST, HIGHEST = 0.85, 0.99
"""Coverage that a 95 % interval may have in a case."""


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    table
        One row per case, kind of file and method.
    """
    of = {name: part.drop(columns="method") for name, part in table.groupby("method")}
    return filled(
        "intervals", summary=summary(table), default=of[METHOD_OF_DEFAULT], paper=of[PUBLISHED],
        lowest=f"{100 * LOWEST:.0f}", highest=f"{100 * HIGHEST:.0f}",
    )  # fmt: skip


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean figures of each kind of case and method, and how many cases are covered too seldom or too often."""
    keys = ["method", "kind", "role"]
    found = table.groupby(keys, sort=False)[FIGURES].mean()
    found.insert(0, "cases", table.groupby(keys, sort=False).size())
    found.insert(2, "lowest coverage", table.groupby(keys, sort=False)["coverage"].min())
    by = [table[key] for key in keys]
    found[f"below {LOWEST}"] = (table["coverage"] < LOWEST).groupby(by, sort=False).sum()
    found[f"above {HIGHEST}"] = (table["coverage"] > HIGHEST).groupby(by, sort=False).sum()
    return found.reset_index().sort_values(["method", "role"], ascending=[True, False], kind="stable")
