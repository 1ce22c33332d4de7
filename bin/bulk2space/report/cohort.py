"""Figure and text of a cohort: the samples of one bulk and reference side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import PowerNorm, to_rgba
from matplotlib.patches import Patch
from scipy.cluster.hierarchy import leaves_list, linkage

from ..contract.verdicts import DOUBTFUL, GOOD, POOR
from .cohort_factors import NOT_GIVEN, Factor
from .drawing import Drawing
from .style import LIGHT, PROPORTION_MAP, figure, legend_right_of, wrap

MOST_LABELLED = 80  # samples; the names of more would be too small to read
ROW, LEAST_HEIGHT, HEIGHT_OF_MANY = 0.16, 2.6, 8.5  # inches: of a labelled row, of all rows at least, of many rows
SLANTED: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}  # labels below the columns
NAMED = 20  # samples of a poor verdict that are named
VERDICT_COLOURS = {GOOD: "#009E73", DOUBTFUL: "#E69F00", POOR: "#D55E00"}


def draw(proportions: pd.DataFrame, verdicts: pd.Series, factors: Sequence[Factor], *, cohort: str) -> Drawing:
    """Draw the proportions of all samples as a heat map, similar samples next to one another.

    Parameters
    ----------
    proportions
        Samples × types, named.
    verdicts
        The worse verdict on bulk and section, by sample.
    factors
        Condition and covariates, drawn as strips.
    cohort
        Name in the heading.
    """
    table = proportions.iloc[order(proportions.to_numpy())]
    is_labelled = len(table) <= MOST_LABELLED
    height = max(LEAST_HEIGHT, ROW * len(table)) if is_labelled else HEIGHT_OF_MANY
    drawn = figure(cohort, f"Cell-type proportions of {len(table):,} samples", height=height + 1.8)
    widths = (30, *[1] * (len(factors) + 1))
    axes, *strips = drawn.subplots(1, len(widths), sharey=True, width_ratios=widths)
    norm = PowerNorm(0.5, vmin=0, vmax=float(table.to_numpy().max()) or 1)
    axes.imshow(table, aspect="auto", interpolation="nearest", cmap=PROPORTION_MAP, norm=norm)
    axes.set_xticks(
        range(table.shape[1]), [wrap(name) for name in table], rotation=45, ha="right", rotation_mode="anchor"
    )
    axes.spines[:].set_visible(False)
    if is_labelled:
        axes.set_yticks(range(len(table)), [wrap(name, 40) for name in table.index])
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(table):,} samples")
    for strip, factor in zip(strips, factors, strict=False):
        _draw_strip(strip, factor.colours(list(table.index)), factor.name)
    _draw_strip(strips[-1], np.array([to_rgba(VERDICT_COLOURS[word]) for word in verdicts.loc[table.index]]), "verdict")
    legend_right_of(strips[-1], handles=_legend(verdicts.loc[table.index], factors))
    bar = drawn.colorbar(ScalarMappable(norm, PROPORTION_MAP), ax=axes, location="top", shrink=0.5, aspect=40)
    bar.set_label("proportion of cells")
    strips_named = ", ".join([*(factor.in_a_sentence for factor in factors), "verdict"])
    caption = (
        "Each row is a sample, each column a cell type. Samples of similar composition are next to one another "
        "(average linkage of Euclidean distances). Colours follow the square root of the proportion, so that rare "
        f"types can be seen. Strips on the right: {strips_named}."
    )
    known = {factor.name: factor.values.loc[table.index] for factor in factors if factor.name not in table}
    saved = table.assign(**known, verdict=verdicts.loc[table.index]).rename_axis("sample").reset_index()
    return Drawing("proportions", "Proportions of all samples", caption, drawn, saved)


def order(values: np.ndarray) -> np.ndarray:
    """Return the order of the rows in which similar ones are next to one another."""
    return leaves_list(linkage(values, "average", optimal_ordering=True))


def _draw_strip(strip: Axes, colours: np.ndarray, name: str) -> None:
    """Draw a colour beside each row."""
    strip.imshow(colours[:, None], aspect="auto", interpolation="nearest")
    strip.set_xticks([0], [name], **SLANTED)
    strip.tick_params(left=False, labelleft=False)
    strip.spines[:].set_visible(False)


def _legend(verdicts: pd.Series, factors: Sequence[Factor]) -> list[Patch]:
    """Return the entries of all strips, each below its name."""
    counts = verdicts.value_counts()
    handles = []
    for factor in factors:
        handles.append(_heading(factor.name))
        handles += [Patch(color=colour, label=wrap(word, 20)) for word, colour in _entries(factor).items()]
    named = {f"{name} ({counts.get(name, 0):,})": colour for name, colour in VERDICT_COLOURS.items()}
    return [*handles, _heading("verdict"), *(Patch(color=colour, label=name) for name, colour in named.items())]


def _entries(factor: Factor) -> dict[str, Any]:
    """Return colours by word; of numbers, those of the smallest and the largest."""
    if factor.words:
        return factor.entries
    missing = {NOT_GIVEN: LIGHT} if factor.values.isna().any() else {}
    numbers = factor.values.dropna().astype(float).sort_values()
    ends = [numbers.index[0], numbers.index[-1]]
    return {f"{numbers[end]:g}": tuple(factor.colours([end])[0]) for end in ends} | missing


def _heading(name: str) -> Patch:
    return Patch(facecolor="none", edgecolor="none", label=f"{name}:")


def in_words(verdicts: pd.Series) -> str:
    """Return how many samples have which verdict, and the names of those with a poor one."""
    counts = verdicts.value_counts()
    told = ", ".join(f"{counts.get(name, 0):,} {name}" for name in VERDICT_COLOURS)
    poor = list(verdicts.index[verdicts == POOR])
    more = f" and {len(poor) - NAMED:,} more" if len(poor) > NAMED else ""
    named = f" Poor: {', '.join(poor[:NAMED])}{more}." if poor else ""
    return f"Verdicts on {len(verdicts):,} samples: {told}.{named}"
