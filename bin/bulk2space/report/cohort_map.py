"""The samples of a cohort by composition: their principal components, coloured by condition and covariates."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from .cohort_factors import NUMBER_MAP, Factor
from .drawing import Drawing
from .style import GREY, INK, dots, figure, legend_right_of, wrap

MOST_NAMED = 12  # samples apart whose names are written


def draw(samples: pd.DataFrame, factors: list[Factor], *, cohort: str) -> Drawing | None:
    """Draw the samples in their two principal components, a panel for each factor; None where these are not known.

    Parameters
    ----------
    samples
        contract/tables.py, COHORT_SAMPLES.
    factors
        Condition and covariates that are shown.
    cohort
        Name in the heading.
    """
    if samples["pc1"].isna().all():
        return None
    number = max(len(factors), 1)
    drawn = figure(cohort, "Samples by composition", height=3.7)
    panels = drawn.subplots(1, max(number, 2), squeeze=False, sharex=True, sharey=True)[0]
    for axes in panels[number:]:
        axes.set_axis_off()
    shown: list[Factor | None] = [*factors] or [None]
    for axes, factor in zip(panels, shown, strict=False):
        _draw_panel(axes, samples, factor)
    _name_apart(panels[0], samples[samples["apart"] == 1])
    panels[0].set_ylabel("second component")
    caption = (
        "Each point is a sample; samples of similar composition lie close to one another. The axes are the first two "
        "principal components of the logarithms of the proportions. A ring marks a sample that lies apart from the "
        "others, a cross one that takes no part in tests. Grey: no value is given. If colours separate that are no "
        "condition, look for a batch."
    )
    saved = samples.assign(**{factor.name: samples["sample"].map(factor.values) for factor in factors})
    return Drawing("samples", "Samples by composition", caption, drawn, saved)


def _draw_panel(axes: Axes, samples: pd.DataFrame, factor: Factor | None) -> None:
    x, y = samples["pc1"].to_numpy(), samples["pc2"].to_numpy()
    colours = factor.colours(list(samples["sample"])) if factor else GREY
    size = 26 if len(x) <= 100 else 12 if len(x) <= 500 else 7
    axes.scatter(x, y, s=size, c=colours, alpha=0.8, linewidths=0, rasterized=len(x) > 500)
    out, apart = (samples["left_out"] != "").to_numpy(), (samples["apart"] == 1).to_numpy()
    axes.scatter(x[out], y[out], s=size, marker="x", color=INK, linewidths=0.8)
    axes.scatter(x[apart], y[apart], s=4 * size, facecolors="none", edgecolors=INK, linewidths=0.8)
    axes.set(xlabel="first component", title=factor.name if factor else "")
    if factor and factor.words:
        entries = {wrap(word, 16): colour for word, colour in factor.entries.items()}
        legend_right_of(axes, handles=dots(entries))
    elif factor:
        numbers = factor.numbers(list(factor.values.index))
        norm = Normalize(np.nanmin(numbers), np.nanmax(numbers))
        axes.figure.colorbar(ScalarMappable(norm, NUMBER_MAP), ax=axes, shrink=0.7, aspect=20, label=factor.name)


def _name_apart(axes: Axes, samples: pd.DataFrame) -> None:
    """Write the names of samples apart, unless they are too many to read."""
    if len(samples) <= MOST_NAMED:
        for name, x, y in zip(samples["sample"], samples["pc1"], samples["pc2"], strict=True):
            axes.annotate(wrap(name, 20), (x, y), (5, 3), textcoords="offset points", fontsize=7)
