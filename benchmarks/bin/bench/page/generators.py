"""The page on generators of new cells: this pipeline's and those of other authors, in one run."""

import pandas as pd
from bulk2space.generator.kept import KEPT_OF_SOURCE

from ..judges.likeness import ENOUGH
from .markdown import filled
from .rivals import IMPOSSIBLE, MEASURED

COMPARED, ROWS = "Generators compared", "Which generators are here"
DEFAULT, NO_COUNTS = "bulk2space", "bulk2space, no counts kept"
SCVI = ("scVI, cell by cell", "scVI, no cell kept")
REAL = "real cells"
MOST = {DEFAULT: 0.70, NO_COUNTS: 0.75}  # AUC that is asked for
NAMES = {"reference": "reference cells", "training": "seconds of training", "generating": "seconds of generating"}
OTHERS = {
    "CFGen": "it has no package: it is installed from a clone of its repository, and cfgen on PyPI is another program",
    "scDiffusion": "it has no package: scdiffusion on PyPI is a method of other authors that makes no cells",
}
NOT_INSTALLED = "its package is not installed (`make bench-tools tools=scvi`)"


def text(table: pd.DataFrame, *, installed: bool, cells: int, genes: int) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    table
        One row per set and generator: the columns of commands/generators.py.
    installed
        Whether scVI is there.
    cells, genes
        Largest size of a reference.
    """
    fair = f"The rows *{NO_COUNTS}* and *{SCVI[0]}* keep the same."
    return filled(
        "generators", default=DEFAULT, no_counts=NO_COUNTS, scvi_posterior=SCVI[0], scvi_normal=SCVI[1], real=REAL,
        share=f"{KEPT_OF_SOURCE:.2f}", fair=fair, said=said(table), heading=COMPARED, enough=ENOUGH, cells=cells,
        genes=genes, table=table.rename(columns=NAMES), rows_heading=ROWS, rows=states(installed),
    )  # fmt: skip


def said(table: pd.DataFrame) -> list[str]:
    """Return sentences on the AUC that is asked for, and on scVI beside this pipeline."""
    by_set = table.pivot(index="set", columns="generator", values="AUC")
    lines = [
        f"*{name}*: AUC {_span(by_set[name])}; at most {most:.2f} is asked for, and is reached on "
        f"{(by_set[name] <= most).sum()} of {len(by_set)} set{'s' * (len(by_set) > 1)}."
        for name, most in MOST.items()
    ]
    if SCVI[0] in by_set:
        lines += [f"*{name}*: AUC {_span(by_set[name])}." for name in SCVI]
        seconds = table.pivot(index="set", columns="generator", values="training")
        ratio = seconds[SCVI[0]] / seconds[DEFAULT]
        lines.append(f"Training scVI takes {_span(ratio, 1)} times as long as training bulk2space.")
    return [line for pair in zip(lines, [""] * len(lines), strict=True) for line in pair][:-1]


def states(installed: bool) -> pd.DataFrame:
    """Return one row per generator of other authors: there and measured, or not run with the reason."""
    rows = [("scVI", MEASURED if installed else IMPOSSIBLE, None if installed else NOT_INSTALLED)]
    rows += [(name, IMPOSSIBLE, reason) for name, reason in OTHERS.items()]
    return pd.DataFrame(rows, columns=["generator", "state", "because"])


def _span(values: pd.Series, digits: int = 2) -> str:
    """Return the smallest and the largest value in words, or the one that there is."""
    ends = dict.fromkeys(f"{value:.{digits}f}" for value in (values.min(), values.max()))
    return " to ".join(ends)
