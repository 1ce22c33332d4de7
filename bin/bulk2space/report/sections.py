"""Pictures of a section: composition of its spots, cells in their places, genes measured and predicted, confidence."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ..contract.expression import counts_or_linear, shared_genes
from ..contract.keys import Obs, Obsm, Uns
from ..numerics import metrics
from ..numerics.lattice import neighbour_distance
from ..numerics.scaling import log_normalize
from . import style

LOG_UNIT = "log1p(counts per 10 000)"
ORIENTATION = "y runs downwards, as in an image."


def cell_diameter(places: np.ndarray) -> float:
    """Return a diameter for discs of cells (n × 2) that lets them touch but not hide one another."""
    return 0.95 * neighbour_distance(places)


def unit_of(section: ad.AnnData) -> str:
    """Return the section's coordinate unit."""
    return str(section.uns.get(Uns.COORDINATE_UNIT) or "coordinate units")


def shares(spots: pd.DataFrame, *, diameter: float, unit: str, sample: str) -> style.Picture:
    """Draw each type's share on the section as small multiples with one colour scale.

    Parameters
    ----------
    spots
        spots.csv: spot, x, y, cell_type, proportion (share of the spot's cells); every spot × type.
    diameter, unit
        Of a spot, in coordinate units; the unit's name.
    sample
        Name in the heading.
    """
    table = spots[["spot", "x", "y", "cell_type", "proportion"]]
    types = sorted(table["cell_type"].unique())
    places = table.drop_duplicates("spot")[["x", "y"]].to_numpy(float)
    rows, columns = style.grid(len(types))
    side = (style.WIDTH - 1.0) / max(columns, 3)
    figure = style.figure(
        sample, "Share of each cell type on the section", height=0.9 + rows * (side * style.map_shape(places) + 0.5)
    )
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    norm = Normalize(0, float(table["proportion"].max()) or 1)
    empty = table.groupby("spot")["proportion"].transform("sum") == 0
    shown = table["proportion"].mask(empty)
    colours = colormaps[style.SHARES].with_extremes(bad=style.LIGHT)
    for axes, name in zip(panels, types, strict=False):
        part = table[table["cell_type"] == name]
        discs = style.draw_places(
            axes,
            part[["x", "y"]].to_numpy(float),
            diameter=diameter,
            array=np.ma.masked_invalid(shown[part.index].to_numpy()),
            cmap=colours,
            norm=norm,
        )
        axes.set_title(style.wrap(name, 22))
        style.scale_bar(axes, unit)
    for axes in panels[len(types) :]:
        axes.set_axis_off()
    figure.colorbar(discs, ax=list(panels), label="share of the spot's cells", fraction=0.02, pad=0.01)
    caption = f"One map a type, all on one colour scale; yellow spots are rich in it, grey ones empty. {ORIENTATION}"
    return style.Picture("spots_shares", "Share of each type", caption, figure, table)


def dominant_and_cells(
    spots: pd.DataFrame, spatial: ad.AnnData, *, diameter: float, unit: str, sample: str, colours: dict[str, str]
) -> style.Picture:
    """Draw the largest type of every spot, and beside it every placed cell coloured by its type."""
    ordered = spots.sort_values(["proportion", "cell_type"], ascending=[False, True], kind="stable")
    largest = ordered.drop_duplicates("spot").sort_index()
    largest = largest.assign(cell_type=largest["cell_type"].where(largest["proportion"] > 0, "none"))
    # A large share in a spot without cells is still a share; a spot with neither is drawn grey.
    places = largest[["x", "y"]].to_numpy(float)
    cells = _cell_table(spatial)
    figure = style.figure(
        sample,
        "Dominant types and cells in their places",
        height=1.1 + style.map_height(places, columns=2, legend=sorted(set(cells["cell_type"]))),
    )
    left, right = figure.subplots(1, 2)
    style.draw_places(
        left, places, diameter=diameter, facecolors=[colours.get(name, style.LIGHT) for name in largest["cell_type"]]
    )
    # Cells lie anywhere in their spot: a disc that would fill the spot if its cells were packed side by side.
    crowd = max(float(cells.groupby("spot").size().median()) if "spot" in cells else 1.0, 1.0)
    style.draw_places(
        right,
        cells[["x", "y"]].to_numpy(float),
        diameter=0.75 * diameter / np.sqrt(crowd),
        facecolors=[colours.get(name, style.LIGHT) for name in cells["cell_type"]],
    )
    style.frame_section(right, places, diameter)
    for axes, title in ((left, f"dominant type, {len(places):,} spots"), (right, f"placed cells, {len(cells):,}")):
        axes.set_title(title)
        style.label_section(axes, unit)
    counts = cells["cell_type"].value_counts()
    style.type_legend(right, {name: colours[name] for name in colours if name in counts.index}, counts=counts)
    caption = (
        "Left: each spot in the colour of its largest type (grey: no composition). Right: each dot is "
        "one generated cell where "
        f"it was placed; the legend counts them. {ORIENTATION}"
    )
    return style.Picture("spots_cells", "Dominant types and cells in place", caption, figure, cells)


def spot_genes(
    section: ad.AnnData, spatial: ad.AnnData, genes: list[str], *, diameter: float, unit: str, sample: str
) -> style.Picture:
    """Draw marker genes as measured in the spots above the sum of each spot's placed cells, one scale a gene.

    Parameters
    ----------
    section, spatial
        Spots as measured; placed cells with ``obs["spot"]``.
    genes
        Two to five genes that both files have.
    diameter, unit, sample
        Of a spot in coordinate units; the unit's name; name in the heading.
    """
    places = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    codes = pd.Categorical(spatial.obs[Obs.SPOT].astype(str), categories=list(section.obs_names)).codes
    known = codes >= 0
    members = sp.csr_matrix(
        (np.ones(known.sum()), (codes[known], np.flatnonzero(known))), shape=(section.n_obs, spatial.n_obs)
    )
    shared = shared_genes(section, spatial)
    measured = _over_shared(counts_or_linear(section[:, shared]), shared, genes)
    predicted = _over_shared(members @ counts_or_linear(spatial[:, shared]), shared, genes)
    table = _gene_table(section.obs_names, places, genes, measured, predicted, "spot")
    figure = _gene_grid(
        places,
        genes,
        measured,
        predicted,
        diameter=diameter,
        unit=unit,
        sample=sample,
        title="Marker genes, measured and predicted",
    )
    caption = (
        "Top: measured in the spots; bottom: sum of the cells placed in each spot; each gene on one "
        "colour scale "
        f"({LOG_UNIT}) with Pearson's correlation over spots. These markers helped to estimate the "
        "composition, so agreement is "
        f"expected, its absence a warning. {ORIENTATION}"
    )
    return style.Picture("spots_markers", "Marker genes measured and predicted", caption, figure, table)


def spot_truth(spots: pd.DataFrame, truth: pd.DataFrame, *, sample: str, colours: dict[str, str]) -> style.Picture:
    """Draw every spot's recovered share of each type against the true one, with PCC and RMSE over spots × types."""
    recovered, true = metrics.align(*(frame.set_index(["spot", "cell_type"])["proportion"] for frame in (spots, truth)))
    table = pd.DataFrame({"recovered": recovered, "truth": true}).rename_axis(["spot", "cell_type"]).reset_index()
    errors = (
        table.assign(square=(table["recovered"] - table["truth"]) ** 2).groupby("cell_type")["square"].mean().pow(0.5)
    ).sort_values(ascending=False)
    figure = style.figure(
        sample,
        "Composition of spots, recovered against true",
        height=max(4.8, 1.4 + len(errors) * style.row_height([style.wrap(name, 26) for name in errors.index])),
    )
    left, right = figure.subplots(1, 2)
    left.scatter(
        table["truth"],
        table["recovered"],
        c=[colours.get(name, style.GREY) for name in table["cell_type"]],
        s=12,
        alpha=0.55,
        linewidths=0,
        rasterized=len(table) > 2000,
    )
    style.identity_line(left, 0, max(1.0, float(table[["recovered", "truth"]].max().max())))
    left.set(
        xlabel="true share of the spot's cells",
        ylabel="recovered share of the spot's cells",
        title=f"PCC {style.number(metrics.pcc(recovered, true))}, RMSE {style.number(metrics.rmse(recovered, true))}, "
        f"{len(table):,} spots × types",
    )
    right.barh(range(len(errors)), errors, color=[colours.get(name, style.GREY) for name in errors.index], height=0.65)
    right.set_yticks(range(len(errors)), [style.wrap(name, 26) for name in errors.index])
    right.invert_yaxis()
    right.set(xlabel="RMSE of the type's share over spots", title="error of each type")
    caption = (
        "Left: each dot is one type in one spot; on the dashed line recovered equals true. "
        "Right: the same error, type by type."
    )
    return style.Picture("spots_truth", "Spots: recovered against true", caption, figure, table)


def image_cells(spatial: ad.AnnData, *, unit: str, sample: str, colours: dict[str, str]) -> style.Picture:
    """Draw the section's cells coloured by predicted type, and beside it the share of neighbours that voted for it."""
    cells = _cell_table(spatial)
    places = cells[["x", "y"]].to_numpy(float)
    diameter = cell_diameter(places)
    figure = style.figure(
        sample,
        "Cells of the section and their predicted types",
        height=1.1 + style.map_height(places, columns=2, legend=sorted(set(cells["cell_type"]))),
    )
    left, right = figure.subplots(1, 2)
    discs = style.draw_places(
        left,
        places,
        diameter=diameter,
        array=cells["cell_type_score"].to_numpy(float),
        cmap=style.SHARES,
        norm=Normalize(0, 1),
    )
    style.draw_places(
        right, places, diameter=diameter, facecolors=[colours.get(name, style.LIGHT) for name in cells["cell_type"]]
    )
    for axes, title in ((left, "vote share of the predicted type"), (right, f"predicted type, {len(cells):,} cells")):
        axes.set_title(title)
        style.label_section(axes, unit)
    style.colour_bar(left, discs, "vote share (0–1)")
    counts = cells["cell_type"].value_counts()
    style.type_legend(right, {name: colours[name] for name in colours if name in counts.index}, counts=counts)
    caption = (
        "Each dot is a cell of the section in its place. Right: the type that most of its generated neighbours have; "
        f"left: their share of the vote, dark where the neighbours disagree. {ORIENTATION}"
    )
    return style.Picture("image_cells", "Cells in place and vote share", caption, figure, cells)


def image_genes(section: ad.AnnData, spatial: ad.AnnData, genes: list[str], *, unit: str, sample: str) -> style.Picture:
    """Draw genes of the panel as measured above their prediction, one scale a gene."""
    places = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    shared = shared_genes(section, spatial)
    measured, predicted = (
        _over_shared(counts_or_linear(adata[:, shared]), shared, genes)
        for adata in (section, spatial[section.obs_names])
    )
    table = _gene_table(section.obs_names, places, genes, measured, predicted, "cell")
    figure = _gene_grid(
        places,
        genes,
        measured,
        predicted,
        diameter=cell_diameter(places),
        unit=unit,
        sample=sample,
        title="Panel genes, measured and predicted",
    )
    caption = (
        "Top: measured; bottom: predicted from each cell's neighbours; each gene on one colour scale "
        f"({LOG_UNIT}) with Pearson's "
        f"correlation over cells. These genes helped to find the neighbours: no held-out test. {ORIENTATION}"
    )
    return style.Picture("image_genes", "Panel genes measured and predicted", caption, figure, table)


def image_new_genes(spatial: ad.AnnData, genes: list[str], *, unit: str, sample: str) -> style.Picture:
    """Draw predicted genes that the section did not measure."""
    places = np.asarray(spatial.obsm[Obsm.SPATIAL], dtype=float)
    values = _columns(spatial, genes)
    rows, columns = 1, len(genes)
    side = (style.WIDTH - 0.5) / max(columns, 3)
    figure = style.figure(
        sample,
        "Predicted genes that were not measured",
        height=1.1 + rows * (side * style.map_shape(places) * 0.72 + 0.3),
    )
    for axes, gene, value in zip(figure.subplots(rows, columns, squeeze=False).ravel(), genes, values.T, strict=True):
        discs = style.draw_places(
            axes,
            places,
            diameter=cell_diameter(places),
            array=value,
            cmap=style.EXPRESSION,
            norm=Normalize(0, float(value.max()) or 1),
        )
        axes.set_title(gene, fontstyle="italic")
        style.scale_bar(axes, unit)
        style.colour_bar(axes, discs, LOG_UNIT)
    table = pd.concat(
        [
            _gene_frame(spatial.obs_names, places, gene, "cell").assign(predicted=value)
            for gene, value in zip(genes, values.T, strict=True)
        ]
    )
    caption = (
        "Markers of frequent types that the section's panel lacks, as predicted from each cell's neighbours. "
        f"{ORIENTATION}"
    )
    return style.Picture("image_new_genes", "Genes not measured", caption, figure, table)


def image_truth(spatial: ad.AnnData, truth: pd.DataFrame, *, sample: str) -> style.Picture:
    """Draw true types by predicted types as shares of each true type, with the accuracy."""
    counts = metrics.confusion(spatial.obs[Obs.CELL_TYPE].astype(str), truth.set_index("cell")["cell_type"])
    share = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    types = [style.wrap(name, 22) for name in counts.index]
    side = 1.6 + 0.36 * len(types)
    figure = style.figure(sample, "Predicted against true types", width=min(side + 2.4, style.WIDTH), height=side + 1.0)
    axes = figure.subplots()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    cells = counts.to_numpy()
    for row, column in np.argwhere(cells > 0):
        axes.text(
            column,
            row,
            f"{cells[row, column]:,}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if share.to_numpy()[row, column] > 0.55 else style.INK,
        )
    axes.set_xticks(range(len(types)), types, rotation=90)
    axes.set_yticks(range(len(types)), types)
    axes.spines[:].set_visible(False)
    axes.set(
        xlabel="predicted type",
        ylabel="true type",
        title=f"accuracy {style.number(metrics.accuracy(counts))} over {cells.sum():,} cells",
    )
    style.colour_bar(axes, image, "share of the true type's cells")
    caption = (
        "One line a true type: numbers are cells, the colour is their share of the line. "
        "A dark diagonal is a good prediction."
    )
    table = counts.rename_axis("truth").reset_index().melt(id_vars="truth", var_name="predicted", value_name="cells")
    return style.Picture("image_truth", "Predicted against true", caption, figure, table)


def confidence(
    places: np.ndarray,
    values: pd.Series,
    scores: pd.DataFrame,
    *,
    diameter: float,
    unit: str,
    sample: str,
    colours: dict[str, str],
    map_title: str,
    score_label: str,
    caption: str,
) -> style.Picture:
    """Draw a confidence on the map and its distribution in each type.

    Parameters
    ----------
    places, values
        n × 2 in coordinate units and one value (0–1) each; NaN is drawn grey.
    scores
        cell, cell_type, score: what the distributions are made of.
    diameter, unit, sample, colours
        Of a place; the unit's name; name in the heading; colour by type.
    map_title, score_label, caption
        What is drawn.
    """
    figure = style.figure(
        sample,
        "Confidence",
        height=max(1.1 + style.map_height(places, columns=2) * 0.9, 1.2 + _boxes_height(scores)),
    )
    left, right = figure.subplots(1, 2)
    known = values.notna().to_numpy()
    top = 1.0 if not known.any() or values.max() > 0.5 else float(values.max())
    if (~known).any():
        style.draw_places(left, places[~known], diameter=diameter, facecolors=style.LIGHT)
    discs = style.draw_places(
        left,
        places[known],
        diameter=diameter,
        array=values[known].to_numpy(float),
        cmap="cividis",
        norm=Normalize(min(0.0, float(values.min())), top),
    )
    style.frame_section(left, places, diameter)
    style.label_section(left, unit)
    left.set_title(map_title)
    style.colour_bar(left, discs, score_label)
    _boxes(right, scores, colours)
    right.set(xlabel=score_label, title="by cell type")
    return style.Picture("confidence", "Scores on the section", f"{caption} {ORIENTATION}", figure, scores)


def _boxes(axes: Axes, scores: pd.DataFrame, colours: dict[str, str]) -> None:
    """Draw one box a type, best median first: quartiles, whiskers at the 5th and 95th per cent."""
    medians = scores.groupby("cell_type")["score"].median().sort_values(ascending=False, kind="stable")
    parts = axes.boxplot(
        [scores.loc[scores["cell_type"] == name, "score"].to_numpy() for name in medians.index],
        orientation="horizontal",
        whis=(5, 95),
        showfliers=False,
        patch_artist=True,
        widths=0.65,
        medianprops={"color": style.INK},
    )
    for box, name in zip(parts["boxes"], medians.index, strict=True):
        box.set(facecolor=colours.get(name, style.GREY), alpha=0.75, linewidth=0.6)
    sizes = scores["cell_type"].value_counts()
    axes.set_yticks(range(1, len(medians) + 1), [style.wrap(f"{name} ({sizes[name]:,})", 28) for name in medians.index])
    axes.invert_yaxis()
    axes.grid(axis="x", color=style.LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)


def _boxes_height(scores: pd.DataFrame) -> float:
    """Return the inches that ``_boxes`` needs."""
    names = [style.wrap(f"{name} (0,000)", 28) for name in scores["cell_type"].unique()]
    return len(names) * style.row_height(names)


def _cell_table(spatial: ad.AnnData) -> pd.DataFrame:
    """Return cell, cell_type, x, y and what the file says about confidence and spot."""
    columns = [c for c in ("spot", "score", "margin", "cell_type_score", "cell_type_margin") if c in spatial.obs]
    table = pd.DataFrame(
        {
            "cell": spatial.obs_names,
            "cell_type": spatial.obs[Obs.CELL_TYPE].astype(str).to_numpy(),
            "x": spatial.obsm[Obsm.SPATIAL][:, 0],
            "y": spatial.obsm[Obsm.SPATIAL][:, 1],
        }
    )
    return table.assign(**{c: spatial.obs[c].to_numpy() for c in columns})


def _columns(adata: ad.AnnData, genes: list[str]) -> np.ndarray:
    """Return log expression of some genes, observations × genes."""
    values = adata[:, genes].X
    return values.toarray() if sp.issparse(values) else np.asarray(values)


def _over_shared(values: sp.csr_matrix, shared: list[str], genes: list[str]) -> np.ndarray:
    """Return log1p of counts per 10 000 of the shared genes, for some of them (observations × genes).

    A panel and a whole transcriptome have other totals; over the genes that both have, their values are of one scale.
    """
    return log_normalize(values)[:, pd.Index(shared).get_indexer(genes)].toarray()


def _gene_frame(names: pd.Index, places: np.ndarray, gene: str, what: str) -> pd.DataFrame:
    return pd.DataFrame({what: names, "x": places[:, 0], "y": places[:, 1], "gene": gene})


def _gene_table(
    names: pd.Index, places: np.ndarray, genes: list[str], measured: np.ndarray, predicted: np.ndarray, what: str
) -> pd.DataFrame:
    """Return one line a place and gene: measured and predicted (places × genes each)."""
    return pd.concat(
        [
            _gene_frame(names, places, gene, what).assign(measured=measured[:, i], predicted=predicted[:, i])
            for i, gene in enumerate(genes)
        ]
    )


def _gene_grid(
    places: np.ndarray,
    genes: list[str],
    measured: np.ndarray,
    predicted: np.ndarray,
    *,
    diameter: float,
    unit: str,
    sample: str,
    title: str,
) -> Figure:
    """Draw measured above predicted, one column and one colour scale a gene."""
    side = (style.WIDTH - 0.5) / max(len(genes), 3)
    figure = style.figure(sample, title, height=1.6 + 2 * (side * style.map_shape(places) * 0.9 + 0.3))
    panels = figure.subplots(2, len(genes), squeeze=False)
    for column, gene in enumerate(genes):
        pair = (measured[:, column], predicted[:, column])
        norm = Normalize(0, max(float(value.max()) for value in pair) or 1)
        for row, value in enumerate(pair):
            discs = style.draw_places(
                panels[row, column], places, diameter=diameter, array=value, cmap=style.EXPRESSION, norm=norm
            )
            style.scale_bar(panels[row, column], unit)
        panels[0, column].set_title(f"{gene}, measured", fontstyle="italic")
        panels[1, column].set_title(f"predicted, r = {style.number(metrics.pcc(*pair), 2)}")
        below = panels[1, column].inset_axes((0.0, -0.2, 1.0, 0.05))
        figure.colorbar(discs, cax=below, orientation="horizontal", label="log1p(counts per 10 000,\nshared genes)")
    return figure
