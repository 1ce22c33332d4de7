"""The page on estimators of proportions."""

import pandas as pd

from ..judges.proportions import ALL, LARGE_PROPORTION, PROTOCOLS
from .cells import command
from .markdown import filled

COLUMNS = {
    "rmse": "RMSE", "median_rmse": "median RMSE", "pairs_better_than_paper": "pairs better than paper",
    "decoy_proportion": "given to decoys", "pcc": "PCC", "srcc": "SRCC",
    "median_residual_complete": "residual, complete", "median_residual_missing": "residual, type missing",
    "warned_complete": "warned, complete", "warned_missing": "warned, type missing",
}  # fmt: skip


def tables(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a table per protocol, by its heading; values are means over the pairs and compositions of one set.

    Parameters
    ----------
    table
        Columns `set`, `role`, `protocol`, `method`, `cell_type`, `metric`, `value`, `seconds`.
    """
    table = table[table["cell_type"] == ALL].assign(set=table["set"].str.split().str[0])
    found = {}
    for protocol, part in table.groupby("protocol", sort=True):
        keys = ["role", "set", "method"]
        means = part.pivot_table(index=keys, columns="metric", values="value", aggfunc="mean")
        means["seconds"] = part.groupby(keys)["seconds"].max()
        shown = means.reset_index().sort_values(keys, ascending=[False, True, True])
        found[protocol.replace("_", " ")] = shown.rename(columns=COLUMNS)
    return found


def text(found: dict[str, pd.DataFrame], settings: dict) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    found
        Tables by their headings.
    settings
        Parameters of the run.
    """
    protocols = {name: found.get(name.replace("_", " "), pd.DataFrame()) for name in PROTOCOLS}
    return filled("proportions", command=command(settings), large=f"{100 * LARGE_PROPORTION:.0f} %", **protocols)
