"""The simulations of the paper's two tables, kept beside the pages: of many runs, each of some cases of a grid."""

import pandas as pd

GRIDS = {"full": "make bench-full", "reduced": "make bench"}
"""The grids and their commands, that of more simulations first."""


def merged(kept: pd.DataFrame, new: pd.DataFrame, grid: str) -> pd.DataFrame:
    """Return the kept simulations with those of a run: its cases take the place of the same cases of its grid.

    Parameters
    ----------
    kept
        ``grid``, ``case``, ``kind``, ``simulation``, ``method`` and metrics.
    new
        The same without ``grid``.
    grid
        That of the run.
    """
    again = (kept["grid"] == grid) & kept["case"].isin(new["case"])
    return pd.concat([kept[~again], new.assign(grid=grid)[kept.columns]], ignore_index=True)


def shown(kept: pd.DataFrame, cases: dict[str, set[str]]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the simulations that a page shows, and of which grid those of each kind are.

    A grid is shown where all its cases of the kind were run, the full one first. Where none was run whole, it is the
    reduced one, as far as it was run.

    Parameters
    ----------
    kept
        As for `merged`.
    cases
        The cases of each grid in one step of the method. Others are left out.

    Returns
    -------
    Rows of the table without ``grid``; and by kind the grid, as "full grid" or "reduced grid, 2 of 4 cases".
    """
    parts, told = [], {}
    for kind, of_kind in kept.groupby("kind"):  # paired before unpaired
        for grid in GRIDS:
            wanted = {case for case in cases[grid] if (case.partition("-")[0] == "unpaired") == (kind == "unpaired")}
            own = of_kind[(of_kind["grid"] == grid) & of_kind["case"].isin(wanted)]
            ran = own["case"].nunique()
            if ran == len(wanted) > 0:
                break
        parts.append(own.drop(columns="grid"))
        told[kind] = f"{grid} grid" + ("" if ran == len(wanted) else f", {ran} of {len(wanted)} cases")
    return (pd.concat(parts) if parts else kept.drop(columns="grid")), told
