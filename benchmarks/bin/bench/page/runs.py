"""Runs of generators of cells, summed up: means over cell types, who is best, and how each run ended."""

import pandas as pd

from ..judges.expression import ALL

OWN, RESAMPLE = "default", "resample"
"""The pipeline's own method, and the reference's own cells drawn again, which generates no new cells."""
CEILING = "reference's own cells"

BETTER = {
    "pcc_mean": 1, "srcc_mean": 1, "rmse_mean": -1, "spread_pcc": 1, "lfc_pcc": 1, "auc": -1, "frobenius": -1,
    "pcc_bulk": 1, "srcc_bulk": 1, "rmse_bulk": -1, "pcc_proportions": 1, "rmse_proportions": -1,
}  # fmt: skip
"""Metrics by which methods are compared: 1 where more is better, -1 where less is."""
UNRANKED = ["distance_ratio", "copies"]

RUN = ["protocol", "case", "set", "role", "disturbance", "share", "composition", "method", "seed"]


def by_run(cells: pd.DataFrame) -> pd.DataFrame:
    """Average each metric of a run over its cell types.

    Only types with enough held-out cells count (`gated`). In a case without such types, all that were judged count.

    Parameters
    ----------
    cells
        One row per run, type and metric.

    Returns
    -------
    One row per run, indexed by what names it: a column per metric, `status`, `epochs`, `cut`, `seconds`, and
    `all_types`, which tells that types of few cells had to count.
    """
    cells = cells.assign(gated=cells["gated"].astype(str) == "True")
    typed = cells[(cells["cell_type"] != ALL) & cells["value"].notna()]
    has_gated = typed.groupby("case")["gated"].any()
    all_count = cells["case"].map(lambda case: not has_gated.get(case, True))
    counted = cells[(cells["cell_type"] == ALL) | cells["gated"] | all_count]
    means = counted.pivot_table(index=RUN, columns="metric", values="value", aggfunc="mean")
    runs = cells.groupby(RUN)[["status", "epochs", "cut", "seconds"]].first()
    runs["all_types"] = all_count.groupby([cells[name] for name in RUN]).first()
    return runs.join(means.reindex(columns=[*BETTER, *UNRANKED]))


def of_protocol(runs: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Return the runs of one protocol."""
    return runs[runs.index.get_level_values("protocol") == protocol]


def ceilings(cells: pd.DataFrame) -> pd.DataFrame:
    """Return what the reference's own cells reach in each metric, one row per case and composition."""
    roof = cells.assign(value=cells["ceiling"], method=CEILING, seed=0)
    roof = roof.groupby([*RUN, "cell_type", "metric"], dropna=False)[["value", "gated"]].first()
    return by_run(roof.reset_index().assign(status="done", epochs=float("nan"), cut=float("nan"), seconds=float("nan")))


def wins(runs: pd.DataFrame) -> pd.DataFrame:
    """Count, for each metric, the sets on which the default is the best of the methods that do not resample.

    Parameters
    ----------
    runs
        Columns `set`, `role`, `method` and metrics. Only sets on which other generators ran are compared.

    Returns
    -------
    One row per metric: `tuning`, `judging` (sets on which the default is best) and `of_tuning`, `of_judging` (sets).
    """
    generators = runs[~runs["method"].isin([RESAMPLE, CEILING])]
    means = generators.groupby(["set", "role", "method"])[list(BETTER)].mean()
    rows = []
    for metric, sign in BETTER.items():
        values = (sign * means[metric]).unstack("method").dropna(subset=OWN) if OWN in means.index.levels[2] else None
        row = {"metric": metric, "tuning": 0, "of_tuning": 0, "judging": 0, "of_judging": 0}
        for (_, role), of_set in values.iterrows() if values is not None else ():
            if of_set.notna().sum() > 1:
                row[f"of_{role}"] += 1
                row[role] += int(of_set[OWN] >= of_set.max())
        rows.append(row)
    return pd.DataFrame(rows).set_index("metric")


def state(run: pd.Series) -> str:
    """Return in words how a run ended."""
    if run["status"] != "done":
        return "no cells: time limit"
    if run["cut"] is True or str(run["cut"]) == "True":
        return f"cut at {run['epochs']:.0f} epochs"
    return f"{run['epochs']:.0f} epochs" if pd.notna(run["epochs"]) and run["epochs"] else "no training"
