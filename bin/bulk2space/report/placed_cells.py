"""The cells of a section as a table and as coloured discs on a map."""

from collections.abc import Collection

import pandas as pd
from matplotlib.axes import Axes

from ..contract.keys import Obs, Obsm
from ..contract.stored import Readable
from . import maps, style

# Columns of the figure's table, where the file has them.
ALSO_SHOWN = (Obs.SPOT, Obs.SCORE, Obs.FIT, Obs.CELL_TYPE_SCORE, Obs.CELL_TYPE_MARGIN)


def cell_table(spatial: Readable) -> pd.DataFrame:
    """Return cell, cell_type, x, y (coordinate units) and what the file says of spot and confidence."""
    table = pd.DataFrame(
        {
            "cell": spatial.obs_names,
            "cell_type": spatial.obs[Obs.CELL_TYPE].astype(str).to_numpy(),
            "x": spatial.obsm[Obsm.SPATIAL][:, 0],
            "y": spatial.obsm[Obsm.SPATIAL][:, 1],
        }
    )
    return table.assign(**{name: spatial.obs[name].to_numpy() for name in ALSO_SHOWN if name in spatial.obs})


def score_table(spatial: Readable, column: str) -> pd.DataFrame:
    """Return cell, cell_type and score: the values of a column of ``obs``."""
    return pd.DataFrame(
        {
            "cell": spatial.obs.index,
            "cell_type": spatial.obs[Obs.CELL_TYPE].astype(str).to_numpy(),
            "score": spatial.obs[column].to_numpy(float),
        }
    )


def draw_types(
    axes: Axes, cells: pd.DataFrame, *, diameter: float, colours: dict[str, str], also: Collection[str] = ()
) -> None:
    """Draw cells (cell_type, x, y) coloured by type, with a legend of the types and their numbers of cells.

    The legend has the types of the map beside it, too (``also``), where no cell has them.
    """
    facecolors = style.colours_of(cells["cell_type"], colours, otherwise=style.LIGHT)
    maps.draw_discs(axes, cells[["x", "y"]].to_numpy(float), diameter=diameter, facecolors=facecolors)
    counts = cells["cell_type"].value_counts()
    style.type_legend(
        axes, {name: colours[name] for name in colours if name in counts.index or name in also}, counts=counts
    )
