"""The figure of step 2, spots, on the page of benchmarks."""

from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.report.style import COLOURS, GREY, STYLE
from matplotlib import rc_context
from matplotlib.figure import Figure

from .page_spots import METHODS, SAME_QUOTAS

SHOWN = {
    "pcc_whole": "composition: PCC of whole cells",
    "rmse_whole": "composition: RMSE\n(less is better)",
    "pcc_expression": "expression: PCC within spots",
    "pcc_genes": "expression: PCC over spots",
}
RECIPES = {"random": ("o", COLOURS[0]), "dirichlet": ("D", COLOURS[1])}


def spots(runs: pd.DataFrame, path: Path) -> None:
    """Draw each metric by method, a mark a section.

    Parameters
    ----------
    runs
        One row a section and method, from :func:`page_spots.by_method`, its index reset.
    path
        Of the picture.
    """
    runs = runs[runs["status"] == "done"]
    names = [name for name in METHODS if name in set(runs["method"])]
    with rc_context(STYLE):
        figure = Figure(figsize=(10.5, 1.4 + 0.27 * len(names)), layout="constrained")
        axes = figure.subplots(1, len(SHOWN), sharey=True)
        for axis, (metric, words) in zip(axes, SHOWN.items(), strict=True):
            left_out = SAME_QUOTAS if metric.endswith("whole") else ("constant",)
            for shift, (recipe, (marker, colour)) in zip((-0.15, 0.15), RECIPES.items(), strict=True):
                part = runs[(runs["recipe"] == recipe) & ~runs["method"].isin(left_out)]
                height = part["method"].map(names.index).to_numpy(dtype=float) + shift
                axis.scatter(part[metric], height, s=22, marker=marker, color=colour, alpha=0.8, label=recipe, zorder=2)
            axis.set_title(words)
            axis.grid(axis="x", color="#E5E5E5", zorder=0)
            axis.set_yticks(np.arange(len(names)), [name.replace("_", " ") for name in names])
            axis.tick_params(axis="y", colors=GREY)
            axis.set_ylim(len(names) - 0.5, -0.5)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
        figure.savefig(path, dpi=130, metadata={"Software": None})
