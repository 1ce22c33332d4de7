"""The figures of the page of benchmarks."""

from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.report.style import COLOURS, GREY, INK, STYLE
from matplotlib import rc_context
from matplotlib.figure import Figure

from .step_one import ALL

METHODS = ["default", "paper", "cgan", "gan", "resample"]
COLOUR = dict(zip(METHODS, (COLOURS[0], COLOURS[1], COLOURS[4], COLOURS[3], GREY), strict=True))
MARKER = dict(zip(METHODS, "osD^x", strict=True))
WORDS = {
    "pcc_mean": "PCC of mean expression",
    "srcc_mean": "SRCC of mean expression",
    "spread_pcc": "PCC of genes' spread",
    "lfc_pcc": "PCC of markers' fold changes",
    "auc": "AUC, generated against real\n(0.5: alike)",
    "frobenius": "distance of gene correlations\n(less is better)",
    "rmse_proportions": "RMSE of proportions\n(less is better)",
}


def methods(runs: pd.DataFrame, roofs: pd.DataFrame, path: Path) -> None:
    """Draw each metric by set, a mark a method, beside what the reference's own cells reach."""
    shown = ["pcc_mean", "srcc_mean", "spread_pcc", "lfc_pcc", "auc", "frobenius"]
    means = runs.groupby(["set", "method"])[shown].mean()
    roof = roofs.groupby("set")[shown].mean()
    sets = sorted(means.index.get_level_values("set").unique())
    with rc_context(STYLE):
        figure = Figure(figsize=(10.5, 6.2), layout="constrained")
        axes = figure.subplots(2, 3)
        for axis, metric in zip(axes.flat, shown, strict=True):
            for row, name in enumerate(sets):
                axis.plot([roof.loc[name, metric]] * 2, [row - 0.36, row + 0.36], color=INK, lw=1.5, zorder=1)
            for place, method in enumerate(METHODS):
                if method not in means.index.get_level_values("method"):
                    continue
                values = means[metric].xs(method, level="method").reindex(sets)
                height = np.arange(len(sets)) + 0.12 * (place - 2)
                axis.scatter(values, height, s=38, marker=MARKER[method], color=COLOUR[method], label=method, zorder=2)
            axis.set_title(WORDS[metric])
            axis.set_yticks(range(len(sets)), sets)
            axis.set_ylim(len(sets) - 0.5, -0.5)
            axis.grid(axis="x", color="#E5E5E5", zorder=0)
        for axis in axes[:, 1:].flat:
            axis.set_yticklabels([])
        handles, labels = axes.flat[0].get_legend_handles_labels()
        (line,) = axes.flat[0].plot([], [], color=INK, lw=1.5)
        figure.legend([*handles, line], [*labels, "the reference's own cells"], loc="outside lower center", ncols=6)
        figure.savefig(path, dpi=130, metadata={"Software": None})


def noise(runs: pd.DataFrame, path: Path) -> None:
    """Draw metrics by the share of disturbed cells, a line a method, a row a kind of noise."""
    shown = ["pcc_mean", "lfc_pcc", "auc", "rmse_proportions"]
    table = runs.reset_index()
    kinds = {"labels": "cell types altered", "expression": "expression noise"}
    with rc_context(STYLE):
        figure = Figure(figsize=(10.5, 5.4), layout="constrained")
        axes = figure.subplots(2, 4, sharey="col", sharex=True)
        for line, (kind, words) in zip(axes, kinds.items(), strict=True):
            part = table[table["disturbance"].isin([kind, "nothing"])]
            for axis, metric in zip(line, shown, strict=True):
                for method, values in part.groupby("method"):
                    values = values.groupby("share")[metric].mean()
                    axis.plot(values.index, values, marker=MARKER[method], color=COLOUR[method], label=method)
                axis.grid(color="#E5E5E5")
            line[0].set_ylabel(f"{words}\n")
        for axis, metric in zip(axes[0], shown, strict=True):
            axis.set_title(WORDS[metric])
        figure.supxlabel("share of the reference's cells that are disturbed", fontsize=9)
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
        figure.savefig(path, dpi=130, metadata={"Software": None})


def proportions(table: pd.DataFrame, path: Path) -> None:
    """Draw the RMSE of each estimator by protocol."""
    table = table[(table["metric"] == "rmse") & (table["cell_type"] == ALL)]
    means = table.groupby(["protocol", "method"])["value"].mean().unstack("protocol")
    means = means.loc[means.mean(axis=1).sort_values(ascending=False, kind="stable").index]
    with rc_context(STYLE):
        figure = Figure(figsize=(10.5, 1.2 + 0.28 * len(means)), layout="constrained")
        axes = figure.subplots(1, len(means.columns), sharey=True, squeeze=False)[0]
        for axis, protocol in zip(axes, means, strict=True):
            axis.barh(means.index, means[protocol].fillna(0), color=COLOURS[0])
            axis.set_title(protocol.replace("_", " "))
            axis.set_xlabel("RMSE")
            axis.margins(y=0.01)
        figure.savefig(path, dpi=130, metadata={"Software": None})
