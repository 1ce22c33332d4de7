"""Figure of the mean and standard deviation of every gene, generated cells against the reference."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import shared_genes
from ..contract.keys import Obs
from ..contract.verdicts import DOUBTFUL, GOOD, POOR
from ..numerics import metrics
from .drawing import Drawing
from .style import COLOURS, LOG_UNIT, RASTERISE_FROM, figure, identity_line, number

NAME = "gene_moments"
ALIKE, UNLIKE = 0.9, 0.7  # correlations from which on generated cells resemble the reference, and below which not


def draw(reference: ad.AnnData, cells: ad.AnnData, *, sample: str) -> Drawing:
    """Draw the mean and the standard deviation of each gene, with Pearson's correlation over genes."""
    table = moments_table(reference, cells)
    drawn = figure(sample, "Every gene, generated against reference", height=4.8)
    for axes, what, name in zip(drawn.subplots(1, 2), ("mean", "sd"), ("mean", "standard deviation"), strict=True):
        x, y = table[f"reference_{what}"], table[f"generated_{what}"]
        axes.scatter(x, y, s=7, color=COLOURS[0], alpha=0.35, linewidths=0, rasterized=len(table) > RASTERISE_FROM)
        identity_line(axes, 0, float(max(x.max(), y.max())))
        axes.set(
            xlabel=f"reference, {name} of log expression",
            ylabel=f"generated, {name} of log expression",
            title=f"{name}: PCC {number(metrics.pcc(x, y))}, {len(table):,} genes",
        )
    caption = (
        f"Each dot is a gene, in {LOG_UNIT}. On the dashed line, generated cells and reference agree. PCC is Pearson's "
        "correlation over genes. "
        "Dots below the line in the right panel mean that the generated cells differ too little from one another. The "
        "cells of the reference are weighted so that their cell types have the proportions of the generated cells."
    )
    return Drawing(NAME, "Mean and spread of every gene", caption, drawn, table)


def verdict(table: pd.DataFrame) -> tuple[str, str]:
    """Return how well the generated cells resemble the reference, and the sentence that says so.

    Parameters
    ----------
    table
        Of :func:`moments_table`.
    """
    means, spreads = (metrics.pcc(table[f"reference_{what}"], table[f"generated_{what}"]) for what in ("mean", "sd"))
    lowest = np.min([means, spreads])  # NaN, which is poor, where all genes have one mean or spread: cells are alike
    state = GOOD if lowest >= ALIKE else DOUBTFUL if lowest >= UNLIKE else POOR
    return state, (
        f"Over {len(table):,} genes, the means of generated and reference cells correlate with {number(means, 2)}, and "
        f"their spreads with {number(spreads, 2)}."
    )


def moments_table(reference: ad.AnnData, cells: ad.AnnData) -> pd.DataFrame:
    """Return the mean and the standard deviation of each shared gene in the reference and in the generated cells.

    The reference's cells are weighted to the composition of the generated cells. The two then differ by the network
    and, where it was used, by the calibration to the bulk.
    """
    genes = shared_genes(reference, cells)
    generated_types = cells.obs[Obs.CELL_TYPE].astype(str).value_counts()
    types = reference.obs[Obs.CELL_TYPE].astype(str)
    weights = types.map(generated_types / types.value_counts()).fillna(0).to_numpy()
    expected, made = (
        moments(adata[:, genes].X, weight) for adata, weight in ((reference, weights), (cells, np.ones(cells.n_obs)))
    )
    return pd.DataFrame(
        {
            "gene": genes,
            "reference_mean": expected[0],
            "generated_mean": made[0],
            "reference_sd": np.sqrt(expected[1]),
            "generated_sd": np.sqrt(made[1]),
        }
    )


def moments(values: sp.csr_matrix, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean and variance of each column (values: cells × genes; weights: one per cell)."""
    values = sp.csr_matrix(values, dtype=np.float64)
    weights = weights / max(weights.sum(), 1e-12)
    mean = values.T @ weights
    return mean, np.maximum(values.power(2).T @ weights - mean**2, 0)
