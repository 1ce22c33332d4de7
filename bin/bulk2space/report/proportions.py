"""Figure of a sample's cell-type proportions with their intervals, beside the ground truth where it is known."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..numerics import metrics
from .drawing import Drawing
from .style import GREY, INK, colours_of, figure, grid_lines, identity_line, number, row_height, wrap


def draw(table: pd.DataFrame, truth: pd.DataFrame | None, *, sample: str, colours: dict[str, str]) -> Drawing:
    """Draw the proportion of each type with its interval, and beside it the estimates against the ground truth.

    Parameters
    ----------
    table
        The sample's proportions.csv: cell_type, proportion, ci_low, ci_high (proportions of cells, 0–1).
    truth
        cell_type, proportion; None where it is not known, and then the second panel is absent.
    sample, colours
        Name in the heading; colour by type.
    """
    shown = table.set_index("cell_type")[["proportion", "ci_low", "ci_high"]].astype(float)
    if truth is not None:
        estimated, true = metrics.align(shown["proportion"], truth.set_index("cell_type")["proportion"])
        shown = shown.reindex(estimated.index).assign(proportion=estimated, truth=true)
    shown = shown.sort_values("proportion", ascending=False, kind="stable")
    names = [wrap(name, 30) for name in shown.index]

    drawn = figure(sample, "Cell-type proportions", height=max(3.4, 1.3 + len(shown) * row_height(names)))
    ratios = (1.35, 1) if truth is not None else (1,)
    left, *right = drawn.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
    _draw_intervals(left, shown, names, colours)
    caption = "Each row is a cell type. The dot is its estimated proportion of the cells"
    if _has_interval(shown).any():
        caption += (
            ", and the bar is the 95 % interval. Good: short bars away from 0. Alarming: a bar that begins at 0, as "
            "the type may be absent."
        )
    else:
        caption += "."
    for axes in right:
        _draw_against_truth(axes, shown, colours)
        caption += (
            " The open diamond is the ground truth. Right: each dot is a cell type; on the dashed line, the estimate "
            "equals the ground truth. PCC is Pearson's correlation, RMSE the root mean squared error."
        )
    return Drawing("proportions", "Proportions", caption, drawn, shown.reset_index())


def _has_interval(shown: pd.DataFrame) -> pd.Series:
    return shown["ci_low"].notna() & shown["ci_high"].notna()


def _draw_intervals(axes: Axes, shown: pd.DataFrame, names: list[str], colours: dict[str, str]) -> None:
    """Draw one row per type: estimate, interval and, where ``shown`` has a column ``truth``, the ground truth."""
    row = np.arange(len(shown))
    known = _has_interval(shown)
    handles: list[Artist] = [Line2D([], [], marker="o", linestyle="", color=GREY, label="estimated")]
    if known.any():
        low, high, palette = shown["ci_low"][known], shown["ci_high"][known], colours_of(shown.index[known], colours)
        axes.hlines(row[known], low, high, colors=palette, linewidth=3, alpha=0.45)
        handles.insert(0, Line2D([], [], color=GREY, linewidth=3, alpha=0.45, label="95 % interval"))
    axes.scatter(shown["proportion"], row, c=colours_of(shown.index, colours), s=36, zorder=3)
    if "truth" in shown:
        diamond = axes.scatter(shown["truth"], row, marker="D", facecolors="none", edgecolors=INK, s=30, zorder=4)
        diamond.set_label("ground truth")
        handles.append(diamond)
    axes.set_yticks(row, names)
    axes.set(xlabel="proportion of cells", ylim=(len(shown) - 0.5, -0.5))
    axes.set_xlim(-0.02 * axes.get_xlim()[1])
    grid_lines(axes, axis="x", linewidth=0.6)
    axes.legend(handles=handles, loc="lower right")


def _draw_against_truth(axes: Axes, shown: pd.DataFrame, colours: dict[str, str]) -> None:
    """Draw one dot per type: the estimated against the true proportion."""
    estimated, true = shown["proportion"], shown["truth"]
    axes.scatter(true, estimated, c=colours_of(shown.index, colours), s=42, zorder=3)
    identity_line(axes, 0, float(shown[["truth", "proportion"]].max().max()))
    axes.set(
        xlabel="ground truth, proportion of cells",
        ylabel="estimated proportion of cells",
        title=f"PCC {number(metrics.pcc(estimated, true))}, RMSE {number(metrics.rmse(estimated, true))}",
    )
