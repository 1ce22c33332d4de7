"""The page on the paper's two tables: ranks of methods over simulations, from bulk to cells and from cells to spots."""

import re
from typing import NamedTuple

import pandas as pd
from scipy.stats import wilcoxon
from statsmodels.stats.multitest import multipletests

from . import cells as of_cells
from . import runs as of_runs
from . import spots as of_spots
from .markdown import filled, markdown

OURS, OURS_BY_MEANS = "bulk2space", "bulk2space (means, no cells)"
OURS_BY_TYPE = "bulk2space (expression by type, no cells)"
METRICS = {"PCC": 1, "SRCC": 1, "RMSE": -1}
"""Of gene expression, as in the paper: 1 where more is better, -1 where less is."""
PAIRED, UNPAIRED = "paired", "unpaired"
SIMULATION = ["case", "kind", "simulation", "method"]
ENOUGH = 6  # simulations: with fewer, no outcome of the test is rarer than 5 %
STEP_1, STEP_2 = "Step 1, from bulk to cells", "Step 2, cells in spots"


class Part(NamedTuple):
    """A table of the paper: its step, its kind of simulations, and how many the paper has."""

    step: str
    kind: str
    in_paper: int

    @property
    def heading(self) -> str:
        """Return the heading of the table."""
        return f"{self.step}: {self.kind} simulations"

    @property
    def wide(self) -> str:
        """Return the heading of the table of all simulations, without methods that were run on some."""
        return f"{self.heading}, methods that were run on all"


PARTS = (
    Part(STEP_1, PAIRED, 30), Part(STEP_1, UNPAIRED, 12), Part(STEP_2, PAIRED, 50), Part(STEP_2, UNPAIRED, 60),
)  # fmt: skip
GENERATORS = {
    "default": OURS, "paper": "the published network", "gan": "GAN", "cgan": "CGAN",
    "bmind": "bMIND (own: normal model, posterior mean)", "by_type": OURS_BY_TYPE,
}  # fmt: skip
IN_SPOTS = {
    "auto": OURS, of_spots.MEANS: OURS_BY_MEANS, "published": "the published deep forest",
    "gradient_boosting": "gradient boosting",
    "decision_tree": "decision tree", "perceptron": "multi-layer perceptron", "deepgbm": "DeepGBM",
    "logistic_regression": "logistic regression", "rctd": "RCTD",
    "spatialdwls": "spatialDWLS (own: enrichment, then dampened weighted least squares)", "stereoscope": "stereoscope",
    "spotlight": "SPOTlight (own implementation: seeded NMF + NNLS)",
}  # fmt: skip


def tables(simulated: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables of the page by their headings.

    Parameters
    ----------
    simulated
        Simulations of each step, as `of_step_1` and `of_step_2` return them; without a step that was not run.
    """
    found = {}
    for part in [part for part in PARTS if part.step in simulated]:
        values = simulated[part.step]
        values = values[values["kind"] == part.kind]
        common, wide = of_all_methods(values), of_all_simulations(values)
        if _several(common["method"]):
            found[part.heading] = ranked(common, part.in_paper)
        if _several(wide["method"]) and wide["simulation"].nunique() > common["simulation"].nunique():
            found[part.wide] = ranked(wide, part.in_paper)
    return found


def _several(names: pd.Series) -> bool:
    return len(names.unique()) > 1


def of_all_methods(values: pd.DataFrame) -> pd.DataFrame:
    """Return the simulations on which every method was run, with a result or without."""
    methods = values.groupby("simulation")["method"].transform("nunique")
    return values[methods == values["method"].nunique()]


def of_all_simulations(values: pd.DataFrame) -> pd.DataFrame:
    """Return the methods that were run on every simulation."""
    simulations = values.groupby("method")["simulation"].transform("nunique")
    return values[simulations == values["simulation"].nunique()]


def of_step_1(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the simulations of step 1: means over seeds of one case and one composition of the bulk.

    Parameters
    ----------
    cells
        Tidy table of the grid: one row per run, type and metric.

    Returns
    -------
    One row per simulation and method: SIMULATION and the metrics.
    """
    runs = of_runs.by_run(cells).rename(columns=of_cells.SHOWN).reset_index()
    runs = runs[runs["protocol"].isin([PAIRED, UNPAIRED]) & runs["method"].isin(GENERATORS)]
    several = runs.groupby("case")["method"].transform("nunique") > 1
    simulation = runs["case"] + ", " + runs["composition"]
    named = runs.assign(kind=runs["protocol"], simulation=simulation, method=runs["method"].map(GENERATORS))
    return _mean(named[several])


def of_step_2(spots: pd.DataFrame) -> pd.DataFrame:
    """Return the simulations of step 2, the expression of spots of one section each, as `of_step_1` does.

    Parameters
    ----------
    spots
        Tidy table of the grid: one row per section, method and metric.
    """
    values = spots[spots["method"].isin(IN_SPOTS) & (spots["status"] != of_spots.NOT_INSTALLED)]
    section = ["case", "protocol", "recipe", "n_spots", "seed", "method"]
    wide = values.pivot_table(index=section, columns="metric", values="value").reindex(
        columns=list(of_spots.EXPRESSION)
    )
    runs = values[section].drop_duplicates().merge(wide.rename(columns=of_spots.EXPRESSION), on=section, how="left")
    simulation = runs[["case", "recipe", "n_spots"]].astype(str).agg(", ".join, axis=1)
    kind = runs["protocol"].where(runs["protocol"] == UNPAIRED, PAIRED)
    return _mean(runs.assign(kind=kind, simulation=simulation, method=runs["method"].map(IN_SPOTS)))


def _mean(runs: pd.DataFrame) -> pd.DataFrame:
    grouped = runs.groupby(SIMULATION, sort=False)
    return grouped[list(METRICS)].mean().join(grouped["seed"].nunique().rename("seeds")).reset_index()


def ranked(values: pd.DataFrame, in_paper: int) -> pd.DataFrame:
    """Return one row per method, the best mean rank first.

    Parameters
    ----------
    values
        simulation, method and metrics.
    in_paper
        How many simulations the paper has.

    Returns
    -------
    For each metric its mean, the mean rank (1 is best; a method without a result is the last) and the p-value of the
    difference from ours: Wilcoxon's signed-rank test over simulations, two-sided, by Holm's way over the methods. It is
    empty for fewer than ENOUGH simulations.
    """
    rows: dict[str, dict[str, object]] = {method: {"method": method} for method in values["method"].unique()}
    for metric, sign in METRICS.items():
        table = values.pivot_table(index="simulation", columns="method", values=metric, dropna=False)
        ranks = (sign * table).rank(axis=1, ascending=False, na_option="bottom").mean()
        p = p_values(sign * table)
        for method, row in rows.items():
            row |= {
                metric: table[method].mean(),
                f"rank, {metric}": ranks[method],
                f"p, {metric}": p.get(method, float("nan")),
            }
    counts = values.dropna(subset=list(METRICS)).groupby("method")["simulation"].nunique()
    for method, row in rows.items():
        row["simulations"] = int(counts.get(method, 0))
        row["of"], row["in the paper"] = values["simulation"].nunique(), in_paper
    ranks = [f"rank, {metric}" for metric in METRICS]
    found = pd.DataFrame(rows.values())
    return found.iloc[found[ranks].mean(axis=1).argsort(kind="stable")].reset_index(drop=True)


def p_values(table: pd.DataFrame) -> dict[str, float]:
    """Return the p-value of each method beside ours, by Holm's way; none for fewer than ENOUGH simulations."""
    found = {}
    for method in [name for name in table if name != OURS]:
        both = table[[OURS, method]].dropna()
        if len(both) >= ENOUGH and (both[OURS] != both[method]).any():
            found[method] = wilcoxon(both[OURS], both[method]).pvalue
    return dict(zip(found, multipletests(list(found.values()), method="holm")[1], strict=True)) if found else {}


def text(found: dict[str, pd.DataFrame], grids: list[str]) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    found
        Tables by their headings.
    grids
        A line for each table: of which grid it is.
    """
    parts = {f"part_{number}": _shown(found, part) for number, part in enumerate(PARTS, start=1)} | {
        f"heading_{number}": part.heading for number, part in enumerate(PARTS, start=1)
    }
    return filled("paper_tables", said=said(found), enough=ENOUGH, grids=grids, absent=absent(found), **parts)


def _shown(found: dict[str, pd.DataFrame], part: Part) -> list[str]:
    """Return the tables of a part: that of all methods, and that of all simulations where these are more."""
    lines = markdown(found[part.heading]) if part.heading in found else []
    return lines + (["", f"### {part.wide}", "", *markdown(found[part.wide])] if part.wide in found else [])


def said(found: dict[str, pd.DataFrame]) -> list[str]:
    """Return a line for each table: how many simulations there are, who is first, and where we are."""
    lines = []
    for heading, table in found.items():
        ranks = table.set_index("method")[[f"rank, {metric}" for metric in METRICS]].mean(axis=1)
        place = _place(ranks, OURS)
        lines.append(
            f"- {heading}: {table['of'].iloc[0]} here, {table['in the paper'].iloc[0]} in the paper. "
            f"bulk2space is number {place} of {len(ranks)} by its mean rank ({ranks[OURS]:.1f})"
            + ("." if place == 1 else f", behind {', '.join(map(short, ranks.index[ranks < ranks[OURS]]))}.")
            + _among_alike(ranks)
        )
    return lines


def absent(found: dict[str, pd.DataFrame]) -> str:
    """Return a sentence on the programs of other authors without a row in step 2; nothing where all have one."""
    of_step = [table for heading, table in found.items() if heading.startswith(STEP_2)]
    ranked_ones = {method for table in of_step for method in table["method"]}
    names = [IN_SPOTS[name] for name in of_spots.WITHOUT_CELLS if name in IN_SPOTS]
    missing = ", ".join(short(name) for name in names if name not in ranked_ones)
    if not of_step or not missing:
        return ""
    return f"Left out of step 2, because not installed when the grid ran (`make bench-tools` installs it): {missing}."


def short(method: str) -> str:
    """Return a method's name, of an own implementation without what it consists of."""
    return re.sub(r" \(own.*\)", " (own code)", method)


def _among_alike(ranks: pd.Series) -> str:
    """Return where ours are among the methods with cells and among those without; nothing for a table of one kind."""
    of_step_2 = [IN_SPOTS[name] for name in of_spots.WITHOUT_CELLS if name in IN_SPOTS]
    for ours, others in ((OURS_BY_TYPE, [GENERATORS["bmind"]]), (OURS_BY_MEANS, of_step_2)):
        if ours in ranks:
            without = ranks.index.isin([ours, *others])
            return (
                f" Of the {sum(~without)} methods with cells, bulk2space is number {_place(ranks[~without], OURS)}. "
                f"Of the {sum(without)} without, *{ours}* is number {_place(ranks[without], ours)}."
            )
    return ""


def _place(ranks: pd.Series, method: str) -> int:
    return int((ranks < ranks[method]).sum()) + 1
