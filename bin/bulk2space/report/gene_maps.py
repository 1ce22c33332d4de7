"""Figures of genes on a section: measured above expected or predicted, and genes that were not measured."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ..contract.expression import counts_or_linear, shared_genes
from ..contract.keys import Expected, Layers, Obsm, Uns, Var
from ..contract.stored import Stored
from ..numerics import metrics
from ..numerics.scaling import log_normalize
from . import maps, style
from .drawing import Drawing
from .maps import MapSettings


def spot_markers(expected: Stored, genes: list[str], settings: MapSettings) -> Drawing:
    """Draw marker genes as measured in the spots, above their expected expression.

    Parameters
    ----------
    expected
        spots.h5ad: spots × genes.
    genes
        One to five of its genes that were measured.
    settings
        What all maps of the section have in common.
    """
    measured = expected.columns(f"layers/{Layers.MEASURED}", genes).toarray()
    of_all = expected.uns[Uns.EXPECTED]
    profiles = of_all[Expected.PROFILES][:, pd.Index(of_all[Expected.GENES]).get_indexer(genes)]
    predicted = np.log1p(np.maximum(expected.obsm[Obsm.WEIGHTS] @ profiles, 0))
    positions = np.asarray(expected.obsm[Obsm.SPATIAL], dtype=float)
    table = _table(expected.obs_names, positions, genes, "spot", measured=measured, expected=predicted)
    title = "Marker genes, measured and expected"
    pair = (measured, predicted)
    drawn = _draw_pairs(title, positions, genes, *pair, settings, below="expected", one_scale=False)
    caption = (
        "Top: measured in the spots. Bottom: expected, given the composition and the state of each spot (spots.h5ad). "
        "Each map has its own colour scale, because section and reference catch a gene differently. r is Pearson's "
        "correlation over spots. These markers helped to estimate the composition. Agreement is therefore expected, "
        f"and disagreement is a reason to doubt. {_of_left_out(of_all[Expected.LEFT_OUT_PCC])} "
        f"{style.CAPTION_Y_DOWNWARDS}"
    )
    return Drawing("spots_markers", "Marker genes measured and expected", caption, drawn, table)


def _of_left_out(correlation: np.ndarray) -> str:
    """Return a sentence on the genes that were left out, of their correlations, (genes,); NaN for the others."""
    known = correlation[~np.isnan(correlation)]
    if not len(known):
        return "No gene could be left out to test the expected expression."
    low, middle, high = np.quantile(known, [0.1, 0.5, 0.9])
    return (
        f"The test is on {len(known):,} genes that neither composition nor states saw: their r is "
        f"{style.number(middle, 2)} (median; 80 % of them lie from {style.number(low, 2)} to {style.number(high, 2)}). "
        "Single genes of a few spots are noisy, which alone keeps r below 1."
    )


def panel_genes(section: ad.AnnData, spatial: ad.AnnData, genes: list[str], settings: MapSettings) -> Drawing:
    """Draw genes of an image's panel as measured, above their prediction.

    Parameters
    ----------
    section, spatial
        Imaged cells as measured, and with their predicted expression.
    genes
        One to five genes that both have.
    settings
        What all maps of the section have in common.
    """
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
        maps.scale_bar(axes, settings)
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
    *,
    below: str = "predicted",
    one_scale: bool = True,
) -> Figure:
    """Draw measured above predicted values (each locations × genes), one column per gene.

    ``below`` is the word for the lower row. With ``one_scale``, both maps of a gene have one colour scale.
    """
    side = (style.FIGURE_WIDTH - 0.5) / max(len(genes), 3)
    room = 0.9 if one_scale else 0.72  # of a map beside its colour bar
    drawn = style.figure(settings.sample, title, height=1.6 + 2 * (side * maps.map_shape(positions) * room + 0.3))
    panels = drawn.subplots(2, len(genes), squeeze=False)
    for column, gene in enumerate(genes):
        pair = (measured[:, column], predicted[:, column])
        highest = [float(value.max()) for value in pair]
        norms = [Normalize(0, (max(highest) if one_scale else own) or 1) for own in highest]
        for axes, value, norm in zip(panels[:, column], pair, norms, strict=True):
            discs = maps.draw_discs(
                axes, positions, diameter=settings.diameter, array=value, cmap=style.EXPRESSION_MAP, norm=norm
            )
            maps.scale_bar(axes, settings)
            if not one_scale:
                style.colour_bar(axes, discs, style.LOG_UNIT)
        panels[0, column].set_title(f"{gene}, measured", fontstyle="italic")
        panels[1, column].set_title(f"{below}, r = {style.number(metrics.pcc(*pair), 2)}")
        if one_scale:
            under = panels[1, column].inset_axes((0.0, -0.2, 1.0, 0.05))
            colours = ScalarMappable(norms[0], style.EXPRESSION_MAP)
            drawn.colorbar(
                colours, cax=under, orientation="horizontal", label="log1p(counts per 10 000,\nshared genes)"
            )
    return drawn
