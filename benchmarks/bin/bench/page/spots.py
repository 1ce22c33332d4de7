"""The page on cells in simulated sections: composition and expression of spots, beside rivals."""

from pathlib import Path

import pandas as pd
from bulk2space.spots.pseudo_spots import DEEPEST_SPOT, THINNED_SPOT

from ..cases.sections import CONCENTRATION
from .cells import command, sets_by_role
from .markdown import filled

KEYS = ["role", "set", "protocol", "recipe", "n_spots"]
OWN, FOREST, CONSTANT, MEANS = "auto", "deep_forest", "constant", "means"
METHODS = (
    OWN, FOREST, MEANS, "cosine", "random", "published", "log_nnls", CONSTANT, "logistic_regression", "decision_tree",
    "gradient_boosting", "perceptron", "deepgbm", "linear_assignment", "spotlight", "spatialdwls", "rctd",
    "flashdeconv", "tangram", "cell2location", "stereoscope",
)  # fmt: skip
COMPOSITION = {
    "pcc_whole": "PCC", "srcc_whole": "SRCC", "rmse_whole": "RMSE",
    "pcc_composition": "PCC, unrounded", "srcc_composition": "SRCC, unrounded", "rmse_composition": "RMSE, unrounded",
}  # fmt: skip
EXPRESSION = {
    "pcc_expression": "PCC", "srcc_expression": "SRCC", "rmse_expression": "RMSE", "pcc_genes": "PCC over spots",
}  # fmt: skip
SAME_QUOTAS = (
    FOREST,
    MEANS,
    "cosine",
    "random",
    "published",
    "logistic_regression",
    "decision_tree",
    "gradient_boosting",
    "perceptron",
    "deepgbm",
)
"""Methods that place cells into the default's composition, so that only their expression can differ."""
WITHOUT_CELLS = ("spotlight", "spatialdwls", "rctd", "flashdeconv", "tangram", "cell2location", "stereoscope")
OF_COMPOSITION, OF_EXPRESSION = "Composition of spots", "Expression of spots"
WON = "How often the default is closer in expression"
NOT_INSTALLED = "not installed"
RAN = "ran"


def read(folder: Path) -> pd.DataFrame:
    """Return the tidy table of a run's folder.

    Seconds are those that a method measured itself, else the wall time of its tasks. The pipeline's own include the fit
    of the section, which all its scorers share.
    """
    table = pd.read_csv(folder / "spots.csv")
    trace = pd.read_csv(folder / "trace.txt", sep="\t").drop_duplicates("name", keep="last")
    task = trace["name"].str.extract(r"(\w+) \((.+)\)")
    seconds = (trace["realtime"].astype(float) / 1000).groupby([task[0], task[1]]).first()
    section = table["case"] + "." + table["recipe"] + "." + table["n_spots"].astype(str) + "."
    section += table["seed"].astype(str) + "."
    fit = section + table["method"].where(table["method"] == "log_nnls", "model")
    placed, fitted, other = (
        names.map(seconds[seconds.index.get_level_values(0) == step].droplevel(0))
        for step, names in (
            ("MAP_SPOTS", section + table["method"]), ("FIT_SPOTS", fit), ("EXTERNAL_TOOL", section + table["method"])
        )
    )  # fmt: skip
    return table.assign(seconds=table["seconds"].fillna(placed + fitted.fillna(0)).fillna(other))


def tables(kept: pd.DataFrame) -> dict:
    """Return what the page shows: tables of composition and expression, and the methods that are not installed.

    Parameters
    ----------
    kept
        Rows of :func:`by_method`, with the day on which each case ``ran``.
    """
    runs = kept.copy()
    runs["order"] = runs["method"].map({name: place for place, name in enumerate(METHODS)})
    absent = runs.loc[runs["status"] == NOT_INSTALLED].sort_values("order")["method"].unique().tolist()
    runs = runs[runs["status"] != NOT_INSTALLED]
    expression = _shown(runs[runs["method"] != CONSTANT], EXPRESSION)
    return {
        OF_COMPOSITION: _shown(runs[~runs["method"].isin(SAME_QUOTAS)], COMPOSITION),
        OF_EXPRESSION: expression,
        WON: closer(expression[~expression["method"].isin(["log_nnls", MEANS, *WITHOUT_CELLS])], "PCC"),
        NOT_INSTALLED: absent,
        RAN: kept.groupby("ran")["case"].unique().to_dict(),
    }


def by_method(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per section and method: `case`, `status`, `kind`, `seconds`, and a column per metric.

    Parameters
    ----------
    table
        One row per section, method and metric.
    """
    keys = [*KEYS, "method"]
    wide = table.pivot_table(index=keys, columns="metric", values="value", aggfunc="mean")
    first = table.groupby(keys)[["case", "kind", "status", "seconds"]].first()
    return first.join(wide.reindex(columns=[*COMPOSITION, *EXPRESSION])).reset_index()


def _shown(runs: pd.DataFrame, metrics: dict[str, str]) -> pd.DataFrame:
    """Return one row per section and method; a method that left no result keeps its row and says so."""
    order = [*KEYS, "order"]
    shown = runs.sort_values(order, ascending=[name != "role" for name in order])
    ending = shown["status"].map(lambda word: "" if word == "done" else f" ({word})")
    shown = shown.assign(method=shown["method"] + ending, n_spots=shown["n_spots"].astype(int))
    return shown[[*KEYS, "method", *metrics, "seconds"]].rename(columns=metrics | {"n_spots": "spots"})


def text(found: dict, settings: dict) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    found
        What :func:`tables` returns.
    settings
        Parameters of the run.
    """
    absent = ", ".join(found[NOT_INSTALLED])
    days = "; ".join(f"on {day}: {', '.join(cases)}" for day, cases in found[RAN].items())
    return filled(
        "spots", command=command(settings), roles=sets_by_role({OF_COMPOSITION: found[OF_COMPOSITION]}),
        concentration=CONCENTRATION, deepest=f"{DEEPEST_SPOT:,}", thinned=f"{THINNED_SPOT:,}",
        not_installed=f"Left out, because not installed in this run (`make bench-tools`): {absent}." if absent else "",
        ran=f"The cases ran {days}.",
        composition=found[OF_COMPOSITION], expression=found[OF_EXPRESSION], won=found[WON],
    )  # fmt: skip


def closer(table: pd.DataFrame, metric: str, sign: int = 1) -> pd.DataFrame:
    """Return, by method, in how many sections the default is better, and in how many both have a value.

    Parameters
    ----------
    table
        One row per section and method.
    metric
        Name of the column.
    sign
        1 where more is better, -1 where less is.

    Returns
    -------
    Columns `than`, `closer in`, `sections`; no row where the default was not run.
    """
    sections = ["role", "set", "protocol", "recipe", "spots"]
    values = sign * table.pivot_table(index=sections, columns="method", values=metric)
    rows = []
    for name in [name for name in METHODS if name in values and name != OWN and OWN in values]:
        both = values[[OWN, name]].dropna()
        rows.append((name, int((both[OWN] > both[name]).sum()), len(both)))
    return pd.DataFrame(rows, columns=["than", "closer in", "sections"])
