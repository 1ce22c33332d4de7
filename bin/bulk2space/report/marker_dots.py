"""Dot plot of the best markers of every type, reference above generated cells."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from ..contract.expression import shared_genes
from ..contract.keys import Obs
from ..numerics.groups import indicator
from . import best_markers
from .drawing import Drawing
from .style import EXPRESSION_MAP, GREY, LOG_UNIT, figure, grid_lines, legend_right_of, row_height, wrap

LARGEST_DOT = 110  # area in square points, where all cells of a type express the gene
SOURCES = ("reference", "generated")


def draw(reference: ad.AnnData, cells: ad.AnnData, markers: pd.DataFrame, *, sample: str, types: list[str]) -> Drawing:
    """Draw the best markers of every type in the reference and in the generated cells, on one scale.

    Parameters
    ----------
    reference, cells
        Cells with ``X`` = log expression.
    markers
        markers.csv: cell_type, gene, rank.
    sample, types
        Name in the heading; cell types, in the order of the rows.
    """
    genes = best_markers.of_types(
        markers, types, genes=shared_genes(reference, cells), each=_markers_per_type(len(types))
    )
    table = pd.concat(
        [
            expression_table(adata[:, genes], types, source)
            for source, adata in zip(SOURCES, (reference, cells), strict=True)
        ]
    )
    names = [wrap(name, 26) for name in types]
    drawn = figure(
        sample,
        "Marker genes, reference and generated",
        height=1.9 + 2 * (0.55 + row_height(names) * len(types)),
    )
    upper, lower = drawn.subplots(2, 1, sharex=True)
    norm = Normalize(0, float(table["mean_log_expression"].max()) or 1)
    for axes, source in zip((upper, lower), SOURCES, strict=True):
        _draw_dots(axes, table[table["source"] == source], genes, types, norm)
        axes.set_yticks(range(len(types)), names)
    lower.set_xticks(range(len(genes)), genes, rotation=90)
    lower.set_xlabel("marker gene, in the order of the types")
    _size_legend(upper)
    bar = drawn.colorbar(
        ScalarMappable(norm, EXPRESSION_MAP), cax=lower.inset_axes((1.03, 0.0, 0.025, min(1.0, 8 / len(types))))
    )
    bar.set_label(f"mean log expression,\n{LOG_UNIT}")
    caption = (
        "The size of a dot is the proportion of the type's cells that express the gene. Its colour is the mean log "
        "expression. Both panels have one scale. The generated cells should show the pattern of the reference. The row "
        "of a type without cells is empty."
    )
    return Drawing("markers", "Marker genes", caption, drawn, table)


def expression_table(adata: ad.AnnData, types: list[str], source: str) -> pd.DataFrame:
    """Return the proportion of cells that express each gene and its mean log expression, per type and gene."""
    codes = pd.Categorical(adata.obs[Obs.CELL_TYPE].astype(str), categories=types).codes
    known = codes >= 0
    members = indicator(codes[known], len(types))  # types × cells
    counts = np.bincount(codes[known], minlength=len(types))
    values = sp.csr_matrix(adata.X)[known]
    expressing = (members @ (values > 0).astype(float)).toarray() / np.maximum(counts, 1)[:, None]  # types × genes
    means = (members @ values).toarray() / np.maximum(counts, 1)[:, None]
    genes = list(adata.var_names)
    return pd.DataFrame(
        {
            "source": source,
            "cell_type": np.repeat(types, len(genes)),
            "gene": genes * len(types),
            "cells": np.repeat(counts, len(genes)),
            "share_expressing": expressing.ravel(),
            "mean_log_expression": means.ravel(),
        }
    )


def _markers_per_type(n_types: int) -> int:
    """Return how many markers of each type fit into the width of the figure."""
    return 3 if n_types <= 10 else 2 if n_types <= 16 else 1


def _draw_dots(axes: Axes, part: pd.DataFrame, genes: list[str], types: list[str], norm: Normalize) -> None:
    """Draw one source: a row per type, a column per gene."""
    axes.scatter(
        part["gene"].map({gene: column for column, gene in enumerate(genes)}),
        part["cell_type"].map({name: row for row, name in enumerate(types)}),
        s=LARGEST_DOT * part["share_expressing"],
        c=part["mean_log_expression"],
        cmap=EXPRESSION_MAP,
        norm=norm,
        linewidths=0.3,
        edgecolors=GREY,
    )
    axes.set(ylim=(len(types) - 0.4, -0.6), xlim=(-0.7, len(genes) - 0.3), ylabel="cell type")
    n_cells = int(part.groupby("cell_type")["cells"].first().sum())
    axes.set_title(f"{part['source'].iloc[0]} ({n_cells:,} cells)", loc="left")
    grid_lines(axes, linewidth=0.4)


def _size_legend(axes: Axes) -> None:
    """Put a legend of the dots' sizes to the right of the axes."""
    sizes = [
        axes.scatter([], [], s=LARGEST_DOT * proportion, color=GREY, label=f"{proportion:.0%}")
        for proportion in (0.25, 0.5, 1)
    ]
    legend_right_of(axes, handles=sizes, title="cells expressing", title_fontsize=8)
