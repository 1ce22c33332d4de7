"""Figure of the genes whose expression varies most in space."""

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize

from ..contract.expression import is_by_volume
from ..contract.keys import Obsm
from ..contract.patterns import SURE
from ..contract.stored import LOGS, Readable, Stored
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings

SHOWN = 8  # genes


def draw(table: pd.DataFrame, section: Readable, settings: MapSettings) -> Drawing | None:
    """Draw the measured genes of the highest Moran's I; None where no gene varies.

    Parameters
    ----------
    table
        contract/tables.py, SPATIAL_GENES.
    section
        The section as measured.
    settings
        What all maps of the section have in common.
    """
    varying = table[table["p_adjusted"] < SURE]
    shown = varying.head(SHOWN)
    if shown.empty:
        return None
    genes = shown["gene"].to_list()
    unit = style.VOLUME_UNIT if is_by_volume(section.uns) else style.LOG_UNIT
    positions = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    values = _values(section, genes)
    rows, columns = maps.grid(len(genes))
    side = (style.FIGURE_WIDTH - 0.5) / max(columns, 3)
    height = 0.6 + rows * (side * maps.map_shape(positions) * 0.72 + 0.6)
    drawn = style.figure(settings.sample, "Genes that vary in space", height=height)
    panels = drawn.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(genes) :]:
        axes.set_axis_off()
    for axes, row, value in zip(panels, shown.itertuples(), values.T, strict=False):
        norm = Normalize(0, float(value.max()) or 1)
        discs = maps.draw_discs(
            axes, positions, diameter=settings.diameter, array=value, cmap=style.EXPRESSION_MAP, norm=norm
        )
        axes.set_title(f"{row.gene}, I = {style.number(row.morans_i, 2)}", fontstyle="italic")
        maps.scale_bar(axes, settings)
        style.colour_bar(axes, discs, unit)
    caption = (
        f"The measured genes with the highest Moran's I, of {len(varying):,} that vary in space (adjusted p below "
        f"{SURE:g}; {len(table):,} tested). I is 1 where neighbours are equal and about 0 where places are dealt at "
        "random. A gene without a pattern here is measured too rarely, or is expressed everywhere alike. "
        f"{style.CAPTION_Y_DOWNWARDS} All genes: genes_in_space.csv."
    )
    return Drawing("genes_in_space", "Genes that vary in space", caption, drawn, shown)


def _values(section: Readable, genes: list[str]) -> np.ndarray:
    """Return log expression of some genes, places × genes."""
    if isinstance(section, Stored):
        return section.columns(LOGS, genes).toarray()
    return section[:, genes].X.toarray()
