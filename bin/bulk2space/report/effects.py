"""The table of what differs between the samples of a cohort, as HTML: the first tests by p value."""

import html
from collections.abc import Mapping
from urllib.parse import quote

import pandas as pd

from ..contract.comparisons import SURE, varying
from ..contract.percents import percent

MOST = 20  # rows of a level
CONTENTS = {
    "proportion": "Proportions that differ",
    "expression": "Expression by cell type that differs",
}
FOLLOWS = (
    " A bulk holds the sum of all types. Only genes whose change follows the share of the type itself, and clearly not "
    "that of another, are counted and shown."
)
UNIT = "log2 fold change"


Medians = Mapping[tuple[str, str], float]


def table(comparisons: pd.DataFrame, medians: Medians, folder: str) -> str:
    """Return a table for each level that was tested.

    Parameters
    ----------
    comparisons
        contract/tables.py, COMPARISONS.
    medians
        Of proportions, by group and type (:func:`medians_of`).
    folder
        Where the cohort's files are in the results.
    """
    levels = [name for name in CONTENTS if (comparisons["level"] == name).any()]
    return "".join(_level(name, comparisons[comparisons["level"] == name], medians, folder) for name in levels)


def _level(level: str, rows: pd.DataFrame, medians: Medians, folder: str) -> str:
    is_gene = level == "expression"
    own = rows[rows["follows"] == rows["cell_type"]] if is_gene else rows
    first = own.sort_values("p", kind="stable").head(MOST)
    sure = int((own["p_adjusted"] < SURE).sum())
    gene, median = ("<th>Gene</th>", "") if is_gene else ("", "<th>Medians</th>")
    head = f"<tr><th>Cell type</th>{gene}<th>Compared</th>{median}<th>Effect ({UNIT})</th><th>95 % interval</th>"
    head += "<th>p</th><th>adjusted p</th></tr>"
    body = "".join(_row(row, None if is_gene else medians) for row in first.to_dict("records"))
    shown = f" The first {MOST} by p." if len(own) > MOST else ""
    which = FOLLOWS + _untold(rows) if is_gene else ""
    return (
        f'<h4 style="margin-top:1.2em">{CONTENTS[level]}</h4>'
        f"<p>{sure:,} of {len(rows):,} tests have an adjusted p below {SURE:g} (bold).{which}{shown} All: "
        f'<a href="../{quote(folder)}/comparisons.csv">comparisons.csv</a></p>'
        f'<table class="table table-sm b2s-effects"><thead>{head}</thead><tbody>{body}</tbody></table>'
    )


def _untold(rows: pd.DataFrame) -> str:
    """Return in how many tests something changed and the samples cannot tell in which type; empty for none."""
    number = int(((rows["p"] < SURE) & (rows["follows"] == "")).sum())
    return (
        f" In {number:,} other tests p is below {SURE:g}, but the samples cannot tell in which type." if number else ""
    )


def medians_of(table: pd.DataFrame, samples: Mapping[str, Mapping[str, float | str | None]]) -> Medians:
    """Return the median proportion of every type among the samples of every group, named as a term names it.

    Parameters
    ----------
    table
        contract/tables.py, PROPORTIONS, of all samples.
    samples
        Condition and covariates of the samples that take part in tests.
    """
    found: dict[tuple[str, str], float] = {}
    wide = table.pivot(index="sample", columns="cell_type", values="proportion").loc[list(samples)]
    for name in varying(samples.values()):
        values = [of_sample[name] for of_sample in samples.values()]
        by_word = wide.groupby(pd.Series(values, wide.index, dtype=object), sort=False).median()
        found |= {
            (_group(name, word), cell_type): value
            for word, row in by_word.iterrows()
            for cell_type, value in row.items()
        }
    return found


def _group(factor: str, word: object) -> str:
    return f"{factor}[{word}]"


def _row(row: dict, medians: Medians | None) -> str:
    cells = [html.escape(row["cell_type"])]
    cells += [html.escape(row["gene"])] if medians is None else []
    cells += [html.escape(compared(row["term"], row["against"]))]
    if medians is not None:
        factor = row["term"].split("[", 1)[0]
        pair = [medians.get((group, row["cell_type"])) for group in (_group(factor, row["against"]), row["term"])]
        told = [percent(median, 1) for median in pair if median is not None]
        cells += [html.escape(" → ".join(told)) if len(told) == len(pair) else "–"]
    cells += [f"{row['effect']:+.2f}", f"{row['ci_low']:+.2f} to {row['ci_high']:+.2f}"]
    cells += [f"{row['p']:.2g}", f"{row['p_adjusted']:.2g}"]
    tag = "b" if row["p_adjusted"] < SURE else "span"
    return "<tr>" + "".join(f"<td><{tag}>{cell}</{tag}></td>" for cell in cells) + "</tr>"


def compared(term: str, against: str) -> str:
    """Return in words what a term compares."""
    name = term.removeprefix("covariate_")
    if not against:
        return f"{name}, per unit"
    factor, word = name.split("[", 1)
    return f"{factor}: {word.removesuffix(']')} against {against}"
