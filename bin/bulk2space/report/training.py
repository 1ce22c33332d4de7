"""Line graphs of the network's training."""

from typing import NamedTuple

import pandas as pd

from . import multiqc


class Graph(NamedTuple):
    """A line graph by epoch: its name, what it shows, the label of its y axis, and its lines (suffix → column)."""

    name: str
    title: str
    description: str
    unit: str
    lines: dict[str, str]


GRAPHS = (
    Graph(
        "training_1_loss",
        "Loss",
        "Loss of the cells that the network is trained on, and of held-out cells, on which it is not trained. Both "
        "should fall and then level off. A held-out loss that rises again means overfitting: the network learns single "
        "cells of the reference instead of what they have in common.",
        "loss per cell",
        {": trained on": "train_loss", ": held out": "validation_loss"},
    ),
    Graph(
        "training_2_reconstruction",
        "Reconstruction",
        "The part of the loss that measures how well the network restores a cell from its latent position, the few "
        "numbers to which it reduces the cell.",
        "reconstruction loss per cell",
        {"": "reconstruction"},
    ),
    Graph(
        "training_3_kl",
        "Kullback–Leibler divergence",
        "How far the latent positions are from a standard normal distribution. A value near zero means that the "
        "network ignores them.",
        "KL divergence per cell (nats)",
        {"": "kl"},
    ),
)


def parts(reference: str, history: pd.DataFrame) -> dict[str, dict]:
    """Return the graphs, with one line per reference however many samples it has.

    Parameters
    ----------
    reference
        The reference's name. Files of several samples with one reference hold the same lines, and MultiQC merges them.
    history
        training.csv: epoch, train_loss, validation_loss, reconstruction, kl.
    """
    return {graph.name: _part(graph, reference, history) for graph in GRAPHS}


def _part(graph: Graph, reference: str, history: pd.DataFrame) -> dict:
    return multiqc.section(multiqc.TRAINING, f"b2s_{graph.name}", graph.title) | {
        "description": graph.description,
        "plot_type": "linegraph",
        "pconfig": {
            "id": f"b2s_{graph.name}_plot",
            "title": f"Training: {graph.title}",
            "xlab": "epoch",
            "ylab": graph.unit,
            "x_decimals": 0,
            "showlegend": True,
        },
        "data": {f"{reference}{suffix}": _line(history, column) for suffix, column in graph.lines.items()},
    }


def _line(history: pd.DataFrame, column: str) -> dict[int, float]:
    """Return the column's values by epoch; missing ones are absent."""
    known = history[history[column].notna()]
    return {int(epoch): float(value) for epoch, value in zip(known["epoch"], known[column], strict=True)}
