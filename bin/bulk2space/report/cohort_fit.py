"""How well the reference explains each sample of a cohort: agreement with its markers, and the unknown share."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..contract.verdicts import GOOD_AGREEMENT, MUCH_UNKNOWN, POOR_AGREEMENT
from .cohort import VERDICT_COLOURS
from .drawing import Drawing
from .style import GREY, INK, dots, figure, grid_lines, legend_right_of, wrap

MOST_NAMED = 40  # samples below whose points names are written
BULK = "bulk"


def draw(verdicts: pd.DataFrame, judged: pd.Series, *, cohort: str) -> Drawing:
    """Draw agreement and unknown share of every bulk sample, in the order of the agreement.

    Parameters
    ----------
    verdicts
        contract/tables.py, VERDICT, of all samples.
    judged
        The worse verdict on bulk and section, by sample.
    cohort
        Name in the heading.
    """
    whole = verdicts[(verdicts["input"] == BULK) & (verdicts["cell_type"] == "")].set_index("sample")
    whole = whole.sort_values("agreement", kind="stable")
    drawn = figure(cohort, f"Fit of {len(whole):,} samples", height=4.2 if len(whole) > MOST_NAMED else 4.8)
    upper, lower = drawn.subplots(2, 1, sharex=True)
    colours = [VERDICT_COLOURS[word] for word in judged.loc[whole.index]]
    _draw(upper, whole["agreement"], colours, {"good from here on": GOOD_AGREEMENT, "poor below": POOR_AGREEMENT})
    upper.set_ylabel("agreement")
    _draw(lower, whole["unknown"], colours, {"left out from here on": MUCH_UNKNOWN})
    lower.set_ylabel("unknown share")
    lower.set_ylim(bottom=0)
    counts = judged.value_counts()
    named = {f"{word} ({counts.get(word, 0):,})": colour for word, colour in VERDICT_COLOURS.items()}
    legend_right_of(upper, handles=dots(named), title="verdict")
    if len(whole) <= MOST_NAMED:
        lower.set_xticks(range(len(whole)), [wrap(name, 24) for name in whole.index], rotation=90)
    else:
        lower.set_xticks([])
        lower.set_xlabel(f"{len(whole):,} samples, by agreement")
    caption = (
        "Agreement of the markers of each sample with what its estimated composition says of them (1 is perfect), and "
        "the proportion of its mRNA that comes from a type which the reference lacks. Samples with a poor verdict or a "
        "large unknown share take no part in tests."
    )
    saved = whole[["agreement", "correlation", "unknown"]].assign(verdict=judged.loc[whole.index]).reset_index()
    return Drawing("fit", "How well the reference explains each sample", caption, drawn, saved)


def _draw(axes: Axes, values: pd.Series, colours: list[str], limits: dict[str, float]) -> None:
    """Draw a point a sample, and limits with their names."""
    x = np.arange(len(values))
    axes.scatter(x, values, s=22 if len(x) <= 100 else 8, c=colours, linewidths=0)
    for name, limit in limits.items():
        axes.axhline(limit, color=GREY, linewidth=1, linestyle="--", zorder=0)
        axes.annotate(name, (1, limit), (-2, 2), xycoords=("axes fraction", "data"), textcoords="offset points",
                      ha="right", fontsize=7, color=INK)  # fmt: skip
    axes.margins(x=0.01)
    grid_lines(axes, axis="y", linewidth=0.6)
