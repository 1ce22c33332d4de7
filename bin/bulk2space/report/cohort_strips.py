"""One panel a cell type: its proportion in every sample of a cohort, by condition or along a number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .cohort_factors import Factor
from .drawing import Drawing
from .style import COLOURS, GREY, INK, RASTERISE_FROM, figure, grid_lines, wrap

ACROSS = 4  # panels of a row
PANEL = 2.1  # inches, height
MOST_WITH_INTERVALS = 60  # samples of a panel; the intervals of more would cover one another
MOST_POINTS = 150  # samples of a group; of more, a violin shows the form
ALL = "all samples"
ONE_COLOUR = COLOURS[0]  # of points that are not coloured by group
SPREAD = 0.36  # half of the width of a group


def draw(table: pd.DataFrame, factor: Factor | None, *, cohort: str) -> Drawing:
    """Draw the proportions of every type, each on its own scale.

    Parameters
    ----------
    table
        contract/tables.py, PROPORTIONS, of all samples.
    factor
        What the samples are laid out by; None: all as one group.
    cohort
        Name in the heading.
    """
    types = list(dict.fromkeys(table["cell_type"]))
    by_what = factor.name if factor else "sample"
    drawn, panels = _panels(cohort, f"Proportions by {by_what}", len(types))
    for axes, name in zip(panels, types, strict=True):
        rows = table[table["cell_type"] == name].set_index("sample")
        _draw_type(axes, rows, factor)
        axes.set_title(wrap(name, 30))
    n_samples = table["sample"].nunique()
    saved = table[["sample", "cell_type", "proportion", "ci_low", "ci_high"]]
    if factor:
        saved = saved.assign(**{"by": saved["sample"].map(factor.values)})
    name = f"proportions_by_{'_'.join(by_what.split())}"
    title = f"Proportion of each type by {by_what}"
    return Drawing(name, title, _caption(n_samples, factor), drawn, saved)


def _caption(n_samples: int, factor: Factor | None) -> str:
    absent = int(factor.values.isna().sum()) if factor else 0
    left = (
        f" {absent:,} of {n_samples:,} samples are not shown, as their {factor.in_a_sentence} is not given."
        if factor and absent
        else ""
    )
    intervals = " Lines are 95 % intervals of the estimate." if n_samples <= MOST_WITH_INTERVALS else ""
    form = " Where a group is large, the shaded form shows where its samples lie." if n_samples > MOST_POINTS else ""
    middle = " The line is a straight fit." if factor and not factor.words else " The bar is the median of a group."
    return (
        f"Each point is a sample.{left}{intervals}{form}{middle} Every panel has its own scale, so that rare types can "
        "be read: compare points within a panel. Whether a difference is more than chance is in the table above."
    )


def _panels(cohort: str, title: str, number: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with so many panels, row by row."""
    across = min(ACROSS, number)
    down = -(-number // across)
    drawn = figure(cohort, title, height=PANEL * down + 0.5)
    grid = np.atleast_1d(drawn.subplots(down, across, squeeze=False)).ravel()
    for axes in grid[number:]:
        axes.set_axis_off()
    drawn.supylabel("proportion of cells", fontsize="medium")
    return drawn, list(grid[:number])


def _draw_type(axes: Axes, rows: pd.DataFrame, factor: Factor | None) -> None:
    has_intervals = len(rows) <= MOST_WITH_INTERVALS
    if factor and not factor.words:
        _draw_along(axes, rows, factor, has_intervals)
    else:
        _draw_groups(axes, rows, factor, has_intervals)
    axes.set_ylim(bottom=0)
    grid_lines(axes, axis="y", linewidth=0.6)


def _draw_along(axes: Axes, rows: pd.DataFrame, factor: Factor, has_intervals: bool) -> None:
    """Draw the samples along a number."""
    numbers = factor.numbers(list(rows.index))
    known = np.isfinite(numbers)
    x, y = numbers[known], rows["proportion"].to_numpy()[known]
    if has_intervals:
        axes.vlines(x, rows["ci_low"][known], rows["ci_high"][known], color=GREY, linewidth=0.8, alpha=0.4)
    axes.scatter(x, y, s=_size(len(x)), color=ONE_COLOUR, alpha=_alpha(len(x)), linewidths=0, rasterized=len(x) > 500)
    slope, start = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, start + slope * ends, color=INK, linewidth=1.2)
    axes.set_xlabel(factor.name)


def _draw_groups(axes: Axes, rows: pd.DataFrame, factor: Factor | None, has_intervals: bool) -> None:
    """Draw the samples by group, in the order of the samplesheet."""
    if factor is None:
        groups, colours = {ALL: rows}, {ALL: ONE_COLOUR}
    else:
        groups = {word: rows[(factor.values.loc[rows.index] == word).to_numpy()] for word in factor.words}
        colours = factor.palette
    for place, (word, members) in enumerate(groups.items()):
        _draw_group(axes, place, members, colours[word], has_intervals)
    names = [wrap(word, max(28 // len(groups), 8)) for word in groups]
    axes.set_xticks(range(len(groups)), names, fontsize=7 if len(groups) > 4 else 8)
    axes.set_xlim(-0.6, len(groups) - 0.4)


def _draw_group(axes: Axes, place: int, members: pd.DataFrame, colour: str, has_intervals: bool) -> None:
    """Draw one group: points side by side in order, or in a violin."""
    members = members.sort_values("proportion")
    values = members["proportion"].to_numpy()
    if len(values) == 0:
        return
    if len(values) > MOST_POINTS and values.std() > 0:
        _draw_form(axes, place, values, colour)
    x = place + _across(len(values))
    if has_intervals:
        axes.vlines(x, members["ci_low"], members["ci_high"], color=colour, linewidth=0.9, alpha=0.35)
    axes.scatter(x, values, s=_size(len(values)), color=colour, alpha=_alpha(len(values)), linewidths=0,
                 rasterized=len(values) > RASTERISE_FROM // 4)  # fmt: skip
    axes.hlines(np.median(values), place - SPREAD, place + SPREAD, color=INK, linewidth=1.4, zorder=4)


def _draw_form(axes: Axes, place: int, values: np.ndarray, colour: str) -> None:
    """Draw where the points of a group are many, as a violin."""
    drawn: dict[str, Any] = dict(axes.violinplot(values, [place], widths=2 * SPREAD + 0.1, showextrema=False))
    for body in drawn["bodies"]:
        body.set(facecolor=colour, alpha=0.25, linewidth=0)


def _across(number: int) -> np.ndarray:
    """Return where the points of a group stand: in order where they are few, else spread evenly but not in order."""
    if number == 1:
        return np.zeros(1)
    if number <= MOST_WITH_INTERVALS:
        return np.linspace(-SPREAD, SPREAD, number) * min(number / 12, 1)
    golden = (np.arange(number) * 0.618034) % 1
    return (2 * golden - 1) * SPREAD


def _size(number: int) -> float:
    return 14 if number <= MOST_WITH_INTERVALS else 7 if number <= 400 else 4


def _alpha(number: int) -> float:
    return 0.9 if number <= MOST_WITH_INTERVALS else 0.6 if number <= 400 else 0.45


def factors_to_draw(factors: Sequence[Factor]) -> list[Factor | None]:
    """Return what figures of strips are drawn for: each factor, or all samples as one group."""
    return list(factors) or [None]
