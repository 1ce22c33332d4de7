"""Figure of how sure the placement is: a value at each location of the section, and the scores of each type."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from ..contract.keys import Obs, Obsm
from ..contract.stored import Readable
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings
from .placed_cells import score_table

WHISKERS = (5, 95)  # percentiles
BOXES = "Box: quartiles and median; whiskers: 5th and 95th percentile."


class _Labels(NamedTuple):
    """What the panels are called, and what the caption says of them."""

    map_title: str
    map_label: str
    score_label: str
    caption: str


SPOTS = _Labels(
    "confidence of each spot",
    "expected proportion of right cells",
    "score of a cell: probability that it is right",
    "A placed cell is right if its spot holds a cell of its type for it; its score is the probability of that. Left: "
    "the confidence of each spot, which is the mean score of its cells and so the proportion of them that is expected "
    "to be right; spots without cells are grey. From 0.8 on it is good. Below 0.5 most cells of a spot may be of the "
    "wrong type. Right: scores of the cells of each type. A type far left is easily mistaken for another.",
)
IMAGE = _Labels(
    "margin of the predicted type",
    "margin",
    "probability (0–1)",
    "Left: the margin of the predicted type, which is its probability minus that of the next type. It is near 0 where "
    "two types are equally probable. Right: probability of the predicted type, by type. Good: most cells above 0.8. "
    "Alarming: regions or types with low values, whose cells may be of another type.",
)


def of_spots(spots: pd.DataFrame, spatial: Readable, settings: MapSettings) -> Drawing:
    """Draw the confidence of each spot (spots: spots.csv), and the scores of the cells of each type."""
    of_spot = spots.drop_duplicates("spot")
    return _draw(
        of_spot[["x", "y"]].to_numpy(float),
        of_spot["confidence"],
        score_table(spatial, Obs.SCORE),
        SPOTS,
        settings,
    )


def of_image(spatial: Readable, settings: MapSettings) -> Drawing:
    """Draw the margin of each imaged cell's predicted type, and its probability by type."""
    return _draw(
        np.asarray(spatial.obsm[Obsm.SPATIAL], dtype=float),
        spatial.obs[Obs.CELL_TYPE_MARGIN],
        score_table(spatial, Obs.CELL_TYPE_SCORE),
        IMAGE,
        settings,
    )


def _draw(
    positions: np.ndarray, values: pd.Series, scores: pd.DataFrame, labels: _Labels, settings: MapSettings
) -> Drawing:
    """Draw a value at each location and, beside it, the distribution of scores in each type.

    Parameters
    ----------
    positions, values
        n × 2 in coordinate units and one value each (at most 1); NaN is drawn grey.
    scores
        cell, cell_type, score (0–1): what the distributions are made of.
    labels
        Names of the panels and the caption.
    settings
        What all maps of the section have in common.
    """
    drawn = style.figure(
        settings.sample,
        "Confidence",
        height=max(1.1 + maps.map_height(positions, columns=2) * 0.9, 1.2 + _boxes_height(scores)),
    )
    left, right = drawn.subplots(1, 2)
    known = values.notna().to_numpy()
    top = 1.0 if not known.any() or values.max() > 0.5 else float(values.max())
    if (~known).any():
        maps.draw_discs(left, positions[~known], diameter=settings.diameter, facecolors=style.LIGHT)
    discs = maps.draw_discs(
        left,
        positions[known],
        diameter=settings.diameter,
        array=values[known].to_numpy(float),
        cmap="cividis",
        norm=Normalize(min(0.0, float(values.min())), top),
    )
    maps.frame_section(left, positions, settings.diameter)
    maps.label_section(left, settings.unit)
    left.set_title(labels.map_title)
    style.colour_bar(left, discs, labels.map_label)
    _draw_boxes(right, scores, settings.colours)
    right.set(xlabel=labels.score_label, title="by cell type", xlim=(0, 1))
    caption = f"{labels.caption} {BOXES} {style.CAPTION_Y_DOWNWARDS}"
    return Drawing("confidence", "Scores on the section", caption, drawn, scores)


def _draw_boxes(axes: Axes, scores: pd.DataFrame, colours: dict[str, str]) -> None:
    """Draw one box per type, best median first."""
    medians = scores.groupby("cell_type")["score"].median().sort_values(ascending=False, kind="stable")
    parts = axes.boxplot(
        [scores.loc[scores["cell_type"] == name, "score"].to_numpy() for name in medians.index],
        orientation="horizontal",
        whis=WHISKERS,
        showfliers=False,
        patch_artist=True,
        widths=0.65,
        medianprops={"color": style.INK},
    )
    for box, colour in zip(parts["boxes"], style.colours_of(medians.index, colours), strict=True):
        box.set(facecolor=colour, alpha=0.75, linewidth=0.6)
    sizes = scores["cell_type"].value_counts()
    axes.set_yticks(range(1, len(medians) + 1), [_box_label(name, sizes[name]) for name in medians.index])
    axes.invert_yaxis()
    style.grid_lines(axes, axis="x", linewidth=0.6)


def _box_label(name: str, n_cells: int) -> str:
    return style.wrap(f"{name} ({n_cells:,})", 28)


def _boxes_height(scores: pd.DataFrame) -> float:
    """Return the inches that the boxes need, with room for numbers of cells of four digits."""
    names = [_box_label(name, 1000) for name in scores["cell_type"].unique()]
    return len(names) * style.row_height(names)
