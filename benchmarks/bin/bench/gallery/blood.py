"""Human blood counted by flow cytometry: bulk alone."""

from pathlib import Path

import anndata as ad
import pandas as pd
from bulk2space.contract import tables
from bulk2space.numerics.metrics import pcc, rmse
from bulk2space.report.style import COLOURS, GREY, STYLE
from matplotlib import rc_context
from matplotlib.figure import Figure as Drawing

from ..cases import blood_types
from . import results
from .tissue import Figure, Source, Tissue

NAME, BULK, REFERENCE = "blood", "bulk.h5ad", "sc_pbmc_hao_small"
SHOWN = f"{NAME}.pbmc_1"
CODE = ""
COUNTS = "figures/beside_counts.png"
MARKERS, DOTS = "osD^vP*", 130


def both(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Return counted and estimated proportions, donors × groups, and the part of the counted cells that is compared."""
    counted = ad.read_h5ad(folder / BULK).obs.filter(like="frac_").astype(float)
    truth = together(counted.rename(columns=lambda name: name.removeprefix("frac_")), {})
    paths = sorted((folder / results.RESULTS).glob(f"{NAME}.*/proportions.csv"))
    rows = {path.parent.name.removeprefix(f"{NAME}."): tables.PROPORTIONS.read(path) for path in paths}
    wide = pd.DataFrame({name: rows[name].set_index("cell_type")["proportion"] for name in rows}).T
    estimate = together(wide, blood_types.GROUPS[REFERENCE]).loc[truth.index, truth.columns]
    return truth, estimate, known_share(counted)


def draw(folder: Path) -> None:
    """Draw estimated against counted proportions, a mark per donor and group."""
    truth, estimate, _ = both(folder)
    with rc_context(STYLE):
        figure = Drawing(figsize=(5.6, 4.2), layout="constrained")
        axis = figure.subplots()
        most = 1.05 * max(truth.to_numpy().max(), estimate.to_numpy().max())
        axis.plot([0, most], [0, most], color=GREY, lw=0.8, ls="--", zorder=1)
        for place, name in enumerate(truth):
            axis.scatter(truth[name], estimate[name], s=26, marker=MARKERS[place], color=COLOURS[place], label=name)
        axis.set(xlabel="counted by the cytometer", ylabel="estimated from the bulk", xlim=(0, most), ylim=(0, most))
        axis.legend(title="proportion of")
        figure.savefig(folder / results.RESULTS / SHOWN / COUNTS, dpi=DOTS, metadata={"Software": None})


def found(folder: Path) -> list[str]:
    """Return the errors of the proportions beside the counts of the cytometer."""
    truth, estimate, compared = both(folder)
    by_type = ((estimate - truth) ** 2).mean() ** 0.5
    return [
        f"Over {len(truth)} donors and {truth.shape[1]} groups of types, the proportions differ from the counts by "
        f"{rmse(estimate.to_numpy(), truth.to_numpy()):.3f} (root mean square); their correlation is "
        f"{pcc(estimate.to_numpy().ravel(), truth.to_numpy().ravel()):.2f}.",
        f"Counted on average: {results.listed(truth.mean().sort_values(ascending=False), '{:.0%}')}; estimated: "
        f"{results.listed(estimate.mean().sort_values(ascending=False), '{:.0%}')}.",
        f"Error by group, the largest first: {results.listed(by_type.sort_values(ascending=False), '{:.3f}')}.",
        f"Neutrophils and other cells that were counted but are not in the reference "
        f"({1 - compared:.1%} of the cells) are left out of the comparison.",
        "The [benchmark](../benchmarks/blood.md) has another error for the same donors and reference: there types are "
        "merged to five before the fit, and ILC, plasma cells and pDC are left out. Here the reference's own types are "
        "fitted, and their proportions are added up.",
    ]


def together(table: pd.DataFrame, groups: dict[str, str]) -> pd.DataFrame:
    """Return samples × broad groups whose rows sum to 1."""
    names = table.columns.map(lambda name: blood_types.BROAD.get(groups.get(name, name)))
    merged = table.T[names.notna()].groupby(names[names.notna()]).sum().T
    return merged.div(merged.sum(axis=1), axis=0)


def known_share(counted: pd.DataFrame) -> float:
    """Return which part of the counted cells belongs to a group that the reference has."""
    known = [name for name in counted if name.removeprefix("frac_") in blood_types.BROAD]
    return float(counted[known].sum(axis=1).mean())


TISSUE = Tissue(
    NAME,
    SHOWN,
    "Human blood: proportions beside the counts of a cytometer",
    "Real bulk of blood, and the same blood counted by flow cytometry. Are the proportions right?",
    (
        Source(BULK, "bulk_pbmc_finotello_facs", "eight donors, TPM (Finotello 2019)", "GSE107572"),
        Source("reference.h5ad", REFERENCE, "1 336 cells of eleven types (Hao 2021)", "GSE164378"),
    ),
    CODE,
    f"sample,bulk,reference\n{NAME},{BULK},reference.h5ad\n",
    ("--skip_cells",),
    (
        "The cells of each donor were counted by flow cytometry (Finotello 2019). The cytometer counts cells, the bulk "
        "measures mRNA: a pipeline has to convert between them.",
    ),
    (
        Figure(COUNTS, "Estimated and counted proportions of all donors. On the dashed line both are equal."),
        Figure("figures/proportions.png", "Proportions of one donor, with their intervals."),
    ),
    found,
    draw,
)  # fmt: skip
