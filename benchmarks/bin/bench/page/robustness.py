"""The page on disturbances: noise in the reference, disturbed latent vectors, no annotation, other seeds."""

import pandas as pd

from . import runs as of_runs
from .cells import SHOWN, at_most, command
from .markdown import filled
from .runs import BETTER, UNRANKED, of_protocol

NOISE, LATENT = "Noise in the reference", "Disturbed latent vectors"
ANNOTATION, SEEDS = "A reference without annotation", "Different seeds"
NOISE_METRICS = ["pcc_mean", "srcc_mean", "rmse_mean", "lfc_pcc", "auc", "pcc_bulk", "rmse_proportions"]
LATENT_METRICS = ["pcc_mean", "srcc_mean", "rmse_mean", "spread_pcc", "lfc_pcc", "auc", *UNRANKED]


def tables(cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables of the page by their headings.

    Parameters
    ----------
    cells
        One row per run, type and metric.
    """
    runs = of_runs.by_run(cells)
    return {NOISE: noise(runs), LATENT: latent(runs), ANNOTATION: annotation(runs), SEEDS: seeds(runs)}


def noise(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row per disturbance, proportion and method."""
    table = of_protocol(runs, "noise").reset_index().sort_values(["disturbance", "share", "method"])
    words = {"nothing": "none", "labels": "cell types", "expression": "expression"}
    table["disturbed"] = table["disturbance"].map(words)
    table["proportion of cells"] = table["share"].astype(float)
    return table[["disturbed", "proportion of cells", "method", *NOISE_METRICS]].rename(columns=SHOWN)


def latent(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row per change of the latent vectors."""
    table = of_protocol(runs, "latent").reset_index()
    words = {"latent-prior": "drawn from the prior N(0, I)", "latent-0": "the posterior's mean, without spread"}
    table["latent vector"] = [
        words.get(name, f"the posterior, its spread × {name.removeprefix('latent-')}") for name in table["method"]
    ]
    return table[["latent vector", *LATENT_METRICS]].rename(columns=SHOWN)


def annotation(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row with cell types and one with clusters in their place."""
    table = pd.concat([of_protocol(runs, "repeats"), of_protocol(runs, "annotation_free")]).reset_index()
    table["reference"] = table["disturbance"].map({"nothing": "annotated", "annotation": "Leiden clusters"})
    return table.groupby("reference", sort=True)[[*BETTER]].mean().reset_index().rename(columns=SHOWN)


def seeds(runs: pd.DataFrame) -> pd.DataFrame:
    """Return how each metric of the default varies over seeds, one row per metric."""
    values = of_protocol(runs, "repeats").xs(of_runs.OWN, level="method")[[*BETTER]].dropna(axis=1, how="all")
    table = pd.DataFrame(
        {
            "seeds": values.count(), "mean": values.mean(), "standard deviation": values.std(), "lowest": values.min(),
            "5 %": values.quantile(0.05), "median": values.median(), "95 %": values.quantile(0.95),
            "highest": values.max(),
        }
    )  # fmt: skip
    return table.rename(index=SHOWN).rename_axis("metric").reset_index()


def told_levels(shares: pd.Series) -> list[float]:
    """Return the proportions of disturbed cells that the first sentences tell: about a tenth, a half, the largest."""
    known = shares[shares > 0]
    return sorted({known.iloc[(known - wanted).abs().argmin()] for wanted in (0.1, 0.5, known.max())})


def text(found: dict[str, pd.DataFrame], settings: dict) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    found
        Tables by their headings.
    settings
        Parameters of the run.
    """
    table = found[NOISE]
    pcc = table.set_index(["disturbed", "method", "proportion of cells"]).sort_index()["PCC"]
    slashed = " / ".join
    levels = told_levels(table["proportion of cells"])
    noisy = pcc["expression"].unstack("method")
    worst = (noisy[of_runs.RESAMPLE] - noisy[of_runs.OWN]).idxmax()
    auc = table[table["disturbed"] == "expression"].groupby("method")["AUC"].mean()
    without = found[ANNOTATION].set_index("reference")["PCC prop."]
    return filled(
        "robustness", command=command(settings), cells=at_most(settings["robustness_cells"], "cells"),
        genes=at_most(settings["robustness_genes"], "genes"), clean=f"{pcc['none', of_runs.OWN, 0.0]:.2f}",
        levels=slashed(f"{100 * level:.0f} %" for level in levels),
        wrong_types=slashed(f"{pcc['cell types', of_runs.OWN, level]:.2f}" for level in levels),
        noisy=slashed(f"{noisy.loc[level, of_runs.OWN]:.2f}" for level in levels),
        worst=f"{100 * worst:.0f} %", worst_own=f"{noisy.loc[worst, of_runs.OWN]:.2f}",
        worst_resampled=f"{noisy.loc[worst, of_runs.RESAMPLE]:.2f}", auc=f"{auc[of_runs.OWN]:.2f}",
        auc_resampled=f"{auc[of_runs.RESAMPLE]:.2f}", annotated=f"{without['annotated']:.2f}",
        clusters=f"{without['Leiden clusters']:.2f}", noise=found[NOISE], latent=found[LATENT],
        annotation=found[ANNOTATION], seeds=found[SEEDS],
    )  # fmt: skip
