"""Figure of the tissue's image, and of the dominant types of its spots upon it."""

import pandas as pd
from matplotlib.axes import Axes

from ..contract.keys import Uns
from ..contract.stored import Readable
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings
from .spots import dominant_types

PALE = 0.35  # opacity of the image below the spots
SEE_THROUGH = 0.8  # opacity of the spots above it


def draw(spots: pd.DataFrame, section: Readable, settings: MapSettings) -> Drawing:
    """Draw the image of the tissue, and beside it the most frequent type of every spot upon the pale image.

    Parameters
    ----------
    spots
        spots.csv: spot, x, y, cell_type, proportion; every spot × type.
    section
        The spots as measured, with the image in ``uns``.
    settings
        What all maps of the section have in common.
    """
    dominant = dominant_types(spots)[["spot", "x", "y", "cell_type"]]
    positions = dominant[["x", "y"]].to_numpy(float)
    counts = dominant["cell_type"].value_counts()
    shown = {name: colour for name, colour in settings.colours.items() if name in counts}
    drawn = style.figure(
        settings.sample,
        "Tissue and dominant types",
        height=1.1 + maps.map_height(positions, columns=2, legend=list(shown)),
    )
    left, right = drawn.subplots(1, 2)
    _draw_image(left, section)
    _draw_image(right, section, alpha=PALE)
    facecolors = style.colours_of(dominant["cell_type"], settings.colours, otherwise=style.LIGHT)
    maps.draw_discs(right, positions, diameter=settings.diameter, facecolors=facecolors, alpha=SEE_THROUGH)
    style.type_legend(right, shown, counts=counts)
    for axes, title in ((left, "image of the tissue"), (right, f"dominant type, {len(positions):,} spots")):
        maps.frame_section(axes, positions, settings.diameter)
        axes.set_title(title)
        maps.label_section(axes, settings.unit)
    caption = (
        "Left: the image that came with the section. Right: each spot has the colour of its most frequent type, on the "
        f"same image. The legend gives the number of spots of each type. {style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("spots_tissue", "Tissue and dominant types", caption, drawn, dominant)


def _draw_image(axes: Axes, section: Readable, *, alpha: float = 1.0) -> None:
    """Draw the image in coordinate units."""
    image, scale = section.uns[Uns.IMAGE], float(section.uns[Uns.IMAGE_SCALE])
    height, width = image.shape[:2]
    axes.imshow(image, extent=(0, width / scale, height / scale, 0), alpha=alpha, interpolation="bilinear")
