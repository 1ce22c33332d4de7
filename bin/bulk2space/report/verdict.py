"""The verdict on a sample, the first thing in the report: does the reference explain its bulk and its section?"""

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..contract import verdicts
from ..contract.percents import percent
from ..contract.verdicts import CONTRADICTION, DOUBTFUL, GOOD, POOR, much_unknown, unknown_in_words
from . import multiqc

BADGES = {GOOD: "text-bg-success", DOUBTFUL: "text-bg-warning", POOR: "text-bg-danger"}  # classes of MultiQC's page
MEANING = {
    GOOD: "The marker genes are expressed as the estimated composition says.",
    DOUBTFUL: "Only a part of the marker genes is expressed as the estimated composition says. Read the results "
    "with care, above all those of the types listed here.",
    POOR: "Most marker genes of the estimated types are absent or out of proportion. Do not use the results. Check "
    "that the reference is of the same tissue and species.",
}
COMPARE = "They may be of different tissue, or one of the two estimates is wrong."


def part(sample: str, table: pd.DataFrame) -> dict:
    """Return the sample's section of the chapter (table: verdict.csv)."""
    said = verdicts.contradiction_in_words(table)
    rows = "".join(_row(name, of_input, said) for name, of_input in table.groupby("input", sort=False))
    head = "<tr><th>Input</th><th>Verdict</th><th>What it means</th><th>Types in doubt</th></tr>"
    content = f'<table class="table table-sm b2s-verdict"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    return multiqc.sample_section(sample, multiqc.VERDICT, content)


def _row(name: str, table: pd.DataFrame, contradiction: str) -> str:
    """Return an input's row; ``contradiction`` says on which types bulk and section contradict each other."""
    whole = table[table["cell_type"] == ""].iloc[0]
    types = table[table["verdict"].isin([POOR, DOUBTFUL]) & (table["cell_type"] != "")]
    types = types.sort_values("rna_fraction", ascending=False)
    doubts = "<br>".join(map(_type, types.to_dict("records"))) or "none"
    return (
        f'<tr data-verdict="{whole.verdict}"><td>{name}</td><td>{_badge(whole.verdict)}</td>'
        f"<td>{_meaning(whole, contradiction)}{_unknown(table)}<br><small>Agreement {whole.agreement:.2f}; "
        f"correlation of markers {whole.correlation:.2f}; unknown share of the mRNA {_share(whole.unknown)}</small>"
        f"</td><td>{doubts}</td></tr>"
    )


def _unknown(table: pd.DataFrame) -> str:
    """Return the sentence on a type that the reference lacks; empty without one."""
    words = [unknown_in_words(row.input, row.unknown) for row in much_unknown(table).itertuples()]
    return "".join(f" <b>{sentence[0].upper()}{sentence[1:]}.</b>" for sentence in words)


def _share(value: float) -> str:
    return "cannot be told" if pd.isna(value) else f"about {html.escape(percent(value))} (rough, often too small)"


def _meaning(whole: pd.Series, contradiction: str) -> str:
    """Return what a verdict on the whole means, and why it is doubtful although the markers alone would be good."""
    of_markers = verdicts.of_fit(whole.agreement, np.nan)
    meaning = MEANING[GOOD if of_markers == GOOD else whole.verdict]
    if not contradiction:
        return meaning
    return f"{meaning} {html.escape(contradiction[0].upper() + contradiction[1:])}. {COMPARE}"


def _badge(verdict: str) -> str:
    return f'<span class="badge {BADGES[verdict]}">{verdict}</span>'


def _type(row: Mapping[str, Any]) -> str:
    """Return a type in doubt with its evidence."""
    start = f"{_badge(row['verdict'])} {html.escape(row['cell_type'])}"
    end = "; bulk and section contradict each other" if row["contradiction"] >= CONTRADICTION else ""
    if pd.isna(row["missing"]):
        return f"{start}: too few markers of its own{end}"
    return f"{start}: {percent(row['missing'])} of {row['own_markers']:.0f} markers missing{end}"
