"""The page on the certainty of imaged cells: types, genes, intervals."""

from pathlib import Path

import pandas as pd
from bulk2space.report.style import COLOURS, GREY, STYLE
from matplotlib import rc_context
from matplotlib.figure import Figure

from ..judges.imaged_trust import BEFORE, NOW, reliability, summary_of_cells, summary_of_genes
from .markdown import filled

RARE = 5  # most generated cells of a rare type in the demo
COLUMNS = ["set", "role"]
PANELS = 4  # curves beside each other


def text(cells: pd.DataFrame, genes: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    cells, genes
        One row per imaged cell and per hidden gene (:mod:`..judges.imaged_trust`), with set, role and seed.
    """
    return filled(
        "imaged_trust",
        types=_by_set(cells, summary_of_cells),
        reliability=_reliability(cells),
        rare=_rare(cells),
        genes=_by_set(genes, summary_of_genes),
    )


def _by_set(table: pd.DataFrame, summary) -> pd.DataFrame:
    """Return one row per set: the mean over seeds of genes' figures, cells of all seeds together."""
    rows = [dict(zip(COLUMNS, key, strict=True)) | summary(part) for key, part in table.groupby(COLUMNS, sort=False)]
    return pd.DataFrame(rows)


def _reliability(cells: pd.DataFrame) -> pd.DataFrame:
    """Return, for each set and tenth of the score, how many cells are right by votes and by probability."""
    parts = []
    for name, own in cells.groupby("set", sort=False):
        both = [
            reliability(own[kind], own[f"{kind} type"] == own["truth"])
            .set_index("score from")[["cells", "right"]]
            .rename(columns={"cells": f"cells, {kind}", "right": f"right, {kind}"})
            for kind in (BEFORE, NOW)
        ]
        parts.append(pd.concat(both, axis=1).sort_index().reset_index().assign(set=name))
    joined = pd.concat(parts)
    counts = [column for column in joined if column.startswith("cells")]
    joined[counts] = joined[counts].fillna(0).astype(int)
    return joined[["set", *(column for column in joined if column != "set")]]


def _rare(cells: pd.DataFrame) -> pd.DataFrame:
    """Return how many imaged cells of each of the demo's types were found again."""
    own = cells[cells["set"].str.startswith("demo")]
    rows = []
    for name, part in own.groupby("truth"):
        found = {kind: int((part[f"{kind} type"] == name).sum()) for kind in (BEFORE, NOW)}
        called = {kind: int((own[f"{kind} type"] == name).sum()) for kind in (BEFORE, NOW)}
        rows.append(
            {"type": name, "imaged cells": len(part)}
            | {f"found, {kind}": number for kind, number in found.items()}
            | {f"called, {kind}": number for kind, number in called.items()}
        )
    return pd.DataFrame(rows).sort_values("imaged cells")


def draw(cells: pd.DataFrame, path: Path) -> None:
    """Draw reliability curves of votes and probabilities, one panel per set."""
    sets = list(cells["set"].unique())
    rows = -(-len(sets) // PANELS)
    with rc_context(STYLE):
        figure = Figure(figsize=(10.5, 2.9 * rows + 0.4), layout="constrained")
        panels = list(figure.subplots(rows, PANELS, squeeze=False, sharex=True, sharey=True).flat)
        for axes, name in zip(panels, sets, strict=False):
            own = cells[cells["set"] == name]
            axes.plot([0, 1], [0, 1], color=GREY, lw=1, zorder=1)
            for kind, colour, label in ((BEFORE, COLOURS[1], "part of the votes"), (NOW, COLOURS[0], "probability")):
                curve = reliability(own[kind], own[f"{kind} type"] == own["truth"])
                axes.plot(curve["score"], curve["right"], color=colour, lw=1.2, zorder=2)
                axes.scatter(curve["score"], curve["right"], s=6 + 120 * curve["cells"] / len(own), color=colour,
                             label=label, alpha=0.8, linewidths=0, zorder=3)  # fmt: skip
            axes.set(title=name.removeprefix("sc_").replace("_", " "), xlim=(0, 1.02), ylim=(0, 1.02))
        for axes in panels[len(sets) :]:
            axes.set_visible(False)
        for axes in panels[::PANELS]:
            axes.set_ylabel("proportion that is right")
        for axes in panels[max(len(sets) - PANELS, 0) : len(sets)]:
            axes.set_xlabel("score of the predicted type")
            axes.tick_params(labelbottom=True)
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=130, metadata={"Software": None})
