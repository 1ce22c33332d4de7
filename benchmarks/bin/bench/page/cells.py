"""The page on generated cells: how similar they are to real cells, beside rivals."""

from collections.abc import Callable

import pandas as pd

from ..judges.likeness import ENOUGH
from . import runs as of_runs
from .markdown import filled, markdown
from .runs import of_protocol

SHOWN = {
    "pcc_mean": "PCC", "srcc_mean": "SRCC", "rmse_mean": "RMSE", "spread_pcc": "spread", "lfc_pcc": "fold changes",
    "auc": "AUC", "frobenius": "gene corr.", "distance_ratio": "distance", "copies": "copies",
    "pcc_bulk": "PCC bulk", "srcc_bulk": "SRCC bulk", "rmse_bulk": "RMSE bulk",
    "pcc_proportions": "PCC prop.", "rmse_proportions": "RMSE prop.",
}  # fmt: skip
METHODS = ("default", "paper", "gan", "cgan", "bmind", of_runs.RESAMPLE, of_runs.CEILING)
OF_BULK = ("pcc_bulk", "srcc_bulk", "rmse_bulk", "pcc_proportions", "rmse_proportions")
"""Metrics that compare all cells of a run with the bulk."""
MEAN_PCC = "mean_pcc"  # PCC as the judge of whole sets measures it, on the genes that it chooses
OF_ALL = "pcc_mean"  # PCC of all generated cells, on all genes
WHOLE_NAMES = {MEAN_PCC: "PCC", OF_ALL: "PCC of all cells"}
"""What the table of whole sets calls these."""
TARGETS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    MEAN_PCC: ("at most 0.005 below real cells", lambda value, ceiling: value >= ceiling - 0.005),
    OF_ALL: ("at most 0.005 below real cells", lambda value, ceiling: value >= ceiling - 0.005),
    "spread_pcc": ("at most 0.03 below real cells", lambda value, ceiling: value >= ceiling - 0.03),
    "auc": ("at most 0.70", lambda value, _: value <= 0.70),
    "lfc_pcc": ("at least 0.95, or that of real cells", lambda value, ceiling: value >= min(0.95, ceiling)),
    "frobenius": ("at most 1.25 times that of real cells", lambda value, ceiling: value <= 1.25 * ceiling),
    "distance_ratio": ("0.85 to 1.1", lambda value, _: 0.85 <= value <= 1.1),
    "copies": ("0", lambda value, _: value == 0),
}
"""Metric: the target of the default, in words and as a test of its value and that of real cells."""

SHIPPED = "Whole data sets, as the pipeline writes the cells"
HALVES = "Reference and bulk from halves of one set"
COMPOSITIONS = "By composition of the bulk"
TECHNOLOGIES = "Reference and bulk from different technologies"
ENDED = "Ended by the time limit"

HEADINGS = (SHIPPED, HALVES, COMPOSITIONS, TECHNOLOGIES, ENDED)

FEW_CELLS = " \\*"  # marks a set without a type of enough cells


def tables(cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables of the page by their headings.

    Parameters
    ----------
    cells
        One row per run, type and metric.
    """
    runs, roofs = of_runs.by_run(cells), of_runs.ceilings(cells)
    paired = of_protocol(runs, "paired"), of_protocol(roofs, "paired")
    unpaired = of_protocol(runs, "unpaired"), of_protocol(roofs, "unpaired")
    found = {
        SHIPPED: shipped(cells),
        HALVES: means(*paired, ["role", "set"]),
        TECHNOLOGIES: means(*unpaired, ["role", "set", "case"]),
        **by_type(cells),
        ENDED: ended(runs),
    }
    if len(paired[0].index.unique("composition")) > 1:
        found[COMPOSITIONS] = means(*paired, ["role", "set", "composition"])
    return {name: table for name, table in found.items() if len(table)}


def shipped(cells: pd.DataFrame) -> pd.DataFrame:
    """Return one row per whole set and metric of the default's cells, beside its target."""
    part = cells[(cells["protocol"] == "whole") & cells["metric"].isin(TARGETS)]
    rows = []
    for (role, name), own in part.groupby(["role", "set"], sort=True):
        counted = own["gated"].astype(str) == "True"
        enough = (counted & (own["metric"] == "auc")).any()
        used = own[counted] if enough else own
        values = used.groupby("metric")[["value", "ceiling"]].mean()
        for metric, (words, reached) in TARGETS.items():
            value, ceiling = values.loc[metric]
            types = used.loc[used["metric"] == metric, "cell_type"].nunique()
            rows.append(
                {
                    "role": role, "set": name + ("" if enough else FEW_CELLS),
                    "metric": WHOLE_NAMES.get(metric, SHOWN.get(metric)), "types": types, "value": float(value),
                    of_runs.CEILING: float(ceiling), "target": words,
                    "reached": "yes" if reached(value, ceiling) else "**no**",
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    return table.sort_values(["role", "set"], ascending=[False, True], kind="stable") if rows else table


def means(runs: pd.DataFrame, roofs: pd.DataFrame, leading: list[str]) -> pd.DataFrame:
    """Return one row per method, with means over what is not among the leading columns.

    What real cells reach stands behind the methods.
    """
    if runs.empty:
        return pd.DataFrame()
    roofs = roofs[roofs.index.get_level_values("case").isin(runs.index.get_level_values("case"))]
    runs = runs.assign(training=[of_runs.state(run) for _, run in runs.iterrows()])
    both = pd.concat([runs.reset_index(), roofs.assign(training="–").reset_index()])
    both["place"] = both["method"].map({name: place for place, name in enumerate(METHODS)})
    both["set"] = both["set"] + both["all_types"].map({True: FEW_CELLS, False: ""})
    keys = [*leading, "place", "method"]
    table = both.groupby(keys, sort=False)[[*SHOWN, "seconds"]].mean()
    table.insert(len(SHOWN), "training", both.groupby(keys, sort=False)["training"].agg(_once))
    shown = table.reset_index().sort_values(keys, ascending=[name != "role" for name in keys])
    return shown.drop(columns="place").rename(columns=SHOWN)


def _once(words: pd.Series) -> str:
    return ", ".join(words.drop_duplicates())


def by_type(cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the paper's three metrics of each type, in the paired cases with the cells' own composition, by set."""
    names = ["pcc_mean", "srcc_mean", "rmse_mean"]
    kept = cells[(cells["protocol"] == "paired") & (cells["composition"] == "own") & cells["metric"].isin(names)]
    found = {}
    for (name, role), part in kept.groupby(["set", "role"], sort=True):
        table = part.pivot_table(index="cell_type", columns=["method", "metric"], values="value", dropna=False)
        methods = [method for method in METHODS if method in part["method"].unique()]
        table = table.reindex(columns=[(method, metric) for method in methods for metric in names])
        table.columns = [f"{method} {SHOWN[metric]}" for method, metric in table.columns]
        found[f"{name} ({role})"] = table.reset_index()
    return found


def ended(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs that the time limit ended."""
    table = runs.reset_index()
    table = table[(table["status"] != "done") | (table["cut"].astype(str) == "True")].copy()
    if table.empty:
        return table
    table["end"] = [of_runs.state(run) for _, run in table.iterrows()]
    return table[["case", "composition", "method", "seed", "end", "seconds"]]


def text(found: dict[str, pd.DataFrame], settings: dict) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    found
        Tables by their headings.
    settings
        Parameters of the run.
    """
    nothing = pd.DataFrame()
    others = [f"\n### {COMPOSITIONS}\n", *markdown(found[COMPOSITIONS]), ""] if COMPOSITIONS in found else [""]
    return filled(
        "cells", command=command(settings), roles=sets_by_role(found), enough=ENOUGH, verdict=verdict(found),
        shipped=found.get(SHIPPED, nothing), halves=found.get(HALVES, nothing), compositions=others,
        technologies=found.get(TECHNOLOGIES, nothing), types=_folded(found), ended=found.get(ENDED, nothing),
        max_cells=at_most(settings["max_cells"], "cells"), max_genes=at_most(settings["max_genes"], "genes"),
        cells=settings["cells"], seed=settings["seed"], minutes=settings["minutes"],
    )  # fmt: skip


def sets_by_role(found: dict[str, pd.DataFrame]) -> str:
    """Return a sentence on which sets are tuning sets and which are kept for judging."""
    both = pd.concat([table[["role", "set"]] for table in found.values() if {"role", "set"} <= set(table)])
    both["set"] = both["set"].str.removesuffix(FEW_CELLS)
    roles = both.groupby("role")["set"].unique().sort_index(ascending=False)
    words = "; ".join(f"**{role}**: {', '.join(sorted(names))}" for role, names in roles.items())
    told = (
        "Judging sets took no part in the choices that this page measures."
        if "judging" in roles
        else "No set kept for judging was run: all numbers are of sets that defaults were tuned on."
    )
    return f"Data sets by role: {words}. {told}"


def verdict(found: dict[str, pd.DataFrame]) -> list[str]:
    """Return sentences on where the default is best among generators of new cells."""
    if HALVES not in found:
        return []
    wins = of_runs.wins(found[HALVES].rename(columns={shown: name for name, shown in SHOWN.items()}))
    compared = wins[(wins["of_tuning"] + wins["of_judging"]) > 0]
    if compared.empty:
        return ["No set has both the default and another generator of new cells."]
    won, of = compared[["tuning", "judging"]].sum(), compared[["of_tuning", "of_judging"]].sum()
    judging = of["of_judging"]
    lines = [
        "Among default, paper, GANs and, for the mean, bMIND, the default is the best, or equal to the best, in "
        f"{won['tuning']} of {of['of_tuning']} comparisons of a metric on a tuning set"
        + (f", and in {won['judging']} of {judging} on a judging set." if judging else ".")
    ]
    lost = compared[(compared["tuning"] < compared["of_tuning"]) | (compared["judging"] < compared["of_judging"])]
    if len(lost):
        named = [
            f"{SHOWN[name]} ({row['tuning'] + row['judging']} of {row['of_tuning'] + row['of_judging']} sets)"
            for name, row in lost.iterrows()
        ]
        lines += ["", f"It is not best everywhere in: {', '.join(named)}."]
    only_tuned = compared[(compared["of_judging"] > 0) & (compared["tuning"] > 0) & (compared["judging"] == 0)]
    if len(only_tuned):
        names = ", ".join(SHOWN[name] for name in only_tuned.index)
        lines += ["", f"**It wins only where it was tuned** in: {names}."]
    elif judging:
        lines += ["", "In no metric does it win only where it was tuned."]
    return lines


def _folded(found: dict[str, pd.DataFrame]) -> list[str]:
    """Return the tables by cell type, folded."""
    lines = []
    for name, table in found.items():
        if name not in HEADINGS:
            lines += ["", f"<details><summary>{name}</summary>", "", *markdown(table), "", "</details>"]
    return lines[1:]


def command(settings: dict) -> str:
    """Return the command of a run of the grid."""
    return "make bench" if settings["grid"] == "reduced" else "make bench-full"


def at_most(number: int | None, thing: str) -> str:
    """Return a limit in words; None is no limit."""
    return f"all {thing}" if number is None else f"at most {number} {thing}"
