"""The two linked maps of an explorer page as a Bokeh document: axes, tools and what they draw."""

from typing import Any

from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, LassoSelectTool, PanTool, Plot, Range1d, WheelZoomTool
from bokeh.plotting import figure, row

SIDES = ("left", "right")
EMPTY: list = []


def document(unit: str) -> dict[str, Any]:
    """Return both maps for ``Bokeh.embed.embed_item``: page.js finds their parts by name and fills them.

    Parameters
    ----------
    unit
        Of the coordinates.
    """
    x, y = Range1d(start=0, end=1, name="x range"), Range1d(start=1, end=0, name="y range")  # y runs downwards
    panels = [_panel(side, x, y, unit) for side in SIDES]
    return dict(json_item(row(*panels, sizing_mode="stretch_both")))


def _panel(side: str, x: Range1d, y: Range1d, unit: str) -> Plot:
    """Return one map: the tissue's image, above it places as an image, above that places as discs."""
    pan, wheel = PanTool(name=f"{side} pan"), WheelZoomTool(zoom_on_axis=False)
    lasso = LassoSelectTool(name=f"{side} lasso", continuous=False, persistent=True, renderers=[])
    plot = figure(
        name=side,
        x_range=x,
        y_range=y,
        x_axis_label=f"x ({unit})",
        y_axis_label=f"y ({unit}), downwards",
        tools=[pan, wheel, lasso],
        active_drag=pan,
        active_scroll=wheel,
        toolbar_location=None,
        sizing_mode="stretch_both",
        min_width=200,
        min_height=240,
        background_fill_color=None,
        border_fill_color=None,
    )
    plot.grid.visible = False
    for axis in plot.axis:
        axis.name = f"{side} axis"
    for name in ("tissue", "raster"):
        source = ColumnDataSource({"image": EMPTY, "x": EMPTY, "y": EMPTY, "dw": EMPTY, "dh": EMPTY})
        plot.image_rgba("image", "x", "y", "dw", "dh", source=source, name=f"{side} {name}")
    discs = ColumnDataSource({"x": EMPTY, "y": EMPTY, "radius": EMPTY, "colour": EMPTY})
    plot.circle("x", "y", radius="radius", fill_color="colour", line_color=None, source=discs, name=f"{side} discs")
    return plot
