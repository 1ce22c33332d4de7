"""Table and figure of the proportions that bulk and section tell, and of those that the placed cells have."""

import html

import anndata as ad
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..contract.keys import BulkAndSection, Obs, Uns
from ..contract.percents import percent
from .drawing import Drawing
from .sample import Sample, Section
from .style import COLOURS, GREY, INK, figure, grid_lines, row_height, wrap

REFERENCE, BULK, SECTION, PLACED, GENERATED = "reference", "bulk", "section", "placed", "generated"
HEADINGS = {
    REFERENCE: "Reference", BULK: "Bulk (95 % interval)", SECTION: "Section (95 % interval)", PLACED: "As placed",
    GENERATED: "As generated",
}  # fmt: skip
OFFSETS = {BULK: -0.2, SECTION: 0.0, PLACED: 0.2, GENERATED: 0.2}  # of a mark from the middle of its row
MARKERS = {BULK: "o", SECTION: "s", PLACED: "D", GENERATED: "D"}
MARK_COLOURS = {BULK: COLOURS[0], SECTION: COLOURS[1], PLACED: INK, GENERATED: INK}
ENDS = ("_low", "_high")


def table(sample: Sample) -> pd.DataFrame:
    """Return the proportion of each type by each source that the sample has, with the ends of the intervals.

    The section's interval is that of the sum of its spots or cells, fitted like a bulk sample. The section's
    proportions come from its spots or cells one by one; where they lie outside, the interval is widened to hold them.
    """
    bulk = sample.proportions.set_index("cell_type")
    found = pd.DataFrame({REFERENCE: _of_reference(sample.reference)}).reindex(bulk.index).fillna(0.0)
    found = found.assign(bulk=bulk["proportion"], bulk_low=bulk["ci_low"], bulk_high=bulk["ci_high"])
    if (section := sample.section) is None:
        found = found.assign(generated=bulk["n_cells"] / max(bulk["n_cells"].sum(), 1))
    else:
        own = own_proportions(section).reindex(bulk.index).fillna(0.0)
        ends = sample.verdict[(sample.verdict["input"] == "section") & (sample.verdict["cell_type"] != "")]
        ends = ends.set_index("cell_type").reindex(bulk.index)
        found = found.assign(
            section=own, section_low=np.minimum(ends["ci_low"], own), section_high=np.maximum(ends["ci_high"], own)
        )
        if section.spots is not None:
            found = found.assign(placed=_of_cells(section.placed.obs[Obs.CELL_TYPE]).reindex(bulk.index).fillna(0.0))
    return found.sort_values("bulk", ascending=False, kind="stable").rename_axis("cell_type").reset_index()


def _of_cells(types: pd.Series) -> pd.Series:
    return types.astype(str).value_counts(normalize=True)


def _of_reference(reference: ad.AnnData) -> pd.Series:
    """Return the proportions in the reference as it was given, also where only some cells of a large type are used."""
    cells = reference.obs[Obs.CELL_TYPE].astype(str).value_counts().astype(float)
    if Uns.THINNED in reference.uns:
        numbers = reference.uns[Uns.THINNED]
        times = pd.Series((numbers["cells"] / numbers["kept"]).to_numpy(), numbers["cell_type"].astype(str))
        cells *= times.reindex(cells.index).fillna(1.0)
    return cells / cells.sum()


def own_proportions(section: Section) -> pd.Series:
    """Return the section's own proportions: of spots before the bulk had its say, of imaged cells by vote."""
    if section.spots is None:
        return _of_cells(section.placed.obs[Obs.CELL_TYPE])
    own = section.placed.uns[Uns.BULK_AND_SECTION][BulkAndSection.OF_SECTION]
    return own.assign(cell_type=own["cell_type"].astype(str)).set_index("cell_type")["proportion"]


def as_html(shown: pd.DataFrame) -> str:
    """Return the table of :func:`table` as HTML, in percent."""
    sources = [name for name in HEADINGS if name in shown]
    head = "".join(f"<th>{HEADINGS[name]}</th>" for name in sources)
    rows = "".join(
        f"<tr><td>{html.escape(row['cell_type'])}</td>{''.join(_cell(row, name) for name in sources)}</tr>"
        for row in shown.to_dict("records")
    )
    return (
        f'<table class="table table-sm b2s-bulk"><thead><tr><th>Cell type</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _cell(row: dict, name: str) -> str:
    """Return the table's cell of a proportion in percent, with its interval where it has one."""
    text = html.escape(percent(row[name], 1)).replace("%", " %")
    ends = [row.get(f"{name}{end}", np.nan) for end in ENDS]
    interval = "" if np.isnan(ends).any() else f" ({100 * ends[0]:.1f}–{100 * ends[1]:.1f})"
    return f"<td>{text}{interval}</td>"


def draw(shown: pd.DataFrame, *, sample: str) -> Drawing:
    """Draw the table of :func:`table`: a row for each type, a mark for each source."""
    sources = [name for name in OFFSETS if name in shown]
    names = [wrap(name, 30) for name in shown["cell_type"]]
    height = max(3.2, 1.4 + len(names) * (row_height(names) + 0.12))
    drawn = figure(sample, f"Proportions: {', '.join([REFERENCE, *sources])}", width=8.5, height=height)
    axes = drawn.subplots()
    _draw_rows(axes, shown, sources)
    axes.set_yticks(np.arange(len(names)), names)
    axes.set(xlabel="proportion of cells", ylim=(len(names) - 0.5, -0.5))
    axes.set_xlim(left=-0.02 * axes.get_xlim()[1])
    grid_lines(axes, axis="x", linewidth=0.6)
    axes.legend(loc="lower right")
    caption = (
        "Each row is a cell type. A dot is the proportion by the bulk, a diamond that of the cells as placed or, "
        "without a section, as generated; the grey line is the proportion in the reference."
    )
    if SECTION in sources:
        caption += (
            " A square is the proportion by the section before the bulk had its say. Bars are 95 % intervals. The "
            "section's is that of the sum of all its spots or cells, estimated in the way of a bulk, and reaches to "
            "the square. Good: the bars of a type overlap. Alarming: they lie apart, as bulk and section then "
            "contradict each other."
        )
    return Drawing("bulk_and_section", "Proportions by bulk and section", caption, drawn, shown)


def _draw_rows(axes: Axes, shown: pd.DataFrame, sources: list[str]) -> None:
    """Draw the marks and intervals of each source, and the proportions in the reference."""
    row = np.arange(len(shown))
    axes.vlines(shown[REFERENCE], row - 0.35, row + 0.35, colors=GREY, linewidth=1.5, label=REFERENCE)
    for name in sources:
        place, colour = row + OFFSETS[name], MARK_COLOURS[name]
        if f"{name}_low" in shown:
            axes.hlines(place, shown[f"{name}_low"], shown[f"{name}_high"], colors=colour, linewidth=3, alpha=0.4)
        axes.scatter(shown[name], place, marker=MARKERS[name], color=colour, s=26, zorder=3, label=name)
