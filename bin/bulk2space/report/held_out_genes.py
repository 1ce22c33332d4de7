"""Figure and table of an image's held-out genes: predicted without their own measurement, and compared with it."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from . import multiqc, style
from .drawing import Drawing

NAMED_GENES = 5  # at either end of the ranking
SCHEMES = {"leave_one_out": "held out one by one", "five_fold": "held out in five parts"}
COLUMNS = {
    "genes": ("Genes", "Genes of the panel that the generated cells have and that vary in the section"),
    "mean_pcc": ("Mean PCC", "Mean correlation over the genes"),
    "median_pcc": ("Median PCC", "Median correlation over the genes"),
    "shuffled_mean": ("Shuffled: mean", "Mean over the genes, with predictions dealt to the cells at random"),
    "shuffled_median": ("Shuffled: median", "Median over the genes, with predictions dealt to the cells at random"),
}


def draw(table: pd.DataFrame, *, sample: str) -> Drawing:
    """Draw each gene's correlation with its measurement, by rank, beside that of a shuffled prediction.

    Parameters
    ----------
    table
        genes.csv: gene, scheme, pcc, shuffled_pcc.
    sample
        Name in the heading.
    """
    schemes = [scheme for scheme in SCHEMES if (table["scheme"] == scheme).any()]
    drawn = style.figure(sample, "Held-out genes, predicted from the others", height=4.6)
    lowest = min(-0.2, float(table[["pcc", "shuffled_pcc"]].min().min())) - 0.05
    for axes, scheme in zip(drawn.subplots(1, len(schemes), squeeze=False)[0], schemes, strict=True):
        ranked = table[table["scheme"] == scheme].sort_values("pcc", ascending=False, kind="stable")
        _draw_ranked(axes, ranked)
        mean, median = style.number(ranked["pcc"].mean()), style.number(ranked["pcc"].median())
        axes.set(ylim=(lowest, 1.02), title=f"{SCHEMES[scheme]}: mean {mean}, median {median}")
    caption = (
        "Each dot is a gene of the panel. Blue: Pearson correlation (PCC), over the imaged cells, of the gene's "
        "measurement with a prediction made without it. Grey: the same, with the predictions dealt to the cells at "
        "random. Good: blue far above grey. Alarming: blue at the height of grey, as such genes are not predicted."
    )
    return Drawing("held_out_genes", "Held-out genes, predicted and measured", caption, drawn, table)


def _draw_ranked(axes: Axes, ranked: pd.DataFrame) -> None:
    """Draw genes in the order of the rows, and name those at both ends."""
    axes.axhline(0, color=style.LIGHT, linewidth=1)
    axes.scatter(range(len(ranked)), ranked["shuffled_pcc"], s=10, color=style.GREY, linewidths=0, label="shuffled")
    axes.scatter(range(len(ranked)), ranked["pcc"], s=14, color=style.COLOURS[0], linewidths=0, label="predicted")
    axes.set(xlabel="genes, best first", ylabel="PCC over imaged cells")
    axes.legend(loc="upper right")
    best, worst = ", ".join(ranked["gene"][:NAMED_GENES]), ", ".join(ranked["gene"][-NAMED_GENES:])
    ends = f"best: {best}\nworst: {worst}"
    axes.text(0.02, 0.02, ends, transform=axes.transAxes, fontsize=7, color=style.INK, va="bottom")


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per scheme: the number of genes, and the mean and median of both correlations over genes."""
    found = table.groupby(table["scheme"].map(SCHEMES), sort=False).agg(
        genes=("gene", "size"),
        mean_pcc=("pcc", "mean"),
        median_pcc=("pcc", "median"),
        shuffled_mean=("shuffled_pcc", "mean"),
        shuffled_median=("shuffled_pcc", "median"),
    )
    return found.rename_axis("scheme")


def part(sample: str, table: pd.DataFrame) -> dict:
    """Return the sample's rows of the report's table of held-out genes, one per scheme (table: genes.csv)."""
    headers: dict[str, dict[str, Any]] = {
        key: {"title": title, "description": text, "format": "{:,.0f}" if key == "genes" else "{:,.3f}", "scale": False}
        for key, (title, text) in COLUMNS.items()
    }
    for key in ("mean_pcc", "median_pcc"):
        headers[key] |= {"scale": "Blues", "min": 0, "max": 1}
    return multiqc.section(multiqc.HELD_OUT_GENES, "b2s_genes_table", "All samples") | {
        "description": "Correlation (PCC), over the imaged cells, of a gene's measurement with its prediction from the "
        "other genes of the panel. It should be clearly higher than that of shuffled predictions.",
        "plot_type": "table",
        "pconfig": {
            "id": "b2s_genes_table_plot",
            "title": "Held-out genes",
            "col1_header": "Sample",
            "sort_rows": False,
        },
        "headers": headers,
        "data": {f"{sample}, {scheme}": row for scheme, row in summary(table).to_dict("index").items()},
    }
