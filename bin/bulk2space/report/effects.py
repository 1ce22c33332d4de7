"""The table of what differs between the samples of a cohort, as HTML: the first tests by p value."""

import html

import pandas as pd

MOST = 20  # rows of a level
SURE = 0.05  # adjusted p value below which a row is bold
CONTENTS = {
    "proportion": "Proportions that differ",
    "expression": "Expression by cell type that differs",
}
UNIT = "log2 fold change"


def table(comparisons: pd.DataFrame, folder: str) -> str:
    """Return a table for each level that was tested.

    Parameters
    ----------
    comparisons
        contract/tables.py, COMPARISONS.
    folder
        Where the cohort's files are in the results.
    """
    levels = [name for name in CONTENTS if (comparisons["level"] == name).any()]
    return "".join(_level(name, comparisons[comparisons["level"] == name], folder) for name in levels)


def _level(level: str, rows: pd.DataFrame, folder: str) -> str:
    first = rows.sort_values("p", kind="stable").head(MOST)
    sure = int((rows["p_adjusted"] < SURE).sum())
    gene = "<th>Gene</th>" if level == "expression" else ""
    head = f"<tr><th>Cell type</th>{gene}<th>Compared</th><th>Effect ({UNIT})</th><th>95 % interval</th>"
    head += "<th>p</th><th>adjusted p</th></tr>"
    body = "".join(_row(row, bool(gene)) for row in first.to_dict("records"))
    shown = f" The first {MOST} by p." if len(rows) > MOST else ""
    return (
        f'<h4 style="margin-top:1.2em">{CONTENTS[level]}</h4>'
        f"<p>{sure:,} of {len(rows):,} tests have an adjusted p below {SURE:g} (bold).{shown} All: "
        f"<code>{html.escape(folder)}/comparisons.csv</code></p>"
        f'<table class="table table-sm b2s-effects"><thead>{head}</thead><tbody>{body}</tbody></table>'
    )


def _row(row: dict, has_gene: bool) -> str:
    cells = [html.escape(row["cell_type"])]
    cells += [html.escape(row["gene"])] if has_gene else []
    cells += [html.escape(compared(row["term"], row["against"]))]
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
