"""Figure of the states that the bulk asked for: genes of a type before and after its source cells were weighted."""

import anndata as ad
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..contract.expression import linear
from ..contract.keys import Calibrated, Obs, Uns
from ..contract.percents import percent
from .drawing import Drawing
from .sample import Sample
from .style import COLOURS, GREY, figure, grid_lines, wrap

TYPES, GENES = 3, 6  # shown: the types with the most unequal weights, and of each the genes that they change most
LEAST_RNA = 0.02  # proportion of the mRNA of a type that is shown: weights of rarer ones follow noise
LEAST_EXPRESSION = 0.5  # per 10 000; added before ratios are taken, so that rare genes do not lead
ALL_SOURCE_CELLS = 0.995  # effective proportion of a type's cells from which on no choice was made


def chosen(cells: ad.AnnData) -> pd.Series:
    """Return the effective proportion of cells of each type whose weights are unequal, the most unequal first."""
    effective = cells.uns[Uns.CALIBRATION][Calibrated.EFFECTIVE_CELLS].set_index("cell_type")["share"]
    return effective[effective < ALL_SOURCE_CELLS].sort_values(kind="stable")


def draw(sample: Sample) -> Drawing | None:
    """Draw the figure; None where the bulk did not weight the cells of any frequent type."""
    if sample.cells is None:
        return None
    found = sample.cells.uns.get(Uns.CALIBRATION)
    if found is None or not found[Calibrated.USED]:
        return None
    rna = sample.proportions.set_index("cell_type")["rna_fraction"]
    effective = chosen(sample.cells)
    effective = effective[rna.reindex(effective.index).to_numpy() >= LEAST_RNA].iloc[:TYPES]
    if effective.empty:
        return None
    weights = found[Calibrated.WEIGHTS].set_index("cell")["weight"].reindex(sample.reference.obs_names)
    table = pd.concat([changes(sample.reference, weights, str(name)) for name in effective.index], ignore_index=True)
    drawn = figure(sample.name, "States of cells before and after the bulk weighted them", height=3.4)
    for axes, name in zip(drawn.subplots(1, len(effective), squeeze=False)[0], effective.index, strict=True):
        _draw_genes(axes, table[table["cell_type"] == name])
        axes.set_title(f"{wrap(str(name), 34)}\n{percent(effective[name])} of its cells effectively used")
    caption = (
        "Each row is a gene, and each dot its mean over the reference cells of a type. Grey: all cells count alike. "
        "Colour: cells count by the weights that the bulk asked for; the generated cells are drawn by them. Shown are "
        f"at most {TYPES} types, those with the most unequal weights, and the {GENES} genes that these change most."
    )
    return Drawing("calibrated_states", "States of cells before and after", caption, drawn, table)


def changes(reference: ad.AnnData, weights: pd.Series, cell_type: str) -> pd.DataFrame:
    """Return the genes of a type that weights of its cells change most.

    Parameters
    ----------
    reference
        Annotated cells.
    weights
        Weight of each of its cells, in their order, (cells,).
    cell_type
        The type.

    Returns
    -------
    Columns `cell_type`, `gene`, `before`, `after` (means per 10 000) and `log2_change`, the strongest change first.
    """
    own = (reference.obs[Obs.CELL_TYPE].astype(str) == cell_type).to_numpy()
    values, of_cells = linear(reference[own]), weights.to_numpy(dtype=float)[own]
    before = np.asarray(values.mean(axis=0)).ravel()
    after = of_cells @ values / of_cells.sum()
    change = np.log2((after + LEAST_EXPRESSION) / (before + LEAST_EXPRESSION))
    first = np.argsort(-np.abs(change), kind="stable")[:GENES]
    return pd.DataFrame(
        {
            "cell_type": cell_type,
            "gene": reference.var_names.to_numpy(dtype=str)[first],
            "before": before[first],
            "after": after[first],
            "log2_change": change[first],
        }
    )


def _draw_genes(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the means of some genes before and after."""
    place = np.arange(len(rows))
    axes.hlines(place, rows["before"], rows["after"], colors=GREY, linewidth=1)
    axes.scatter(rows["before"], place, color=GREY, s=26, zorder=3, label="equal weights")
    axes.scatter(rows["after"], place, color=COLOURS[0], s=26, zorder=3, label="by the bulk")
    axes.set_yticks(place, rows["gene"])
    axes.set(xlabel="mean per 10 000 counts", ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlim(left=0)
    grid_lines(axes, axis="x", linewidth=0.6)
    axes.legend(loc="best")
