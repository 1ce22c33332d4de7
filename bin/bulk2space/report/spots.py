"""Figures of a section of spots: the composition of each spot, the placed cells, and both against the ground truth."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from ..contract.keys import Obs
from ..contract.stored import Readable
from ..numerics import metrics
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings
from .placed_cells import cell_table, draw_types

BESIDE_BAR = 0.8  # of the width of a small map that its colour bar leaves
PACKED = 0.75  # diameter of a cell's disc over that with which a typical spot's cells would fill the spot


def proportions(spots: pd.DataFrame, settings: MapSettings) -> Drawing:
    """Draw the proportion of each type in each spot: one small map per type, each on its own colour scale.

    Parameters
    ----------
    spots
        spots.csv: spot, x, y, cell_type, proportion (of the spot's cells, 0–1); every spot × type.
    settings
        What all maps of the section have in common.
    """
    table = spots[["spot", "x", "y", "cell_type", "proportion"]]
    types = sorted(table["cell_type"].unique())
    positions = table.drop_duplicates("spot")[["x", "y"]].to_numpy(float)
    rows, columns = maps.grid(len(types))
    side = (style.FIGURE_WIDTH - 1.0) / max(columns, 3)
    drawn = style.figure(
        settings.sample,
        "Proportion of each cell type in the spots",
        height=0.9 + rows * (side * BESIDE_BAR * maps.map_shape(positions) + 0.5),
    )
    panels = drawn.subplots(rows, columns, squeeze=False).ravel()
    empty = table.groupby("spot")["proportion"].transform("sum") == 0
    shown = table["proportion"].mask(empty)
    for axes, name in zip(panels, types, strict=False):
        _draw_proportion(axes, table[table["cell_type"] == name], shown, settings)
        axes.set_title(style.wrap(name, 22))
    for axes in panels[len(types) :]:
        axes.set_axis_off()
    caption = (
        "Each map is a cell type with a colour scale of its own, so that rare types can be seen: read the numbers "
        "beside a map before you compare it with another. Yellow spots have the highest proportion of the type; grey "
        "spots are empty. Good: regions that fit the tissue. Alarming: the same low proportion in all spots, which is "
        f"often noise. {style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("spots_shares", "Proportion of each type", caption, drawn, table)


def _draw_proportion(axes: Axes, part: pd.DataFrame, shown: pd.Series, settings: MapSettings) -> None:
    """Draw the map of one type (its rows of spots.csv; the proportions that are shown, NaN in empty spots)."""
    discs = maps.draw_discs(
        axes,
        part[["x", "y"]].to_numpy(float),
        diameter=settings.diameter,
        array=np.ma.masked_invalid(shown[part.index].to_numpy()),
        cmap=colormaps[style.PROPORTION_MAP].with_extremes(bad=style.LIGHT),
        norm=Normalize(0, float(part["proportion"].max()) or 1),
    )
    maps.scale_bar(axes, settings)
    style.colour_bar(axes, discs, "")


def dominant_types_and_cells(spots: pd.DataFrame, spatial: Readable, settings: MapSettings) -> Drawing:
    """Draw the most frequent type of every spot, and beside it every placed cell coloured by its type."""
    dominant = dominant_types(spots)
    positions = dominant[["x", "y"]].to_numpy(float)
    cells = cell_table(spatial)
    drawn = style.figure(
        settings.sample,
        "Dominant types, and cells at their locations",
        height=1.1 + maps.map_height(positions, columns=2, legend=sorted(set(cells["cell_type"]))),
    )
    left, right = drawn.subplots(1, 2)
    facecolors = style.colours_of(dominant["cell_type"], settings.colours, otherwise=style.LIGHT)
    maps.draw_discs(left, positions, diameter=settings.diameter, facecolors=facecolors)
    cells_of_a_spot = max(float(cells.groupby(Obs.SPOT).size().median()) if Obs.SPOT in cells else 1.0, 1.0)
    cell_diameter = PACKED * settings.diameter / np.sqrt(cells_of_a_spot)
    of_spots = set(dominant["cell_type"])
    draw_types(right, cells, diameter=cell_diameter, colours=settings.colours, also=of_spots)
    maps.frame_section(right, positions, settings.diameter)
    for axes, title in ((left, f"dominant type, {len(positions):,} spots"), (right, f"placed cells, {len(cells):,}")):
        axes.set_title(title)
        maps.label_section(axes, settings.unit)
    caption = (
        "Left: each spot has the colour of its most frequent type, and spots without a composition are grey. Right: "
        "each dot is a generated cell at its location. The legend gives the number of cells of each type. Good: "
        "regions that fit the tissue. Alarming: types mixed without any pattern where the tissue has one. "
        f"{style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("spots_cells", "Dominant types and placed cells", caption, drawn, cells)


def dominant_types(spots: pd.DataFrame) -> pd.DataFrame:
    """Return the row of the most frequent type of every spot; the type is ``none`` where a spot has no composition.

    A spot whose cells were not placed still has a composition, and so a dominant type.
    """
    ordered = spots.sort_values(["proportion", "cell_type"], ascending=[False, True], kind="stable")
    largest = ordered.drop_duplicates("spot").sort_index()
    return largest.assign(cell_type=largest["cell_type"].where(largest["proportion"] > 0, "none"))


def against_truth(spots: pd.DataFrame, truth: pd.DataFrame, *, sample: str, colours: dict[str, str]) -> Drawing:
    """Draw the estimated proportion of each type in each spot against the ground truth, and the error of each type.

    Parameters
    ----------
    spots, truth
        spot, cell_type, proportion (of the spot's cells, 0–1).
    sample, colours
        Name in the heading; colour by type.
    """
    estimated, true = metrics.align(*(frame.set_index(["spot", "cell_type"])["proportion"] for frame in (spots, truth)))
    table = pd.DataFrame({"recovered": estimated, "truth": true}).rename_axis(["spot", "cell_type"]).reset_index()
    errors = (
        table.assign(square=(table["recovered"] - table["truth"]) ** 2).groupby("cell_type")["square"].mean().pow(0.5)
    ).sort_values(ascending=False)
    names = [style.wrap(name, 26) for name in errors.index]
    drawn = style.figure(
        sample,
        "Composition of spots, estimates against ground truth",
        height=max(4.8, 1.4 + len(errors) * style.row_height(names)),
    )
    left, right = drawn.subplots(1, 2)
    _draw_spots_and_types(left, table, colours)
    right.barh(range(len(errors)), errors, color=style.colours_of(errors.index, colours), height=0.65)
    right.set_yticks(range(len(errors)), names)
    right.invert_yaxis()
    right.set(xlabel="RMSE of the type's proportion over spots", title="error of each type")
    caption = (
        "Left: each dot is one type in one spot. On the dashed line, the estimate equals the ground truth. "
        "Right: the error of each type. PCC is Pearson's correlation, RMSE the root mean squared error."
    )
    return Drawing("spots_truth", "Spots: estimates against ground truth", caption, drawn, table)


def _draw_spots_and_types(axes: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    """Draw one dot per spot and type (table: cell_type, recovered, truth)."""
    axes.scatter(
        table["truth"],
        table["recovered"],
        c=style.colours_of(table["cell_type"], colours),
        s=12,
        alpha=0.55,
        linewidths=0,
        rasterized=len(table) > style.RASTERISE_FROM,
    )
    style.identity_line(axes, 0, max(1.0, float(table[["recovered", "truth"]].max().max())))
    pcc, rmse = (metric(table["recovered"], table["truth"]) for metric in (metrics.pcc, metrics.rmse))
    axes.set(
        xlabel="ground truth, proportion of the spot's cells",
        ylabel="estimated proportion of the spot's cells",
        title=f"PCC {style.number(pcc)}, RMSE {style.number(rmse)}, {len(table):,} spots × types",
    )
