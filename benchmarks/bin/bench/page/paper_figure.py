"""The figure of the paper's two tables: the mean rank of each method, one panel per step."""

from pathlib import Path

import pandas as pd
from bulk2space.report.style import COLOURS, INK
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import WIDTH, name_rows, save
from .paper_tables import METRICS, OURS, PARTS, Part, short

MARKS = dict(zip(METRICS, "osD", strict=True))
COLUMNS = 2


def ranks(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Draw the mean rank by method: one panel per table that is there, one mark per metric."""
    shown = [part for part in PARTS if part.heading in tables]
    rows = [shown[first : first + COLUMNS] for first in range(0, len(shown), COLUMNS)]
    heights = [max(len(tables[part.heading]) for part in row) for row in rows]
    figure = Figure(figsize=(WIDTH, 1.8 + 0.28 * sum(heights)), layout="constrained")
    axes = figure.subplots(len(rows), COLUMNS, height_ratios=heights, squeeze=False)
    for axis in axes.flat[len(shown) :]:
        axis.set_axis_off()
    for axis, part in zip(axes.flat, shown, strict=False):
        _panel(axis, tables[part.heading], part)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="mean rank (1 is best) by")
    save(figure, path)


def _panel(axis: Axes, table: pd.DataFrame, part: Part) -> None:
    """Draw one table: a row per method, ours in bold."""
    names = [short(name) for name in table["method"]]
    for place, (metric, mark) in enumerate(MARKS.items()):
        axis.scatter(
            table[f"rank, {metric}"], [row + 0.2 * (place - 1) for row in range(len(table))], s=26, marker=mark,
            color=COLOURS[place], label=metric, zorder=2,
        )  # fmt: skip
    number = int(table["of"].iloc[0])
    name_rows(axis, names, f"{part.step}\n{number} {part.kind} simulation{'s' * (number > 1)}")
    for label, method in zip(axis.get_yticklabels(), table["method"], strict=True):
        label.set(fontweight="bold" if method == OURS else "normal", color=INK)
    axis.set(xlim=(0.5, len(table) + 0.5), xticks=range(1, len(table) + 1))
