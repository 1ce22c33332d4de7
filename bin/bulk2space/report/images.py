"""Figures of a section of imaged cells: their predicted types, and these against the ground truth."""

import anndata as ad
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from ..contract.keys import Obs
from ..numerics import metrics
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings
from .placed_cells import cell_table, draw_types

DARK_FROM = 0.55  # proportion from which a cell of the confusion matrix is so dark that its number is white


def predicted_types(spatial: ad.AnnData, settings: MapSettings) -> Drawing:
    """Draw the section's cells coloured by predicted type, and beside it the probability of that type."""
    cells = cell_table(spatial)
    positions = cells[["x", "y"]].to_numpy(float)
    drawn = style.figure(
        settings.sample,
        "Cells of the section and their predicted types",
        height=1.1 + maps.map_height(positions, columns=2, legend=sorted(set(cells["cell_type"]))),
    )
    left, right = drawn.subplots(1, 2)
    discs = maps.draw_discs(
        left,
        positions,
        diameter=settings.diameter,
        array=cells[Obs.CELL_TYPE_SCORE].to_numpy(float),
        cmap=style.PROPORTION_MAP,
        norm=Normalize(0, 1),
    )
    draw_types(right, cells, diameter=settings.diameter, colours=settings.colours)
    for axes, title in ((left, "probability of the predicted type"), (right, f"predicted type, {len(cells):,} cells")):
        axes.set_title(title)
        maps.label_section(axes, settings.unit)
    style.colour_bar(left, discs, "probability (0–1)")
    caption = (
        "Each dot is a cell of the section at its location. Right: its most probable type. Left: the probability of "
        "that type. It was learned on generated cells that were seen as this section sees cells: of all cells with "
        f"0.8, about 80 % should have their type right. {style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("image_cells", "Predicted types and their probability", caption, drawn, cells)


def against_truth(spatial: ad.AnnData, truth: pd.DataFrame, *, sample: str) -> Drawing:
    """Draw the ground-truth types against the predicted types as a confusion matrix, with the accuracy.

    Parameters
    ----------
    spatial
        Imaged cells with ``obs["cell_type"]``.
    truth
        cell, cell_type.
    sample
        Name in the heading.
    """
    counts = metrics.confusion(spatial.obs[Obs.CELL_TYPE].astype(str), truth.set_index("cell")["cell_type"])
    side = 1.6 + 0.36 * len(counts)  # inches
    drawn = style.figure(
        sample,
        "Predicted types against ground truth",
        width=min(side + 2.4, style.FIGURE_WIDTH),
        height=side + 1.0,
    )
    _draw_confusion(drawn.subplots(), counts)
    caption = (
        "Each row is a type of the ground truth. The numbers are cells, and the colour is their proportion of the row. "
        "A dark diagonal means a good prediction."
    )
    table = counts.rename_axis("truth").reset_index().melt(id_vars="truth", var_name="predicted", value_name="cells")
    return Drawing("image_truth", "Predicted types against ground truth", caption, drawn, table)


def _draw_confusion(axes: Axes, counts: pd.DataFrame) -> None:
    """Draw numbers of cells (true types × predicted types), coloured by their proportion of each row."""
    cells = counts.to_numpy()
    proportions = counts.div(counts.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    image = axes.imshow(proportions, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(cells > 0):
        colour = "white" if proportions[row, column] > DARK_FROM else style.INK
        axes.text(column, row, f"{cells[row, column]:,}", ha="center", va="center", fontsize=7, color=colour)
    types = [style.wrap(name, 22) for name in counts.index]
    axes.set_xticks(range(len(types)), types, rotation=90)
    axes.set_yticks(range(len(types)), types)
    axes.spines[:].set_visible(False)
    axes.set(
        xlabel="predicted type",
        ylabel="type of the ground truth",
        title=f"accuracy {style.number(metrics.accuracy(counts))} over {cells.sum():,} cells",
    )
    style.colour_bar(axes, image, "proportion of the row's cells")
