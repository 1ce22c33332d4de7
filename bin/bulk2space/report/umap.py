"""Figure of reference and generated cells in one UMAP."""

import anndata as ad
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..contract.keys import CellMap, Obs, Obsm, Uns
from .drawing import Drawing
from .style import COLOURS, RASTERISE_FROM, colours_of, dots, figure, type_legend

REFERENCE, GENERATED = "reference", "generated"
AREA_OF_ALL_DOTS, SMALLEST_DOT, LARGEST_DOT = 6000, 1.5, 9  # square points
SOURCE_COLOURS = {REFERENCE: "#B0B0B0", GENERATED: COLOURS[0]}


def draw(
    reference: ad.AnnData, cells: ad.AnnData, *, sample: str, colours: dict[str, str], rng: np.random.Generator
) -> Drawing:
    """Draw reference and generated cells in one UMAP, coloured by source and by type.

    Parameters
    ----------
    reference, cells
        Annotated cells; generated cells with the UMAP of both (generator/cell_map.py).
    sample, colours
        Name in the heading; colour by type.
    rng
        Draws the order in which the cells are drawn.
    """
    found = cells.uns[Uns.CELL_MAP]
    table = _table(reference, cells, found[CellMap.REFERENCE])
    drawn = _draw_panels(table, rng.permutation(len(table)), sample, colours)
    sizes = table["source"].value_counts()
    caption = (
        "Each dot is a cell. Good: generated cells and those of the reference overlap. Alarming: islands of generated "
        "cells alone. Types that the bulk lacks have cells of the reference only. UMAP is a map on which cells with "
        f"similar expression lie close together. This one is made of {found[CellMap.N_COMPONENTS]} principal "
        f"components of the {found[CellMap.N_GENES]:,} most variable genes, with {found[CellMap.NEIGHBOURS]} "
        f"neighbours and a minimum distance of {found[CellMap.MINIMUM_DISTANCE]:g}. It shows "
        f"{sizes.get(REFERENCE, 0):,} of {reference.n_obs:,} cells of the reference and "
        f"{sizes.get(GENERATED, 0):,} of {cells.n_obs:,} generated ones. The same places are in obsm['X_umap'] of "
        "cells.h5ad."
    )
    return Drawing("umap", "Shared UMAP", caption, drawn, table)


def _table(reference: ad.AnnData, cells: ad.AnnData, of_reference: pd.DataFrame) -> pd.DataFrame:
    """Return cell, source, cell_type, umap_1, umap_2 of all cells that have a place."""
    names = of_reference["cell"].astype(str)
    known = of_reference.assign(
        cell=names.to_numpy(),
        source=REFERENCE,
        cell_type=reference.obs.loc[names, Obs.CELL_TYPE].astype(str).to_numpy(),
    )
    generated = pd.DataFrame(
        {
            "cell": cells.obs_names.astype(str),
            "source": GENERATED,
            "cell_type": cells.obs[Obs.CELL_TYPE].astype(str).to_numpy(),
            "umap_1": cells.obsm[Obsm.UMAP][:, 0],
            "umap_2": cells.obsm[Obsm.UMAP][:, 1],
        }
    ).dropna()
    return pd.concat([known, generated], ignore_index=True)[["cell", "source", "cell_type", "umap_1", "umap_2"]]


def _draw_panels(table: pd.DataFrame, order: np.ndarray, sample: str, colours: dict[str, str]) -> Figure:
    """Draw the cells (table: source, cell_type, umap_1, umap_2) twice, coloured by source and by type.

    They are drawn in a random order, so that neither source hides the other.
    """
    area = float(np.clip(AREA_OF_ALL_DOTS / len(table), SMALLEST_DOT, LARGEST_DOT))
    shuffled = table.iloc[order]
    drawn = figure(sample, "Reference and generated cells", height=4.9)
    left, right = drawn.subplots(1, 2)
    for axes, column, palette in ((left, "source", SOURCE_COLOURS), (right, "cell_type", colours)):
        axes.scatter(
            shuffled["umap_1"],
            shuffled["umap_2"],
            c=colours_of(shuffled[column], palette),
            s=area,
            linewidths=0,
            alpha=0.8,
            rasterized=len(table) > RASTERISE_FROM,
        )
        axes.set(xticks=[], yticks=[], xlabel="UMAP 1 (arbitrary units)", ylabel="UMAP 2 (arbitrary units)")
        axes.set_aspect("equal", adjustable="datalim")
    left.set_title("reference or generated")
    right.set_title("cell types of both")
    sizes = table["source"].value_counts()
    left.legend(handles=dots({f"{name} ({sizes.get(name, 0):,})": c for name, c in SOURCE_COLOURS.items()}), loc="best")
    counts = table["cell_type"].value_counts()
    present = {name: colour for name, colour in colours.items() if name in counts.index}
    type_legend(right, present, counts=counts, with_counts=False)
    return drawn
