"""Figure and text of a cohort: the samples of one bulk and reference side by side."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, PowerNorm
from matplotlib.patches import Patch
from scipy.cluster.hierarchy import leaves_list, linkage

from ..contract.verdicts import DOUBTFUL, GOOD, POOR
from .drawing import Drawing
from .style import PROPORTION_MAP, figure, legend_right_of, wrap

MOST_LABELLED = 80  # samples; the names of more would be too small to read
ROW, LEAST_HEIGHT, HEIGHT_OF_MANY = 0.16, 2.6, 8.5  # inches: of a labelled row, of all rows at least, of many rows
SLANTED: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}  # labels below the columns
NAMED = 20  # samples of a poor verdict that are named
VERDICT_COLOURS = {GOOD: "#009E73", DOUBTFUL: "#E69F00", POOR: "#D55E00"}


def draw(proportions: pd.DataFrame, verdicts: pd.Series, *, cohort: str) -> Drawing:
    """Draw the proportions of all samples as a heat map, similar samples next to one another.

    Parameters
    ----------
    proportions
        Samples × types, named.
    verdicts
        The worse verdict on bulk and section, by sample.
    cohort
        Name in the heading.
    """
    table = proportions.iloc[order(proportions.to_numpy())]
    is_labelled = len(table) <= MOST_LABELLED
    height = max(LEAST_HEIGHT, ROW * len(table)) if is_labelled else HEIGHT_OF_MANY
    drawn = figure(cohort, f"Cell-type proportions of {len(table):,} samples", height=height + 1.8)
    axes, strip = drawn.subplots(1, 2, sharey=True, width_ratios=(30, 1))
    norm = PowerNorm(0.5, vmin=0, vmax=float(table.to_numpy().max()) or 1)
    axes.imshow(table, aspect="auto", cmap=PROPORTION_MAP, norm=norm)
    axes.set_xticks(
        range(table.shape[1]), [wrap(name) for name in table], rotation=45, ha="right", rotation_mode="anchor"
    )
    axes.spines[:].set_visible(False)
    if is_labelled:
        axes.set_yticks(range(len(table)), [wrap(name, 40) for name in table.index])
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(table):,} samples")
    _draw_verdicts(strip, verdicts.loc[table.index])
    bar = drawn.colorbar(ScalarMappable(norm, PROPORTION_MAP), ax=axes, location="top", shrink=0.5, aspect=40)
    bar.set_label("proportion of cells")
    caption = (
        "Each row is a sample, each column a cell type. Samples of similar composition are next to one another "
        "(average linkage of Euclidean distances). Colours follow the square root of the proportion, so that rare "
        "types can be seen. The strip on the right is the verdict."
    )
    saved = table.assign(verdict=verdicts.loc[table.index]).rename_axis("sample").reset_index()
    return Drawing("proportions", "Proportions of all samples", caption, drawn, saved)


def order(values: np.ndarray) -> np.ndarray:
    """Return the order of the rows in which similar ones are next to one another."""
    return leaves_list(linkage(values, "average", optimal_ordering=True))


def _draw_verdicts(strip: Axes, verdicts: pd.Series) -> None:
    """Draw the verdict on each sample beside its row."""
    codes = verdicts.map({name: code for code, name in enumerate(VERDICT_COLOURS)})
    colours = ListedColormap(list(VERDICT_COLOURS.values()))
    strip.imshow(codes.to_numpy()[:, None], aspect="auto", interpolation="nearest", cmap=colours, vmin=-0.5, vmax=2.5)
    strip.set_xticks([0], ["verdict"], **SLANTED)
    strip.tick_params(left=False, labelleft=False)
    strip.spines[:].set_visible(False)
    counts = verdicts.value_counts()
    handles = [
        Patch(color=colour, label=f"{name} ({counts.get(name, 0):,})") for name, colour in VERDICT_COLOURS.items()
    ]
    legend_right_of(strip, handles=handles, title="verdict")


def in_words(verdicts: pd.Series) -> str:
    """Return how many samples have which verdict, and the names of those with a poor one."""
    counts = verdicts.value_counts()
    told = ", ".join(f"{counts.get(name, 0):,} {name}" for name in VERDICT_COLOURS)
    poor = list(verdicts.index[verdicts == POOR])
    more = f" and {len(poor) - NAMED:,} more" if len(poor) > NAMED else ""
    named = f" Poor: {', '.join(poor[:NAMED])}{more}." if poor else ""
    return f"Verdicts on {len(verdicts):,} samples: {told}.{named}"
