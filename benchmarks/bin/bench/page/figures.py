"""The figures of the summary page, one per question, drawn from the tables of the pages alone."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.report.style import COLOURS, GREY, INK, STYLE
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from . import (
    calibration,
    cells,
    confidence,
    end_to_end,
    images,
    mapping,
    paper_figure,
    robust_figures,
    robustness,
    runs,
    sections,
    spots,
    training,
)
from .drawing import LESS, MARKERS, RULE, WIDTH, add_legend, name_rows, offset, save
from .end_to_end import CORRELATION, DEFAULT, IGNORED, RANDOM, TO_BULK, TO_SECTION

Tables = dict[str, pd.DataFrame]

GENERATORS = ["default", "paper", "cgan", "gan", "bmind", "resample"]
GENERATOR_NAMES = dict(
    zip(
        GENERATORS,
        ("bulk2space", "published network", "conditional GAN", "GAN", "bMIND (own code)", "reference resampled"),
        strict=True,
    )
)
GENERATOR_COLOURS = dict(
    zip(GENERATORS, (COLOURS[0], COLOURS[1], COLOURS[4], COLOURS[3], COLOURS[2], GREY), strict=True)
)
GENERATOR_MARKERS = dict(zip(GENERATORS, "osD^PX", strict=True))
CELL_METRICS = {
    "PCC": "PCC of mean expression",
    "SRCC": "SRCC of mean expression",
    "spread": "PCC of standard deviations",
    "fold changes": "PCC of markers' fold changes",
    "AUC": "AUC, generated against real\n(0.5: alike)",
    "gene corr.": f"distance of gene correlations{LESS}",
}
NOISE_METRICS = {name: CELL_METRICS[name] for name in ("PCC", "fold changes", "AUC")} | {
    "RMSE prop.": f"RMSE of proportions{LESS}"
}
NOISES = {"cell types": "wrong cell types", "expression": "noise in expression"}
WHOLE_METRICS = {
    "composition by spot, RMSE": f"RMSE, composition of spots{LESS}",
    "composition of the section, RMSE": f"RMSE, composition of the section{LESS}",
    "states of the section, RMSE": f"RMSE, cell states of the section{LESS}",
}
WHOLE_METHODS = {
    DEFAULT: "default", TO_SECTION: "--composition section", TO_BULK: "--composition bulk", IGNORED: "without the bulk",
    CORRELATION: "CytoSPACE's formulation", RANDOM: "random cells of each type",
}  # fmt: skip
SPOT_METRICS = {
    (spots.OF_COMPOSITION, "PCC"): "PCC of composition",
    (spots.OF_COMPOSITION, "RMSE"): f"RMSE of composition{LESS}",
    (spots.OF_EXPRESSION, "PCC"): "PCC of expression, by spot",
    (spots.OF_EXPRESSION, "PCC over spots"): "PCC of expression, by gene",
}
ESTIMATOR_NAMES = {
    "negative_binomial": "bulk2space", "paper": "published method", "poisson_em": "Poisson fit as in InstaPrism",
    "dampened_nnls": "weights as in DWLS", "residual_nnls": "weights as in MuSiC",
    "scaled_nnls": "scaled least squares",
}  # fmt: skip
SPOT_NAMES = {
    spots.OWN: "bulk2space (default)", spots.FOREST: "bulk2space (deep forest)", spots.MEANS: "its composition × means",
    "cosine": "its cells by cosine", "random": "its cells at random",
    "log_nnls": "published composition", "constant": "mean composition", "linear_assignment": "CytoSPACE's formulation",
    "flashdeconv": "FlashDeconv", "tangram": "Tangram", "rctd": "RCTD", "deepgbm": "DeepGBM",
    "spotlight": "SPOTlight (own code)", "spatialdwls": "spatialDWLS (own code)",
}  # fmt: skip
RECIPES = {"random": ("o", COLOURS[0]), "dirichlet": ("D", COLOURS[1])}
IMAGE_METRICS = {"mean PCC": "mean PCC of held-out genes", "accuracy": "accuracy of types"}


def whole(tables: Tables, path: Path) -> None:
    """Draw errors by scenario, one mark per method, with the standard deviation over seeds."""
    table = tables[end_to_end.SCORES]
    scenarios = list(table["scenario"].unique())
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    axes = figure.subplots(1, len(WHOLE_METRICS), sharey=True)
    for axis, (metric, title) in zip(axes, WHOLE_METRICS.items(), strict=True):
        for place, (method, name) in enumerate(WHOLE_METHODS.items()):
            own = table[table["method"] == method].set_index("scenario")[metric]
            mean, spread = (own.str.split(" ± ").str[part].astype(float).reindex(scenarios) for part in (0, 1))
            height = np.arange(len(scenarios)) + offset(place, len(WHOLE_METHODS))
            axis.errorbar(
                mean, height, xerr=spread, fmt=MARKERS[place], ms=5, lw=0.8, color=COLOURS[place], label=name, zorder=2
            )
        name_rows(axis, scenarios, title)
    axes[0].set_ylabel("what differs in the tissue of the bulk")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend([handle[0] for handle in handles], labels, loc="outside lower center", ncols=len(labels))
    save(figure, path)


def methods(tables: Tables, path: Path) -> None:
    """Draw each metric of generated cells by set, one mark per method, beside what real cells reach."""
    table = tables[cells.HALVES].assign(set=lambda table: table["set"].str.removesuffix(cells.FEW_CELLS))
    names, shown = sorted(table["set"].unique()), [name for name in GENERATORS if name in set(table["method"])]
    roof = table[table["method"] == runs.CEILING].set_index("set")
    figure = Figure(figsize=(WIDTH, 6.2), layout="constrained")
    axes = figure.subplots(2, 3, sharey=True)
    for axis, (metric, title) in zip(axes.flat, CELL_METRICS.items(), strict=True):
        for row, name in enumerate(names):
            axis.plot([roof.loc[name, metric]] * 2, [row - 0.36, row + 0.36], color=INK, lw=1.5, zorder=1)
        for place, method in enumerate(shown):
            own = table[table["method"] == method].set_index("set")[metric].reindex(names)
            height = np.arange(len(names)) + offset(place, len(shown))
            axis.scatter(
                own, height, s=38, marker=GENERATOR_MARKERS[method], color=GENERATOR_COLOURS[method],
                label=GENERATOR_NAMES[method], zorder=2,
            )  # fmt: skip
        name_rows(axis, names, title)
    (line,) = axes.flat[0].plot([], [], color=INK, lw=1.5)
    add_legend(figure, axes.flat[0], (line, "real cells of the reference"))
    save(figure, path)


def noise(tables: Tables, path: Path) -> None:
    """Draw metrics by the proportion of disturbed cells, one line per method, one row per kind of noise."""
    table = tables[robustness.NOISE]
    figure = Figure(figsize=(WIDTH, 5.2), layout="constrained")
    axes = figure.subplots(len(NOISES), len(NOISE_METRICS), sharey="col", sharex=True)
    for line, (kind, words) in zip(axes, NOISES.items(), strict=True):
        part = table[table["disturbed"].isin([kind, "none"])].sort_values("proportion of cells")
        for axis, (metric, title) in zip(line, NOISE_METRICS.items(), strict=True):
            for method, own in part.groupby("method"):
                axis.plot(
                    own["proportion of cells"], own[metric], marker=GENERATOR_MARKERS[method],
                    color=GENERATOR_COLOURS[method], label=GENERATOR_NAMES[method],
                )  # fmt: skip
            axis.grid(color=RULE)
            if kind == next(iter(NOISES)):
                axis.set_title(title)
        line[0].set_ylabel(words)
    figure.supxlabel("proportion of the reference's cells that are disturbed", fontsize=9)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    save(figure, path)


def proportions(tables: Tables, path: Path) -> None:
    """Draw the RMSE of each estimator by protocol, one mark per set."""
    shown = {name: table for name, table in tables.items() if "RMSE" in table}
    names = list(pd.concat(shown.values())["method"].unique())
    order = {name: pd.concat(shown.values()).query("method == @name")["RMSE"].mean() for name in names}
    names.sort(key=order.get)
    figure = Figure(figsize=(WIDTH, 1.2 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axis, (protocol, table) in zip(axes, shown.items(), strict=True):
        for role, marker, colour in (("tuning", "o", COLOURS[0]), ("judging", "D", COLOURS[1])):
            part = table[table["role"] == role]
            height = part["method"].map(names.index)
            axis.scatter(part["RMSE"], height, s=26, marker=marker, color=colour, label=f"{role} set", zorder=2)
        shown_names = [ESTIMATOR_NAMES.get(name, name.replace("_", " ")) for name in names]
        name_rows(axis, shown_names, f"RMSE, {protocol}{LESS}")
    add_legend(figure, axes[0])
    save(figure, path)


def in_spots(tables: Tables, path: Path) -> None:
    """Draw each metric of spots by method, one mark per section."""
    names = [name for name in spots.METHODS if name in set(tables[spots.OF_EXPRESSION]["method"]) | {spots.CONSTANT}]
    figure = Figure(figsize=(WIDTH, 1.4 + 0.27 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(SPOT_METRICS), sharey=True)
    for axis, ((heading, metric), title) in zip(axes, SPOT_METRICS.items(), strict=True):
        table = tables[heading][tables[heading]["method"].isin(names)]
        for shift, (recipe, (marker, colour)) in zip((-0.15, 0.15), RECIPES.items(), strict=True):
            part = table[table["recipe"] == recipe]
            height = part["method"].map(names.index).to_numpy(dtype=float) + shift
            axis.scatter(part[metric], height, s=22, marker=marker, color=colour, alpha=0.8, label=recipe, zorder=2)
        name_rows(axis, [SPOT_NAMES.get(name, name.replace("_", " ")) for name in names], title)
    add_legend(figure, axes[0])
    save(figure, path)


def scoring(tables: Tables, path: Path) -> None:
    """Draw the gain of each scorer over random cells by section, with its interval."""
    table = tables[sections.OF_SCORING]
    names = list(table["case"].unique())
    figure = Figure(figsize=(WIDTH * 0.6, 2.9), layout="constrained")
    axis = figure.subplots()
    for place, (scorer, words) in enumerate(
        {"deep_forest": "deep forest (default)", "cosine": "cosine similarity"}.items()
    ):
        own = table[table["scorer"] == scorer].set_index("case").reindex(names)
        gain = own["above random"]
        height = np.arange(len(names)) + offset(place, 2) / 2
        ends = np.stack([gain - own["from"], own["to"] - gain]).clip(min=0)
        axis.errorbar(gain, height, xerr=ends, fmt=MARKERS[place], ms=5, lw=1.2, color=COLOURS[place], label=words)
    axis.axvline(0, color=INK, lw=1)
    name_rows(axis, names, "gain in PCC of a spot's expression over random cells of each type")
    handles, labels = axis.get_legend_handles_labels()
    figure.legend([handle[0] for handle in handles], labels, loc="outside lower center", ncols=2)
    save(figure, path)


def imaged(tables: Tables, path: Path) -> None:
    """Draw both metrics of imaged cells by set, one mark per method and seed."""
    table = images.in_figure(tables[images.TABLE])
    names = list(table["set"].unique())
    figure = Figure(figsize=(WIDTH, 1.4 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(IMAGE_METRICS), sharey=True)
    for axis, (metric, title) in zip(axes, IMAGE_METRICS.items(), strict=True):
        for place, method in enumerate(images.METHODS):
            part = table[table["method"] == method]
            height = part["set"].map(names.index).to_numpy(dtype=float) + offset(place, len(images.METHODS))
            axis.scatter(
                part[metric],
                height,
                s=26,
                marker=MARKERS[place],
                color=COLOURS[place],
                label=method,
                alpha=0.8,
                zorder=2,
            )
        name_rows(axis, [name.removeprefix("img_").replace("_", " ") for name in names], title)
    add_legend(figure, axes[0])
    save(figure, path)


def hidden_kinds(tables: Tables, path: Path) -> None:
    """Draw the error of hidden kinds before and after calibration, one panel per spread of gene factors."""
    table = tables[calibration.TABLE]
    before, after = "error of the kinds, uncalibrated", "error of the kinds, calibrated"
    samples = table["samples in the file"].map(lambda number: f"{number} sample{'s' * (number > 1)}")
    table = table.assign(name=table["bulk"] + ", " + samples)
    names = list(table["name"].unique())
    spreads = table["sd of log gene factors"].unique()
    figure = Figure(figsize=(WIDTH, 1.4 + 0.24 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(spreads), sharey=True, sharex=True, squeeze=False)[0]
    for axis, spread in zip(axes, spreads, strict=True):
        part = table[table["sd of log gene factors"] == spread].set_index("name").reindex(names)
        height = np.arange(len(names))
        axis.hlines(height, part[after], part[before], color=GREY, lw=1, zorder=1)
        axis.scatter(part[before], height, s=26, marker="|", color=INK, label="equal weights", zorder=2)
        axis.scatter(part[after], height, s=26, color=COLOURS[0], label="after calibration", zorder=3)
        name_rows(axis, names, f"error of hidden states{LESS}\nsd of log gene factors: {spread:g}")
    add_legend(figure, axes[0])
    save(figure, path)


def reliability(tables: Tables, path: Path) -> None:
    """Draw the proportion of right cells against their mean probability, of the score and of what it was before."""
    table = tables[confidence.BINS]
    groups = [confidence.group_name(key) for key in table[confidence.GROUP].drop_duplicates().itertuples(index=False)]
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, (name, title) in zip(axes, ((confidence.BEFORE, "before"), (confidence.AFTER, "score")), strict=True):
        axis.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls="--", zorder=1)
        own = table[table["of"] == name]
        for place, (_, part) in enumerate(own.groupby(confidence.GROUP, sort=False)):
            axis.plot(part["mean"], part["right"], color=COLOURS[place % len(COLOURS)], lw=1, zorder=2)
            axis.scatter(
                part["mean"], part["right"], s=22, color=COLOURS[place % len(COLOURS)],
                marker=MARKERS[place % len(MARKERS)], label=groups[place], alpha=0.8, zorder=3,
            )  # fmt: skip
        axis.set(title=title, xlabel="mean probability of a bin", xlim=(0, 1), ylim=(0, 1))
        axis.grid(color=RULE)
    axes[0].set_ylabel("proportion of right cells")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    save(figure, path)


def costs(tables: Tables, path: Path) -> None:
    """Draw seconds and memory of training by the size of the reference, and of placing by the size of the section."""
    grown = tables[training.TABLE].assign(size=lambda table: table["what"].str.extract(r"^(\d+) reference cells")[0])
    grown = grown[grown["size"].notna()].astype({"size": int})
    placed = tables[mapping.GROWTH]
    trained = {
        "seconds per epoch": grown["seconds per epoch"],
        "seconds to generate as many cells": grown["generating, s"],
    }
    figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
    axes = figure.subplots(1, 3)
    _lines(axes[0], grown["size"], trained, "training and generating", "cells of the reference")
    _lines(axes[1], placed["spots"], {"seconds": placed["seconds"]}, "placing cells in spots", "spots")
    peak = "peak memory, MiB"
    _lines(
        axes[2],
        grown["size"],
        {"training, by cells of the reference": grown[peak]},
        "peak memory, MiB",
        "cells or spots",
    )
    axes[2].plot(placed["spots"], placed[peak], marker=MARKERS[1], color=COLOURS[1], label="placing, by spots")
    for axis in axes:
        axis.legend()
    save(figure, path)


def _lines(axis: Axes, x: Iterable[float], lines: dict[str, pd.Series], title: str, label: str) -> None:
    """Draw lines with marks on logarithmic axes."""
    for place, (name, values) in enumerate(lines.items()):
        axis.plot(x, values, marker=MARKERS[place], color=COLOURS[place], label=name)
    axis.set(xscale="log", yscale="log", title=title, xlabel=label)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(LogLocator(subs=(1, 2, 5)))
        side.set_major_formatter("{x:,g}")
        side.set_minor_formatter(NullFormatter())
    axis.grid(color=RULE)


FIGURES: dict[str, tuple[Callable[[Tables, Path], None], tuple[str, ...]]] = {
    "bench_paper": (paper_figure.ranks, ("paper_tables",)),
    "bench_whole": (whole, ("end_to_end",)),
    "bench_methods": (methods, ("cells",)),
    "bench_noise": (noise, ("robustness",)),
    "bench_latent": (robust_figures.latent, ("robustness",)),
    "bench_annotation": (robust_figures.annotation, ("robustness",)),
    "bench_seeds": (robust_figures.seeds, ("robustness",)),
    "bench_proportions": (proportions, ("proportions",)),
    "bench_spots": (in_spots, ("spots",)),
    "bench_scoring": (scoring, ("sections",)),
    "bench_images": (imaged, ("images",)),
    "bench_calibration": (hidden_kinds, ("calibration",)),
    "bench_confidence": (reliability, ("confidence",)),
    "bench_costs": (costs, ("training", "mapping")),
}
"""Figure: how it is drawn, and from the tables of which pages."""


def draw(name: str, pages: dict[str, Tables], path: Path) -> None:
    """Draw one of the figures.

    Parameters
    ----------
    name
        Name in ``FIGURES``.
    pages
        Tables by page and heading.
    path
        Where to write it, png.
    """
    function, needed = FIGURES[name]
    with rc_context(STYLE):
        function({heading: table for page in needed for heading, table in pages[page].items()}, path)
