"""Pictures of the sample's composition and of its generated cells beside the reference."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from matplotlib.colors import Normalize
from sklearn.decomposition import PCA
from umap import UMAP

from ..contract.expression import shared_genes
from ..contract.keys import Obs
from ..numerics import metrics
from . import style

UMAP_CELLS = 3000
UMAP_GENES = 2000
UMAP_COMPONENTS = 30


def proportions(
    table: pd.DataFrame, truth: pd.DataFrame | None, *, sample: str, colours: dict[str, str]
) -> style.Picture:
    """Draw each type's share with its interval; beside it recovered against true where truth is known.

    Parameters
    ----------
    table
        The sample's proportions.csv: cell_type, proportion, ci_low, ci_high (shares of cells).
    truth
        cell_type, proportion; or None.
    sample, colours
        Name in the heading; colour by type.
    """
    shown = table.set_index("cell_type")[["proportion", "ci_low", "ci_high"]].astype(float)
    if truth is not None:
        recovered, true = metrics.align(shown["proportion"], truth.set_index("cell_type")["proportion"])
        shown = shown.reindex(recovered.index).assign(proportion=recovered, truth=true)
    shown = shown.sort_values("proportion", ascending=False, kind="stable")
    place = np.arange(len(shown))

    names = [style.wrap(name, 30) for name in shown.index]
    figure = style.figure(sample, "Cell-type proportions", height=max(3.4, 1.3 + len(shown) * style.row_height(names)))
    left, right = figure.subplots(1, 2, width_ratios=(1.35, 1)) if truth is not None else (figure.subplots(), None)
    with_interval = shown["ci_low"].notna() & shown["ci_high"].notna()
    if with_interval.any():
        left.hlines(
            place[with_interval],
            shown["ci_low"][with_interval],
            shown["ci_high"][with_interval],
            colors=[colours.get(name, style.GREY) for name in shown.index[with_interval]],
            linewidth=3,
            alpha=0.45,
            label="95 % interval",
        )
    left.scatter(
        shown["proportion"],
        place,
        c=[colours.get(name, style.GREY) for name in shown.index],
        s=36,
        zorder=3,
        label="estimated",
    )
    if truth is not None:
        left.scatter(
            shown["truth"], place, marker="D", facecolors="none", edgecolors=style.INK, s=30, zorder=4, label="true"
        )
    left.set_yticks(place, names)
    left.set(xlabel="share of cells", ylim=(len(shown) - 0.5, -0.5))
    left.set_xlim(-0.02 * left.get_xlim()[1])
    left.grid(axis="x", color=style.LIGHT, linewidth=0.6)
    left.set_axisbelow(True)
    left.legend(loc="lower right")
    for handle in left.get_legend().legend_handles[: 1 + with_interval.any()]:
        handle.set_color(style.GREY)

    caption = "One line a type: the dot is its estimated share of cells"
    caption += ", the bar its 95 % interval" if with_interval.any() else ""
    if truth is None:
        return style.Picture("proportions", "Proportions", caption + ".", figure, shown.reset_index())

    right.scatter(
        shown["truth"], shown["proportion"], c=[colours.get(name, style.GREY) for name in shown.index], s=42, zorder=3
    )
    style.identity_line(right, 0, float(shown[["truth", "proportion"]].max().max()))
    right.set(
        xlabel="true share of cells",
        ylabel="recovered share of cells",
        title=f"Recovered against true: PCC {style.number(metrics.pcc(recovered, true))}, "
        f"RMSE {style.number(metrics.rmse(recovered, true))}",
    )
    caption += (
        ", the open diamond its true share. On the right each dot is a type; on the dashed line recovered equals true."
    )
    return style.Picture("proportions", "Proportions", caption, figure, shown.reset_index())


def shared_umap(
    reference: ad.AnnData,
    cells: ad.AnnData,
    *,
    sample: str,
    colours: dict[str, str],
    seed: int,
    rng: np.random.Generator,
) -> style.Picture:
    """Draw reference and generated cells in one UMAP, coloured by source and by type (``X`` is log expression)."""
    genes = shared_genes(reference, cells)
    reference = _at_most(reference, UMAP_CELLS, rng)[:, genes]
    cells = _at_most(cells, UMAP_CELLS, rng)[:, genes]
    variable = np.sort(np.argsort(-_moments(reference.X, np.ones(reference.n_obs))[1], kind="stable")[:UMAP_GENES])
    values = sp.vstack([sp.csr_matrix(reference.X)[:, variable], sp.csr_matrix(cells.X)[:, variable]]).toarray()
    points = PCA(min(UMAP_COMPONENTS, *values.shape), svd_solver="randomized", random_state=seed).fit_transform(values)
    layout = UMAP(min_dist=0.3, random_state=seed, n_jobs=1).fit_transform(points)
    table = pd.DataFrame(
        {
            "cell": [*reference.obs_names, *cells.obs_names],
            "source": ["reference"] * reference.n_obs + ["generated"] * cells.n_obs,
            "cell_type": [*reference.obs[Obs.CELL_TYPE].astype(str), *cells.obs[Obs.CELL_TYPE].astype(str)],
            "umap_1": layout[:, 0],
            "umap_2": layout[:, 1],
        }
    )
    order = rng.permutation(len(table))  # neither source lies on top of the other
    source_colours = {"reference": "#B0B0B0", "generated": "#0072B2"}
    size = float(np.clip(6000 / len(table), 1.5, 9))
    figure = style.figure(sample, "Reference and generated cells", height=4.9)
    left, right = figure.subplots(1, 2)
    for axes, column, colour in ((left, "source", source_colours), (right, "cell_type", colours)):
        axes.scatter(
            layout[order, 0],
            layout[order, 1],
            c=table[column].map(colour).fillna(style.GREY).to_numpy()[order],
            s=size,
            linewidths=0,
            alpha=0.8,
            rasterized=len(table) > 2000,
        )
        axes.set(xticks=[], yticks=[], xlabel="UMAP 1 (arbitrary units)", ylabel="UMAP 2 (arbitrary units)")
        axes.set_aspect("equal", adjustable="datalim")
    left.set_title("by source")
    right.set_title("by cell type, both sources")
    left.legend(
        handles=style.dots({f"{name} ({(table['source'] == name).sum():,})": c for name, c in source_colours.items()}),
        loc="best",
    )
    present = {name: colour for name, colour in colours.items() if name in set(table["cell_type"])}
    style.type_legend(right, present)
    caption = (
        "Each dot is a cell. Where the generated cells are like the reference, both sources lie on one "
        "another; types that "
        "the bulk lacks appear as reference only. UMAP of "
        f"{points.shape[1]} principal components of the {len(variable):,} most variable genes, 15 neighbours, "
        f"minimum distance 0.3, at most {UMAP_CELLS:,} cells of each source."
    )
    return style.Picture("umap", "Shared UMAP", caption, figure, table)


def marker_dots(
    reference: ad.AnnData, cells: ad.AnnData, markers: pd.DataFrame, *, sample: str, types: list[str]
) -> style.Picture:
    """Draw a dot plot of every type's best markers: reference above, generated cells below, on one scale."""
    genes = best_markers(
        markers,
        types,
        genes=shared_genes(reference, cells),
        each=3 if len(types) <= 10 else 2 if len(types) <= 16 else 1,
    )
    table = pd.concat(
        [
            _dot_table(adata[:, genes], types, source)
            for source, adata in (("reference", reference), ("generated", cells))
        ]
    )
    names = [style.wrap(name, 26) for name in types]
    figure = style.figure(
        sample,
        "Marker genes, reference and generated",
        height=1.9 + 2 * (0.55 + style.row_height(names) * len(types)),
    )
    panels = figure.subplots(2, 1, sharex=True)
    norm = Normalize(0, float(table["mean_log_expression"].max()) or 1)
    for axes, source in zip(panels, ("reference", "generated"), strict=True):
        part = table[table["source"] == source]
        x, y = (
            part["gene"].map({g: i for i, g in enumerate(genes)}),
            part["cell_type"].map({t: i for i, t in enumerate(types)}),
        )
        dots = axes.scatter(
            x,
            y,
            s=110 * part["share_expressing"],
            c=part["mean_log_expression"],
            cmap=style.EXPRESSION,
            norm=norm,
            linewidths=0.3,
            edgecolors=style.GREY,
        )
        axes.set_yticks(range(len(types)), names)
        axes.set(ylim=(len(types) - 0.4, -0.6), xlim=(-0.7, len(genes) - 0.3), ylabel="cell type")
        axes.set_title(f"{source} ({int(part.groupby('cell_type')['cells'].first().sum()):,} cells)", loc="left")
        axes.grid(color=style.LIGHT, linewidth=0.4)
        axes.set_axisbelow(True)
    panels[1].set_xticks(range(len(genes)), genes, rotation=90)
    panels[1].set_xlabel("marker gene, in the order of the types")
    sizes = [
        panels[0].scatter([], [], s=110 * share, color=style.GREY, label=f"{share:.0%}") for share in (0.25, 0.5, 1)
    ]
    panels[0].legend(
        handles=sizes, title="cells expressing", loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0
    )
    panels[0].get_legend().get_title().set_fontsize(8)
    bar = figure.colorbar(dots, cax=panels[1].inset_axes((1.03, 0.0, 0.025, min(1.0, 8 / len(types)))))
    bar.set_label("mean log expression,\nlog1p(counts per 10 000)")
    caption = (
        "Size: share of the type's cells that express the gene; colour: mean log expression; both on one "
        "scale for the two "
        "panels. The generated cells should show the reference's pattern; a type without cells has an "
        "empty line."
    )
    return style.Picture("markers", "Marker genes", caption, figure, table)


def gene_moments(reference: ad.AnnData, cells: ad.AnnData, *, sample: str) -> style.Picture:
    """Draw each gene's mean and standard deviation, generated against reference, with Pearson's correlation.

    The reference's cells are weighted to the generated cells' composition, so that the two differ by the model and,
    where it was used, by the calibration to the bulk.
    """
    genes = shared_genes(reference, cells)
    wanted = cells.obs[Obs.CELL_TYPE].astype(str).value_counts()
    types = reference.obs[Obs.CELL_TYPE].astype(str)
    weights = types.map(wanted / types.value_counts()).fillna(0).to_numpy()
    expected, made = (
        _moments(adata[:, genes].X, weight) for adata, weight in ((reference, weights), (cells, np.ones(cells.n_obs)))
    )
    table = pd.DataFrame(
        {
            "gene": genes,
            "reference_mean": expected[0],
            "generated_mean": made[0],
            "reference_sd": np.sqrt(expected[1]),
            "generated_sd": np.sqrt(made[1]),
        }
    )
    figure = style.figure(sample, "Every gene, generated against reference", height=4.8)
    for axes, what, name in zip(figure.subplots(1, 2), ("mean", "sd"), ("mean", "standard deviation"), strict=True):
        x, y = table[f"reference_{what}"], table[f"generated_{what}"]
        axes.scatter(x, y, s=7, color="#0072B2", alpha=0.35, linewidths=0, rasterized=len(table) > 2000)
        style.identity_line(axes, 0, float(max(x.max(), y.max())))
        axes.set(
            xlabel=f"reference, {name} of log expression",
            ylabel=f"generated, {name} of log expression",
            title=f"{name}: Pearson {style.number(metrics.pcc(x, y))}, {len(genes):,} genes",
        )
    caption = (
        "Each dot is a gene (log1p of counts per 10 000); on the dashed line both agree. Dots below it "
        "in the right panel mean "
        "generated cells that differ too little from one another. The reference is weighted to the "
        "sample's composition."
    )
    return style.Picture("gene_moments", "Mean and spread of every gene", caption, figure, table)


def best_markers(markers: pd.DataFrame, types: list[str], *, genes: list[str], each: int) -> list[str]:
    """Return the best ``each`` markers of every type among ``genes``, in the order of the types, each gene once."""
    ranked = markers[markers["gene"].isin(genes)].sort_values("rank", kind="stable")
    chosen: dict[str, str] = {}
    for name in types:
        free = ranked.loc[(ranked["cell_type"] == name) & ~ranked["gene"].isin(chosen), "gene"]
        chosen.update(dict.fromkeys(free.iloc[:each], name))
    return list(chosen)


def _dot_table(adata: ad.AnnData, types: list[str], source: str) -> pd.DataFrame:
    """Return share of cells expressing and mean log expression of every type and gene."""
    codes = pd.Categorical(adata.obs[Obs.CELL_TYPE].astype(str), categories=types).codes
    known = codes >= 0
    members = sp.csr_matrix(
        (np.ones(known.sum()), (codes[known], np.flatnonzero(known))), shape=(len(types), adata.n_obs)
    )
    counts = np.asarray(members.sum(axis=1)).ravel()
    values = sp.csr_matrix(adata.X)
    shares = (members @ (values > 0).astype(float)).toarray() / np.maximum(counts, 1)[:, None]
    means = (members @ values).toarray() / np.maximum(counts, 1)[:, None]
    genes = list(adata.var_names)
    return pd.DataFrame(
        {
            "source": source,
            "cell_type": np.repeat(types, len(genes)),
            "gene": genes * len(types),
            "cells": np.repeat(counts.astype(int), len(genes)),
            "share_expressing": shares.ravel(),
            "mean_log_expression": means.ravel(),
        }
    )


def _moments(values: sp.csr_matrix, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted mean and variance of each column (cells × genes; weights: one a cell)."""
    values = sp.csr_matrix(values, dtype=np.float64)
    weights = weights / max(weights.sum(), 1e-12)
    mean = values.T @ weights
    return mean, np.maximum(values.power(2).T @ weights - mean**2, 0)


def _at_most(adata: ad.AnnData, most: int, rng: np.random.Generator) -> ad.AnnData:
    """Return at most ``most`` cells, drawn at random, in their order."""
    if adata.n_obs <= most:
        return adata
    return adata[np.sort(rng.choice(adata.n_obs, most, replace=False))]
