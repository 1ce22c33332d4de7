"""The colours of cell types in a file, where scanpy, squidpy and CELLxGENE look for them."""

from collections.abc import Mapping

import anndata as ad

from .colours import palette
from .keys import Obs, Uns


def add_to(adata: ad.AnnData, column: str, colours: Mapping[str, str]) -> None:
    """Write the colours of a column of categories, in their order."""
    adata.uns[Uns.colours(column)] = [colours[name] for name in adata.obs[column].cat.categories]


def add_types(cells: ad.AnnData, colours: Mapping[str, str]) -> None:
    """Write all types of the reference and their colours, also of those that no cell has, into a file of cells."""
    cells.uns[Uns.CELL_TYPES] = list(colours)
    cells.uns[Uns.colours(Uns.CELL_TYPES)] = list(colours.values())
    cells.obs[Obs.CELL_TYPE] = cells.obs[Obs.CELL_TYPE].cat.remove_unused_categories()
    add_to(cells, Obs.CELL_TYPE, colours)


def of_cells(cells: ad.AnnData) -> dict[str, str]:
    """Return the colours of all types that a file of cells carries; without any, those of its own types."""
    if Uns.colours(Uns.CELL_TYPES) not in cells.uns:
        return palette(cells.obs[Obs.CELL_TYPE].astype(str))
    names, kept = cells.uns[Uns.CELL_TYPES], cells.uns[Uns.colours(Uns.CELL_TYPES)]
    return dict(zip(map(str, names), map(str, kept), strict=True))
