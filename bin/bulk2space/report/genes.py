"""Picture of the genes of an image's panel that were left out and predicted."""

import pandas as pd

from . import style

NAMED = 5  # genes named at either end
SCHEMES = {"leave_one_out": "left out one by one", "five_fold": "left out in five parts"}


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a scheme (table: gene, scheme, pcc, shuffled_pcc): genes, mean and median of both correlations."""
    found = table.groupby(table["scheme"].map(SCHEMES), sort=False).agg(
        genes=("gene", "size"),
        mean_pcc=("pcc", "mean"),
        median_pcc=("pcc", "median"),
        shuffled_mean=("shuffled_pcc", "mean"),
        shuffled_median=("shuffled_pcc", "median"),
    )
    return found.rename_axis("scheme")


def held_out_genes(table: pd.DataFrame, *, sample: str) -> style.Picture:
    """Draw each gene's correlation with its measurement, by rank, beside that of a shuffled prediction.

    Parameters
    ----------
    table
        genes.csv: gene, scheme, pcc, shuffled_pcc.
    sample
        Name in the heading.
    """
    schemes = [scheme for scheme in SCHEMES if (table["scheme"] == scheme).any()]
    figure = style.figure(sample, "Genes left out and predicted from the others", height=4.6)
    low = min(-0.2, float(table[["pcc", "shuffled_pcc"]].min().min()))
    for axes, scheme in zip(figure.subplots(1, len(schemes), squeeze=False)[0], schemes, strict=True):
        ranked = table[table["scheme"] == scheme].sort_values("pcc", ascending=False, kind="stable")
        axes.axhline(0, color=style.LIGHT, linewidth=1)
        axes.scatter(range(len(ranked)), ranked["shuffled_pcc"], s=10, color=style.GREY, linewidths=0, label="shuffled")
        axes.scatter(range(len(ranked)), ranked["pcc"], s=14, color=style.COLOURS[0], linewidths=0, label="predicted")
        axes.set(
            ylim=(low - 0.05, 1.02),
            xlabel="genes, best first",
            ylabel="PCC over imaged cells",
            title=f"{SCHEMES[scheme]}: mean {style.number(ranked['pcc'].mean())}, "
            f"median {style.number(ranked['pcc'].median())}",
        )
        axes.legend(loc="upper right")
        ends = "best: " + ", ".join(ranked["gene"][:NAMED]) + "\nworst: " + ", ".join(ranked["gene"][-NAMED:])
        axes.text(0.02, 0.02, ends, transform=axes.transAxes, fontsize=7, color=style.INK, va="bottom")
    caption = (
        "Each dot is a gene of the panel, predicted without its own measurement: Pearson correlation with what was "
        "measured, over the imaged cells. Grey: the same prediction, dealt out to the cells at random."
    )
    return style.Picture("held_out_genes", "Left out genes, predicted and measured", caption, figure, table)
