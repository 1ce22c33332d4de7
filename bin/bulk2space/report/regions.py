"""Figure of what the regions of a section hold."""

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from ..contract.patterns import EXPRESSION, PROPORTION, SURE
from ..contract.percents import percent
from . import style
from .drawing import Drawing

MAP = "PuOr_r"  # orange: more than outside; purple: less
GENES = 4  # named beside a region
CELL = 0.5  # inches


def draw(table: pd.DataFrame, *, sample: str) -> Drawing | None:
    """Draw each type's proportion inside a region against outside, with the genes of each region; None without regions.

    Parameters
    ----------
    table
        contract/tables.py, REGIONS.
    sample
        Name in the heading.
    """
    held = table[table["level"] == PROPORTION]
    if held.empty:
        return None
    difference, sure, inside = (
        held.assign(difference=held["inside"] - held["outside"], sure=held["p_adjusted"] < SURE)
        .pivot(index="region", columns="name", values=column)
        .to_numpy(dtype=float)
        for column in ("difference", "sure", "inside")
    )
    regions, types = sorted(held["region"].unique()), sorted(held["name"].unique())
    names = [style.wrap(name) for name in regions]
    height = len(regions) * max(CELL, style.row_height(names))
    drawn = style.figure(sample, "What the regions hold", height=height + 2.0)
    axes = drawn.subplots()
    most = max(float(np.abs(difference).max()), 0.01)
    norm = Normalize(-most, most)
    axes.imshow(difference, cmap=MAP, norm=norm, aspect="auto")
    for row, column in np.ndindex(difference.shape):
        dark = abs(difference[row, column]) > 0.6 * most
        weight = "bold" if sure[row, column] else "normal"
        axes.text(
            column, row, percent(inside[row, column]), ha="center", va="center", fontsize=8, fontweight=weight,
            color="white" if dark else style.INK,
        )  # fmt: skip
    axes.set_xticks(range(len(types)), [style.wrap(name, 16) for name in types], rotation=45, ha="right",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(range(len(regions)), names)
    genes = _genes(table)
    if genes:
        right = axes.secondary_yaxis("right")
        right.set_yticks(
            range(len(regions)), [style.wrap(", ".join(genes.get(name, [])) or "–", 30) for name in regions]
        )
        right.set_ylabel("genes higher than outside")
        right.tick_params(length=0)
        right.spines[:].set_visible(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    bar = drawn.colorbar(ScalarMappable(norm, MAP), ax=axes, orientation="horizontal", shrink=0.4, aspect=30)
    bar.set_label("proportion inside minus outside")
    caption = (
        "Numbers are the mean proportion of each type in a region; the colour compares it with the other regions. "
        f"Bold: the adjusted p is below {SURE:g}. The test allows for alike neighbouring places (Dutilleul 1993): "
        "they do not count as independent. Right: measured genes that are higher inside than outside beyond chance, "
        "the clearest first. All values: regions.csv."
    )
    return Drawing("regions", "What the regions hold", caption, drawn, held)


def _genes(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the clearest genes of each region that has any."""
    found = table[(table["level"] == EXPRESSION) & (table["p_adjusted"] < SURE) & (table["correlation"] > 0)]
    found = found.sort_values(["correlation", "name"], ascending=[False, True])
    return {region: of_region["name"].head(GENES).to_list() for region, of_region in found.groupby("region")}
