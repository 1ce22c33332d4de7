"""The page on large references: what more cells gain, and what an atlas costs."""

import json
from pathlib import Path

import pandas as pd

from ..cases.atlas import DONORS, LIBRARIES
from .markdown import filled, markdown

TABLES = ("curve", "generator", "costs")
ALL = "all"
OF_GENERATED = """## Generated cells

*Mean* and *spread* are correlations between generated and held-out cells: of the genes' means and of their standard
deviations, in the mean over types of enough held-out cells."""
KEYS = ["set", "cells of a type"]
COMPARED = ["markers shared", "RMSE between", "PCC between"]
FROM_ALL, BETWEEN = "from all", "between seeds"
MINUTES, GIB = 20, 8  # that reading and training may take together, and memory


def text(curve: pd.DataFrame, generator: pd.DataFrame, costs: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    curve
        One row per set, number of cells of a type, and seed.
    generator
        One row per set and number of cells of a type.
    costs
        One row per atlas.
    """
    return filled(
        "atlas", curve=gained(curve), noise=noise(curve), generated=generated(generator), costs=costs,
        donors=DONORS, libraries=LIBRARIES, minutes=MINUTES, gib=GIB,
    )  # fmt: skip


def generated(table: pd.DataFrame) -> str:
    """Return the chapter on generated cells; nothing where they were not measured."""
    return "\n".join([OF_GENERATED, "", *markdown(table), "", ""]) if len(table) else ""


def read(path: Path) -> pd.DataFrame:
    """Return a table; one without rows where it was not measured."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def gained(curve: pd.DataFrame) -> pd.DataFrame:
    """Return means over seeds of what more cells of a type gain."""
    if curve.empty:
        return curve
    groups = curve.groupby(KEYS, sort=False)
    table = groups[["cells", "RMSE", "PCC"]].mean()
    table.insert(2, "RMSE, sd of seeds", groups["RMSE"].std())
    return table.reset_index()


def noise(curve: pd.DataFrame) -> pd.DataFrame:
    """Return how far markers and proportions are from those of all cells and of another choice, means over seeds."""
    if curve.empty:
        return curve
    thinned = curve[curve["cells of a type"].astype(str) != ALL]
    parts = []
    for which in (FROM_ALL, BETWEEN):
        names = {f"{name}, {which}": f"{name.removesuffix(' between')}, {which}" for name in COMPARED}
        parts.append(thinned.groupby(KEYS, sort=False)[list(names)].mean().rename(columns=names))
    return pd.concat(parts, axis=1).reset_index()


def kept_of(findings: Path) -> dict[str, int]:
    """Return how many cells and types a reference has after thinning."""
    found = json.loads(findings.read_text())
    return {"cells kept": found["shape"][0], "types": len(found["types"])}
