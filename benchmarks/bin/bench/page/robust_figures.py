"""The figures of the page on disturbances: latent vectors, no annotation, other seeds."""

from pathlib import Path

import pandas as pd
from bulk2space.report.style import COLOURS, INK
from matplotlib.figure import Figure

from . import robustness
from .drawing import WIDTH, name_rows, save

AXES = {
    "PCC": "PCC of mean expression", "fold changes": "PCC of markers' fold changes",
    "AUC": "AUC, generated against real\n(0.5: alike)",
}  # fmt: skip
LATENT = AXES | {"distance": "distance to the reference\n(1 is ideal)"}
ANNOTATED = AXES | {"PCC prop.": "PCC of proportions"}
HEIGHT = 0.34  # inches of a row
LEAST = 0.1  # width of an axis, so that small differences look small


def latent(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Draw each metric by the latent vectors that cells are generated from."""
    _dots(tables[robustness.LATENT], "latent vector", LATENT, path)


def annotation(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Draw each metric with cell types and with clusters in their place."""
    _dots(tables[robustness.ANNOTATION], "reference", ANNOTATED, path)


def seeds(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Draw how far each metric lies from its median over seeds."""
    table = tables[robustness.SEEDS]
    figure = Figure(figsize=(WIDTH * 0.7, 1.3 + HEIGHT * len(table)), layout="constrained")
    axis = figure.subplots()
    middle, height = table["median"], range(len(table))
    for low, high, width in (("lowest", "highest", 1.2), ("5 %", "95 %", 6)):
        axis.hlines(
            height,
            100 * (table[low] / middle - 1),
            100 * (table[high] / middle - 1),
            color=COLOURS[0],
            lw=width,
            zorder=2,
        )
    axis.scatter([0] * len(table), height, marker="|", s=90, color=INK, zorder=3)
    name_rows(axis, [f"{name} ({value:.3f})" for name, value in zip(table["metric"], middle, strict=True)], "")
    axis.set_xlabel("difference from the median (in brackets), %\nthin: all seeds, thick: 90 % of the seeds")
    save(figure, path)


def _dots(table: pd.DataFrame, names: str, metrics: dict[str, str], path: Path) -> None:
    """Draw a panel per metric and a row per case."""
    figure = Figure(figsize=(WIDTH, 1.1 + HEIGHT * len(table)), layout="constrained")
    axes = figure.subplots(1, len(metrics), sharey=True)
    for axis, (metric, title) in zip(axes, metrics.items(), strict=True):
        axis.scatter(table[metric], range(len(table)), s=34, color=COLOURS[0], zorder=2)
        middle, half = (table[metric].max() + table[metric].min()) / 2, (table[metric].max() - table[metric].min()) / 2
        axis.set_xlim(middle - max(1.2 * half, LEAST / 2), middle + max(1.2 * half, LEAST / 2))
        name_rows(axis, list(table[names]), title)
    save(figure, path)
