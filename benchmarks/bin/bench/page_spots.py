"""The part of the page of benchmarks on step 2, spots, from tables alone."""

from pathlib import Path

import pandas as pd

from .markdown import markdown

KEYS = ["role", "set", "protocol", "recipe", "n_spots"]
METHODS = {
    "deep_forest": "the pipeline as it is: composition by one model over the section, deep forest",
    "cosine": "the same with cosine similarity (`--scorer cosine`)",
    "random": "the same with random cells of the type (`--scorer random`)",
    "published": "the same with the published forest on all markers (`--scorer published`)",
    "log_nnls": "composition as published: least squares on log values, 500 markers a type; random cells of the type",
    "constant": "the section's true mean composition in every spot: a bar for compositions, and no method",
    "logistic_regression": "logistic regression on the deep forest's pairs and features",
    "decision_tree": "a decision tree on them",
    "gradient_boosting": "gradient boosting on them",
    "perceptron": "a two-layer perceptron on them",
    "linear_assignment": "one linear assignment on correlation (CytoSPACE's formulation), which decides on types, too",
    "rctd": "RCTD in full mode (`rctd-py`)",
    "flashdeconv": "FlashDeconv, Pearson residuals",
    "tangram": "Tangram on the types' means (`tangram-sc`)",
    "cell2location": "cell2location",
    "stereoscope": "stereoscope in `scvi-tools`",
}
MISSING = ["bMIND", "SPOTlight", "spatialDWLS", "DeepGBM"]
COMPOSITION = {
    "pcc_whole": "PCC", "srcc_whole": "SRCC", "rmse_whole": "RMSE",
    "pcc_composition": "PCC, shares", "srcc_composition": "SRCC, shares", "rmse_composition": "RMSE, shares",
}  # fmt: skip
EXPRESSION = {
    "pcc_expression": "PCC", "srcc_expression": "SRCC", "rmse_expression": "RMSE", "pcc_genes": "PCC over spots",
}  # fmt: skip
SAME_QUOTAS = (
    "cosine",
    "random",
    "published",
    "logistic_regression",
    "decision_tree",
    "gradient_boosting",
    "perceptron",
)
"""Methods that place cells under the default's quotas: their composition is the default's."""


def read(folder: Path) -> pd.DataFrame | None:
    """Return the tidy table of a run's folder, None where there is none.

    Seconds are a method's own where it tells them, else the wall time of its task.
    """
    path = folder / "spots.csv"
    if not path.exists():
        return None
    table = pd.read_csv(path)
    trace = pd.read_csv(folder / "trace.txt", sep="\t").drop_duplicates("name", keep="last")
    task = trace["name"].str.extract(r"(?:MAP_SPOTS|EXTERNAL_TOOL) \((.+)\)")[0]
    seconds = (trace["realtime"].astype(float) / 1000).set_axis(task)
    names = table["case"] + "." + table["recipe"] + "." + table["n_spots"].astype(str) + "." + table["method"]
    return table.assign(seconds=table["seconds"].fillna(names.map(seconds[seconds.index.notna()])))


def by_method(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a section and method: `status`, `kind`, `seconds`, and a column a metric.

    Parameters
    ----------
    table
        The tidy table: one row a section, method and metric.
    """
    keys = [*KEYS, "method"]
    wide = table.pivot_table(index=keys, columns="metric", values="value", aggfunc="mean")
    first = table.groupby(keys)[["kind", "status", "seconds"]].first()
    return first.join(wide.reindex(columns=[*COMPOSITION, *EXPRESSION]))


def section(table: pd.DataFrame | None) -> list[str]:
    """Return the lines of the page.

    Parameters
    ----------
    table
        As for :func:`by_method`; None or empty where step 2 was not run.
    """
    if table is None or table.empty:
        return []
    runs = by_method(table).reset_index()
    names = [name for name in METHODS if name in set(runs["method"])]
    runs["order"] = runs["method"].map({name: place for place, name in enumerate(names)})
    sets = runs.groupby("role")["set"].unique().sort_index(ascending=False)
    roles = "; ".join(f"**{role}**: {', '.join(sorted(found))}" for role, found in sets.items())
    what = pd.DataFrame([(name, METHODS[name]) for name in names], columns=["method", "what it is"])
    return [
        "## Cells in spots",
        "",
        "Sections whose spots are ten held-out cells each, drawn at random from all (*random*, as in the paper) or of",
        "few types a spot (*dirichlet*: shares from Dirichlet(0.3)); spots of more than 25 000 counts are thinned to",
        "20 000. Placed are the default's generated cells. Sets by role: " + roles + ".",
        "",
        *markdown(what),
        "",
        f"Not there, and hence not compared: {', '.join(MISSING)}. {_absent(runs)}".rstrip(),
        "",
        "![Composition and expression of spots by method](images/bench_spots.png)",
        "",
        "### Composition of spots",
        "",
        "PCC, SRCC and RMSE over all spots and types at once: of the placed whole cells, and of the shares before they",
        "become whole cells. The scorers place cells under the default's composition and are left out here.",
        "",
        *_table(runs[~runs["method"].isin(SAME_QUOTAS)], COMPOSITION),
        "",
        "### Expression of spots",
        "",
        "Summed expression of the placed cells against that of the cells a spot is made of, log1p per 10 000, on genes",
        "that are no markers and hence took no part in placing: means over spots, and, as *PCC over spots*, the mean",
        "over genes of the correlation over spots. For methods without cells, shares × mean expression of types, as in",
        "the paper: a mean of many reference cells has less noise than ten cells, so that such methods are to be",
        "compared with each other. Seconds are those of the whole task, with reading and writing; of the classifiers",
        "and of linear assignment, those of training and placing.",
        "",
        *_verdict(runs),
        "",
        *_table(runs[runs["method"] != "constant"], EXPRESSION),
    ]


def _absent(runs: pd.DataFrame) -> str:
    """Return a sentence on tools that are not installed, nothing where all are."""
    absent = runs.loc[runs["status"] == "not installed"].sort_values("order")["method"].unique()
    return f"Not installed here (`make bench-tools`): {', '.join(absent)}." if len(absent) else ""


def _table(runs: pd.DataFrame, metrics: dict[str, str]) -> list[str]:
    """Return one row a set, recipe, number of spots and method that is installed; what left nothing keeps its row."""
    shown = runs[runs["status"] != "not installed"].sort_values(
        [*KEYS, "order"], ascending=[name != "role" for name in [*KEYS, "order"]]
    )
    shown = shown.assign(
        method=shown["method"] + shown["status"].map(lambda word: "" if word == "done" else f" ({word})")
    )
    shown["n_spots"] = shown["n_spots"].astype(int)
    table = shown[[*KEYS, "method", *metrics, "seconds"]].rename(columns=metrics | {"n_spots": "spots"})
    return markdown(table)


def _verdict(runs: pd.DataFrame) -> list[str]:
    """Return on how many sections the default's spots are nearer to the truth than those of others that place cells."""
    runs = runs[runs["kind"] == "scorer"]
    values = runs.pivot_table(index=KEYS, columns="method", values="pcc_expression")
    if "deep_forest" not in values:
        return ["The default was not run."]
    own = values.pop("deep_forest")
    lines = []
    for name in [name for name in METHODS if name in values]:
        both = pd.concat([own, values[name]], axis=1).dropna()
        lines.append(f"{name} in {int((both.iloc[:, 0] > both.iloc[:, 1]).sum())} of {len(both)}")
    return ["Sections in which the default has the higher PCC: than " + "; than ".join(lines) + "."]
