"""Figures of genes on a section: measured above predicted, and genes that were not measured."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ..contract.expression import counts_or_linear, shared_genes
from ..contract.keys import Obs, Obsm, Var
from ..contract.stored import Stored
from ..numerics import metrics
from ..numerics.scaling import TARGET_SUM, log_normalize
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings


def spot_markers(section: Stored, spatial: Stored, genes: list[str], settings: MapSettings) -> Drawing:
    """Draw marker genes as measured in the spots, above the sum of each spot's placed cells.

    Parameters
    ----------
    section, spatial
        Spots as measured; placed cells with ``obs["spot"]``. Both are read block by block.
    genes
        One to five genes that both files have.
    settings
        What all maps of the section have in common.
    """
    shared = shared_genes(section, spatial)
    measured = _in_spots(section, np.arange(section.n_obs), section.n_obs, shared, genes)
    spot_of_cell = section.obs_names.get_indexer(spatial.obs[Obs.SPOT].astype(str))
    predicted = _in_spots(spatial, spot_of_cell, section.n_obs, shared, genes)
    positions = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    table = _table(section.obs_names, positions, genes, "spot", measured=measured, predicted=predicted)
    drawn = _draw_pairs("Marker genes, measured and predicted", positions, genes, measured, predicted, settings)
    caption = (
        "Top: measured in the spots. Bottom: the sum of the cells placed in each spot. Each gene has one colour scale "
        f"({style.LOG_UNIT}), and r is Pearson's correlation over spots. These markers helped to estimate the "
        "composition of the spots. Agreement is therefore expected, and disagreement is a reason to doubt. "
        f"{style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("spots_markers", "Marker genes measured and predicted", caption, drawn, table)


def _in_spots(stored: Stored, spots: np.ndarray, number: int, shared: list[str], genes: list[str]) -> np.ndarray:
    """Return what :func:`_over_shared` does of sums of rows, spots × genes.

    Parameters
    ----------
    stored
        Spots or cells, read block by block.
    spots
        The spot of each row, (rows,); below 0 for rows outside.
    number
        Number of spots.
    shared, genes
        The genes that totals are over, and those to return.
    """
    columns, is_shared = stored.var_names.get_indexer(genes), stored.var_names.isin(shared).astype(float)
    sums, total = np.zeros((number, len(genes))), np.zeros(number)
    for start, values in stored.counts_or_linear():
        own = spots[start : start + values.shape[0]]
        inside = own >= 0
        np.add.at(total, own[inside], (values @ is_shared)[inside])
        np.add.at(sums, own[inside], values[:, columns].toarray()[inside])
    return np.log1p(sums * np.divide(TARGET_SUM, total, out=np.zeros(number), where=total > 0)[:, None])


def panel_genes(section: ad.AnnData, spatial: ad.AnnData, genes: list[str], settings: MapSettings) -> Drawing:
    """Draw genes of an image's panel as measured, above their prediction (parameters as of :func:`spot_markers`)."""
    positions = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    shared = shared_genes(section, spatial)
    measured, predicted = (
        _over_shared(counts_or_linear(adata[:, shared]), shared, genes)
        for adata in (section, spatial[section.obs_names])
    )
    table = _table(section.obs_names, positions, genes, "cell", measured=measured, predicted=predicted)
    drawn = _draw_pairs("Panel genes, measured and predicted", positions, genes, measured, predicted, settings)
    caption = (
        "Top: measured. Bottom: predicted from each cell's neighbours among the generated cells. Each gene has one "
        f"colour scale ({style.LOG_UNIT}), and r is Pearson's correlation over cells. These genes helped to find the "
        f"neighbours, so this is no test on held-out genes. {style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("image_genes", "Panel genes measured and predicted", caption, drawn, table)


def new_genes(spatial: ad.AnnData, genes: list[str], settings: MapSettings) -> Drawing:
    """Draw predicted genes that the section's panel lacks."""
    positions = np.asarray(spatial.obsm[Obsm.SPATIAL], dtype=float)
    stored = spatial[:, genes].X  # cells × genes, log expression
    values = stored.toarray() if sp.issparse(stored) else np.asarray(stored)
    side = (style.FIGURE_WIDTH - 0.5) / max(len(genes), 3)
    drawn = style.figure(
        settings.sample,
        "Predicted genes that were not measured",
        height=1.1 + side * maps.map_shape(positions) * 0.72 + 0.3,
    )
    for axes, gene, value in zip(drawn.subplots(1, len(genes), squeeze=False)[0], genes, values.T, strict=True):
        discs = maps.draw_discs(
            axes,
            positions,
            diameter=settings.diameter,
            array=value,
            cmap=style.EXPRESSION_MAP,
            norm=Normalize(0, float(value.max()) or 1),
        )
        axes.set_title(_named(gene, spatial.var.loc[gene]), fontstyle="italic")
        maps.scale_bar(axes, settings.unit)
        style.colour_bar(axes, discs, style.LOG_UNIT)
    table = _table(spatial.obs_names, positions, genes, "cell", predicted=values)
    caption = (
        "Markers of frequent types that the section's panel lacks. They are predicted from each cell's neighbours "
        "among the generated cells. r is the correlation with a measurement that is expected; a gene that is called "
        f"weakly predicted has less than 0.2. {style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("image_new_genes", "Genes not measured", caption, drawn, table)


def _named(gene: str, about: pd.Series) -> str:
    """Return the title of a predicted gene's map: its name, what is expected of it, and a mark where that is little."""
    expected = about[Var.EXPECTED_PCC]
    if pd.isna(expected):
        return gene
    mark = "weakly predicted, " if about[Var.WEAK] else ""
    return f"{gene}\n{mark}r = {style.number(expected, 2)} expected"


def _over_shared(values: sp.csr_matrix, shared: list[str], genes: list[str]) -> np.ndarray:
    """Return log1p of counts per 10 000 of the shared genes, for some of them (observations × genes).

    The totals of a panel and of a whole transcriptome differ. Over the genes that both have, they are comparable.
    """
    return log_normalize(values)[:, pd.Index(shared).get_indexer(genes)].toarray()


def _table(names: pd.Index, positions: np.ndarray, genes: list[str], what: str, **values: np.ndarray) -> pd.DataFrame:
    """Return one row per location and gene; ``what`` is the header of the names, each value is locations × genes."""
    frames = []
    for column, gene in enumerate(genes):
        frame = pd.DataFrame({what: names, "x": positions[:, 0], "y": positions[:, 1], "gene": gene})
        frames.append(frame.assign(**{name: value[:, column] for name, value in values.items()}))
    return pd.concat(frames)


def _draw_pairs(
    title: str,
    positions: np.ndarray,
    genes: list[str],
    measured: np.ndarray,
    predicted: np.ndarray,
    settings: MapSettings,
) -> Figure:
    """Draw measured above predicted (each locations × genes), one column and one colour scale per gene."""
    side = (style.FIGURE_WIDTH - 0.5) / max(len(genes), 3)
    drawn = style.figure(settings.sample, title, height=1.6 + 2 * (side * maps.map_shape(positions) * 0.9 + 0.3))
    panels = drawn.subplots(2, len(genes), squeeze=False)
    for column, gene in enumerate(genes):
        pair = (measured[:, column], predicted[:, column])
        norm = Normalize(0, max(float(value.max()) for value in pair) or 1)
        for axes, value in zip(panels[:, column], pair, strict=True):
            maps.draw_discs(
                axes, positions, diameter=settings.diameter, array=value, cmap=style.EXPRESSION_MAP, norm=norm
            )
            maps.scale_bar(axes, settings.unit)
        panels[0, column].set_title(f"{gene}, measured", fontstyle="italic")
        panels[1, column].set_title(f"predicted, r = {style.number(metrics.pcc(*pair), 2)}")
        below = panels[1, column].inset_axes((0.0, -0.2, 1.0, 0.05))
        colours = ScalarMappable(norm, style.EXPRESSION_MAP)
        drawn.colorbar(colours, cax=below, orientation="horizontal", label="log1p(counts per 10 000,\nshared genes)")
    return drawn
