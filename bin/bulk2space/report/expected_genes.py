"""Figure of how well the genes that a section does not measure are predicted, by expectation."""

import numpy as np
import pandas as pd

from ..contract.keys import WEAK_PCC, Var
from . import style
from .drawing import Drawing

NAMED_GENES = 10  # the best ones


def draw(genes: pd.DataFrame, *, sample: str) -> Drawing | None:
    """Draw the expected correlation of each gene that was not measured, by rank; None where none is known.

    Parameters
    ----------
    genes
        Genes of the section's prediction, with `expected_pcc`.
    sample
        Name in the heading.
    """
    ranked = genes[Var.EXPECTED_PCC].dropna().sort_values(ascending=False, kind="stable")
    if ranked.empty:
        return None
    good = int((ranked >= WEAK_PCC).sum())
    drawn = style.figure(sample, "Genes that were not measured: how well are they predicted?", height=3.8)
    axes = drawn.subplots()
    axes.axhline(0, color=style.LIGHT, linewidth=1)
    axes.axhline(WEAK_PCC, color=style.GREY, linewidth=1, linestyle="--")
    rank = np.arange(1, len(ranked) + 1)
    axes.scatter(rank[:good], ranked[:good], s=10, color=style.COLOURS[0], linewidths=0)
    axes.scatter(rank[good:], ranked[good:], s=10, color=style.GREY, linewidths=0)
    axes.set(
        xlabel="genes, best first",
        ylabel="expected correlation",
        ylim=(min(-0.1, float(ranked.min()) - 0.05), 1.02),
        title=f"{good:,} of {len(ranked):,} genes have {WEAK_PCC} or more",
    )
    best = "best: " + ", ".join(map(str, ranked.index[:NAMED_GENES]))
    axes.text(
        0.98, 0.95, style.wrap(best, 60), transform=axes.transAxes, fontsize=7, color=style.INK, va="top", ha="right"
    )
    caption = (
        "Each dot is a gene that the section did not measure. Generated cells were hidden, seen through the section's "
        "panel at its depth, and their other genes predicted. The expected correlation is that of prediction and truth "
        f"over these cells. Grey genes, below {WEAK_PCC}, are marked in spatial.h5ad: do not rely on them."
    )
    table = ranked.rename_axis("gene").reset_index()
    return Drawing("image_expected_genes", "How well genes are predicted", caption, drawn, table)
