#!/usr/bin/env python3
"""Draw the dataflow of the pipeline for the README.

python tools/draw_dataflow.py docs/images/dataflow.svg
"""

import sys
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

INPUT, STEP, RESULT = "#fdf3dc", "#dcebf7", "#e2f2e1"
EDGE = "#3b4a5a"
LANES = ("#f6f7f9", "#eef1f5")


class Box(NamedTuple):
    """One file or process: centre, width, fill, its name and what passes."""

    x: float
    y: float
    width: float
    fill: str
    name: str
    note: str = ""


BOXES = {
    "sheet": Box(1.2, 7.7, 2.0, INPUT, "samplesheet.csv"),
    "bulk": Box(1.2, 6.1, 2.0, INPUT, "bulk RNA-seq", "genes × samples"),
    "reference": Box(1.2, 4.6, 2.0, INPUT, "single cells", "with cell types"),
    "section": Box(1.2, 3.1, 2.0, INPUT, "section (optional)", "spots or imaged cells"),
    "check": Box(4.2, 7.7, 2.4, STEP, "CHECK_SAMPLESHEET", "its rows"),
    "normalize": Box(4.2, 4.6, 2.2, STEP, "NORMALIZE", "each file once"),
    "plan": Box(7.3, 6.5, 2.3, STEP, "PLAN_SAMPLES", "every problem at once"),
    "rank": Box(7.3, 5.35, 2.3, STEP, "RANK_MARKERS", "Wilcoxon"),
    "train": Box(7.3, 3.85, 2.3, STEP, "TRAIN_VAE", "β-VAE, CPU or GPU"),
    "estimate": Box(10.5, 6.1, 2.7, STEP, "ESTIMATE_PROPORTIONS", "and ESTIMATE_EXPRESSION"),
    "judge": Box(9.95, 4.98, 1.6, STEP, "JUDGE_FIT", "right reference?"),
    "generate": Box(10.5, 3.85, 2.7, STEP, "GENERATE_CELLS", "cells of each type"),
    "fit": Box(4.6, 2.15, 1.9, STEP, "FIT_SPOTS", "CPU or GPU"),
    "spots": Box(7.3, 2.15, 2.3, STEP, "MAP_SPOTS", "deep forest"),
    "image": Box(7.3, 1.0, 2.3, STEP, "MAP_CELLS", "nearest neighbours"),
    "validate": Box(7.3, -0.15, 2.3, STEP, "VALIDATE_GENES", "with --validate_genes"),
    "plot": Box(10.5, 1.0, 2.7, STEP, "PLOT_SAMPLE, MULTIQC", "and EXPLORE_SECTION"),
    "proportions": Box(13.6, 6.1, 2.0, RESULT, "proportions.csv", "expression.h5ad"),
    "verdict": Box(13.6, 4.98, 2.0, RESULT, "verdict.csv"),
    "cells": Box(13.6, 3.85, 2.0, RESULT, "cells.h5ad"),
    "spatial": Box(13.6, 2.15, 2.0, RESULT, "spatial.h5ad", "spots.csv"),
    "report": Box(13.6, 1.0, 2.0, RESULT, "report.html", "explorer.html"),
    "genes": Box(13.6, -0.15, 2.0, RESULT, "genes.csv", "held-out genes"),
}
HEIGHT = 0.82
MAPPING = (6.0, -0.73, 2.6, 3.5)  # the frame around what takes cells and section: x, y, width, height
ARROWS = [
    ("sheet", "check"), ("check", "normalize"), ("bulk", "normalize"), ("reference", "normalize"),
    ("section", "normalize"), ("normalize", "plan"), ("normalize", "rank"), ("normalize", "train"),
    ("rank", "estimate"), ("train", "generate"), ("estimate", "judge"), ("estimate", "proportions"),
    ("judge", "verdict"), ("generate", "cells"), ("plot", "report"),
]  # fmt: skip
FRAME_ARROWS = [
    ((11.3, 5.69), (11.3, 4.26), "arc3"),
    ((4.6, 4.19), (4.6, 2.56), "arc3"),
    ((5.55, 2.15), (6.15, 2.15), "arc3"),
    ((5.2, 2.56), (9.6, 3.44), "arc3,rad=-0.03"),
    ((3.35, 4.19), (6.0, 1.0), "angle,angleA=-90,angleB=180,rad=6"),
    ((10.5, 3.44), (8.6, 2.45), "angle,angleA=-90,angleB=0,rad=6"),
    ((8.6, 2.15), (12.6, 2.15), "arc3"),
    ((8.6, 1.0), (9.15, 1.0), "arc3"),
    ((8.6, -0.15), (12.6, -0.15), "arc3"),
]


def edge_points(start: Box, end: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where an arrow leaves one box and meets the other: sides if they lie apart, else top and bottom."""
    if abs(end.x - start.x) > (start.width + end.width) / 2:
        side = 1 if end.x > start.x else -1
        return (start.x + side * start.width / 2, start.y), (end.x - side * end.width / 2, end.y)
    side = 1 if end.y > start.y else -1
    return (start.x, start.y + side * HEIGHT / 2), (end.x, end.y - side * HEIGHT / 2)


def draw(path: str) -> None:
    """Draw all boxes and arrows into an svg or png."""
    figure = Figure(figsize=(14.8, 9.8), layout="constrained")
    axes = figure.subplots()
    for y0, y1, colour, title, place in (
        (3.2, 7.0, LANES[0], "1  bulk → cells", (12.15, 6.85)),
        (-1.0, 3.0, LANES[1], "2  cells → space", (4.75, -0.73)),
    ):
        axes.add_patch(FancyBboxPatch((2.75, y0), 9.5, y1 - y0, boxstyle="round,pad=0.05", fc=colour, ec="none"))
        axes.text(*place, title, fontsize=13, color=EDGE, va="center", ha="right", weight="bold")
    for box in BOXES.values():
        corner = (box.x - box.width / 2, box.y - HEIGHT / 2)
        axes.add_patch(
            FancyBboxPatch(corner, box.width, HEIGHT, boxstyle="round,pad=0,rounding_size=0.12", fc=box.fill, ec=EDGE)
        )
        shift = 0.15 if box.note else 0
        axes.text(box.x, box.y + shift, box.name, ha="center", va="center", fontsize=11, weight="bold", color="#1d2733")
        axes.text(box.x, box.y - 0.18, box.note, ha="center", va="center", fontsize=9.5, color=EDGE)
    frame_style = {"boxstyle": "round,pad=0,rounding_size=0.12", "fc": "none", "ec": EDGE, "ls": (0, (4, 3))}
    axes.add_patch(FancyBboxPatch(MAPPING[:2], *MAPPING[2:], **frame_style))
    arrows = [(*edge_points(BOXES[start], BOXES[end]), "arc3") for start, end in ARROWS] + FRAME_ARROWS
    for tail, head, bend in arrows:
        style = {"arrowstyle": "-|>", "mutation_scale": 13, "color": EDGE, "lw": 1.2, "connectionstyle": bend}
        axes.add_patch(FancyArrowPatch(tail, head, shrinkA=0, shrinkB=0, **style))
    for fill, label, x in ((INPUT, "input", 5.9), (STEP, "process", 7.4), (RESULT, "result", 8.9)):
        axes.add_patch(
            FancyBboxPatch((x, 7.55), 0.35, 0.28, boxstyle="round,pad=0,rounding_size=0.06", fc=fill, ec=EDGE)
        )
        axes.text(x + 0.45, 7.69, label, fontsize=10, va="center", color=EDGE)
    axes.set(xlim=(0, 14.8), ylim=(-1.15, 8.3), aspect="equal")
    axes.axis("off")
    figure.savefig(path, metadata={"Date": None} if path.endswith("svg") else None, dpi=110, facecolor="white")


if __name__ == "__main__":
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = "dataflow"
    draw(sys.argv[1])
