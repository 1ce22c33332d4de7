"""Whether a bulk sample and a section contradict each other.

They contradict each other on a type where the interval of their difference (:mod:`.paired`) does not hold 0, and their
estimates differ in the same direction.
"""

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import verdicts
from .bulk import proportions_with_intervals


def of_section(
    total: ad.AnnData,
    reference: ad.AnnData,
    ranking: pd.DataFrame,
    *,
    source: str,
    markers_per_type: int,
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimate the proportions of a whole section with their 95 % intervals, in the way of a bulk sample.

    The bulk is what the sum of all spots or cells would be.

    Parameters
    ----------
    total, reference
        The sum of the section (:mod:`.section_sum`), and the annotated cells.
    ranking, source, markers_per_type, method, mrna_content, rng
        As in :func:`.bulk.proportions_with_intervals`.

    Returns
    -------
    One row per type (contract/tables.py, ESTIMATES).

    Raises
    ------
    InputError
        If no marker gene is shared, or the section has no expression that any type could explain.
    """
    return proportions_with_intervals(
        total, reference, ranking, source=source, markers_per_type=markers_per_type, method=method,
        mrna_content=mrna_content, rng=rng,
    )  # fmt: skip


def beyond(difference: pd.DataFrame, bulk: pd.Series, section: pd.Series) -> pd.Series:
    """Return how far the interval of each type's difference lies from 0; 0 where it holds 0.

    The interval is widened to hold the difference of the two estimates. These use all marker genes of bulk or section,
    the interval only the shared ones: a contradiction is told where both agree on it.

    Parameters
    ----------
    difference
        Columns `ci_low` and `ci_high`, as :func:`.paired.difference` gives them; one row per type, named by it.
    bulk, section
        Estimated proportions, by type.

    Returns
    -------
    Proportions of cells, 0 to 1, by type.
    """
    estimated = (bulk - section).reindex(difference.index)
    low, high = np.minimum(difference["ci_low"], estimated), np.maximum(difference["ci_high"], estimated)
    return low.clip(lower=0) + (-high).clip(lower=0)


def compared(
    table: pd.DataFrame, bulk: pd.DataFrame, section: pd.DataFrame | None, difference: pd.DataFrame | None
) -> pd.DataFrame:
    """Add the proportions of both inputs and their contradiction to their verdicts.

    Inputs that contradict each other are doubtful at best, as a whole and in the types that they contradict each other
    on.

    Parameters
    ----------
    table
        Verdicts on the inputs, as :mod:`.judging` gives them.
    bulk, section
        Columns `cell_type`, `proportion`, `ci_low` and `ci_high`; None without a section, or without an estimate of it.
    difference
        Columns `cell_type`, `ci_low` and `ci_high` of bulk minus section; None where they cannot be compared.

    Returns
    -------
    The table with the columns `proportion`, `ci_low`, `ci_high` and `contradiction`: of a type what :func:`beyond`
    returns, of an input as a whole half of their sum; NaN without a difference.
    """
    estimates = {"bulk": bulk.set_index("cell_type")}
    if section is not None:
        estimates["section"] = section.set_index("cell_type")
    table = table.assign(proportion=np.nan, ci_low=np.nan, ci_high=np.nan, contradiction=np.nan)
    apart = pd.Series(dtype=float)
    if section is not None and difference is not None:
        proportions = (one["proportion"] for one in estimates.values())
        apart = beyond(difference.set_index("cell_type"), *proportions)
    for name, rows in table.groupby("input"):
        if name in estimates:
            types = rows.index[rows["cell_type"] != ""]
            own = estimates[name].reindex(table.loc[types, "cell_type"])
            for column in ("proportion", "ci_low", "ci_high"):
                table.loc[types, column] = own[column].to_numpy()
            table.loc[types, "contradiction"] = apart.reindex(own.index).to_numpy()
            if difference is not None:
                table.loc[rows.index.difference(types), "contradiction"] = apart.sum() / 2
    contradicted = table["contradiction"] >= verdicts.CONTRADICTION
    return table.assign(
        verdict=table["verdict"].mask(contradicted & (table["verdict"] == verdicts.GOOD), verdicts.DOUBTFUL)
    )
