"""What runs of the grid leave in docs/benchmarks/tables: simulations, sections, and what runs and tasks took.

The pages follow from these tables, so that a grid can run in parts, each with some of its cases, on any machine.
"""

from pathlib import Path

import pandas as pd

from . import paper_tables, simulations
from .grid_time import ALL, RUN

STEPS = {
    "cells": (paper_tables.STEP_1, paper_tables.of_step_1, "paper_step_1.csv"),
    "spots": (paper_tables.STEP_2, paper_tables.of_step_2, "paper_step_2.csv"),
}
"""The tidy tables of a run: the step of the paper, how its simulations follow, and where these are kept."""
TOOK, SECONDS, SECTIONS = "grid_took.csv", "grid_seconds.csv", "sections.csv"
TEXT = dict.fromkeys(("cell_type", "method", "composition", "case"), str)
PAPER = ["paired", "unpaired"]


def folder(docs: Path) -> Path:
    """Return the folder of the kept tables, which is made where it is missing."""
    found = docs / "benchmarks" / "tables"
    found.mkdir(parents=True, exist_ok=True)
    return found


def keep_simulations(docs: Path, results: Path, grid: str, steps: list[str]) -> None:
    """Keep the simulations of a run in place of the same cases of its grid.

    Parameters
    ----------
    docs
        Folder of the pages.
    results
        Folder of the run's tidy tables.
    grid
        Name of the grid.
    steps
        The keys of STEPS that ran.
    """
    for step in steps:
        _, simulated, name = STEPS[step]
        table = results / f"{step}.csv"
        if table.exists():  # not where cases without this step were asked for
            path = folder(docs) / name
            new = simulated(pd.read_csv(table, dtype=TEXT))
            kept = pd.read_csv(path) if path.exists() else new.assign(grid=grid).iloc[:0]
            simulations.merged(kept, new, grid).to_csv(path, index=False, float_format="%.6g")


def keep_sections(docs: Path, found: pd.DataFrame, day: str) -> pd.DataFrame:
    """Keep what the reduced grid found in sections, in place of the same cases, and return all that is kept.

    Parameters
    ----------
    docs
        Folder of the pages.
    found
        What `spots.by_method` returns.
    day
        On which the run ended.
    """
    path = folder(docs) / SECTIONS
    new = found.assign(ran=day)
    if path.exists():
        kept = pd.read_csv(path)
        new = pd.concat([kept[~kept["case"].isin(new["case"])], new])
    new.to_csv(path, index=False, float_format="%.6g")
    return pd.read_csv(path)


def paper_page(docs: Path, plans: dict[str, pd.DataFrame]) -> str:
    """Return the page of the paper's tables from the kept simulations.

    Parameters
    ----------
    docs
        Folder of the pages.
    plans
        All tasks of each grid.
    """
    found, lines = {}, []
    for step, (words, _, name) in STEPS.items():
        path = folder(docs) / name
        if path.exists():
            cases = {grid: cases_of(plan, step) for grid, plan in plans.items()}
            found[words], grids = simulations.shown(pd.read_csv(path), cases)
            lines += [f"- {words}, {kind} simulations: {told}" for kind, told in grids.items()]
    return paper_tables.text(paper_tables.tables(found), lines)


def cases_of(plan: pd.DataFrame, step: str) -> set[str]:
    """Return the cases of a grid that belong to a step of the paper."""
    if step == "spots":
        return set(plan.loc[plan["step"] == "SIMULATE_SECTION", "tag"].str.rsplit(".", n=3).str[0])
    return {case for case in _cases(plan) if case.partition("-")[0] in PAPER}


def of_disturbed(plan: pd.DataFrame) -> set[str]:
    """Return the cases of a plan that belong to the page on disturbed references."""
    return {case for case in _cases(plan) if case.partition("-")[0] not in [*PAPER, "whole"]}


def _cases(plan: pd.DataFrame) -> set[str]:
    """Return all cases of a plan: each cuts a reference once."""
    return set(plan.loc[plan["step"] == "SPLIT_REFERENCE", "tag"])


def keep_took(docs: Path, run: dict[str, object]) -> None:
    """Keep what a run took; it replaces runs of the same cases and steps, and a run of all cases those of some.

    Parameters
    ----------
    docs
        Folder of the pages.
    run
        Columns of RUN, and what `bench.runner.trace.took` returns.
    """
    path = folder(docs) / TOOK
    kept = took(docs)
    again = kept["grid"] == run["grid"]
    for column in ("cases", "steps"):
        again &= (kept[column] == run[column]) | (run[column] == ALL)
    pd.concat([kept[~again.astype(bool)], pd.DataFrame([run])]).to_csv(path, index=False, float_format="%.6g")


def took(docs: Path) -> pd.DataFrame:
    """Return what the kept runs took."""
    path = folder(docs) / TOOK
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=RUN)
