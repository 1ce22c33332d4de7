"""Whether a bulk sample and a section contradict each other: how far their proportions lie beyond both intervals.

Both estimates have an interval. They contradict each other on a type where each lies outside the other's interval.
"""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import verdicts
from ..contract.expression import counts_or_linear
from .bulk import proportions_with_intervals


def of_section(
    section: ad.AnnData,
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
    section, reference
        The pipeline's own files.
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
    summed = ad.AnnData(
        sp.csr_matrix(counts_or_linear(section).sum(axis=0)), obs=pd.DataFrame(index=["sum"]), var=section.var[[]]
    )
    return proportions_with_intervals(
        summed, reference, ranking, source=source, markers_per_type=markers_per_type, method=method,
        mrna_content=mrna_content, rng=rng,
    )  # fmt: skip


def beyond(bulk: pd.DataFrame, section: pd.DataFrame) -> pd.Series:
    """Return how far the two proportions of each type lie apart beyond the intervals of both, 0 where either holds it.

    Parameters
    ----------
    bulk, section
        Columns `proportion`, `ci_low` and `ci_high`; one row per type, named by it.

    Returns
    -------
    Proportions of cells, 0 to 1, by type.
    """
    section = section.reindex(bulk.index)
    more = (bulk["proportion"] - section["proportion"]).to_numpy()  # (types,)
    of_bulk, of_section = ((one["ci_low"], one["ci_high"]) for one in (bulk, section))
    bulk_arm = np.where(more > 0, bulk["proportion"] - of_bulk[0], of_bulk[1] - bulk["proportion"])
    section_arm = np.where(more > 0, of_section[1] - section["proportion"], section["proportion"] - of_section[0])
    return pd.Series(np.maximum(np.abs(more) - np.maximum(bulk_arm, section_arm), 0), index=bulk.index)


def compared(table: pd.DataFrame, bulk: pd.DataFrame, section: pd.DataFrame | None) -> pd.DataFrame:
    """Add the proportions of both inputs and their contradiction to their verdicts.

    Inputs that contradict each other are doubtful at best, as a whole and in the types that they contradict each other
    on.

    Parameters
    ----------
    table
        Verdicts on the inputs, as :mod:`.judging` gives them.
    bulk, section
        Columns `cell_type`, `proportion`, `ci_low` and `ci_high`; None without a section, or without an estimate of it.

    Returns
    -------
    The table with the columns `proportion`, `ci_low`, `ci_high` and `contradiction`: of a type what :func:`beyond`
    returns, of an input as a whole half of their sum; NaN without a section.
    """
    estimates = {"bulk": bulk.set_index("cell_type")}
    if section is not None:
        estimates["section"] = section.set_index("cell_type")
    table = table.assign(proportion=np.nan, ci_low=np.nan, ci_high=np.nan, contradiction=np.nan)
    apart = beyond(estimates["bulk"], estimates["section"]) if section is not None else pd.Series(dtype=float)
    for name, rows in table.groupby("input"):
        if name in estimates:
            types = rows.index[rows["cell_type"] != ""]
            own = estimates[name].reindex(table.loc[types, "cell_type"])
            for column in ("proportion", "ci_low", "ci_high"):
                table.loc[types, column] = own[column].to_numpy()
            table.loc[types, "contradiction"] = apart.reindex(own.index).to_numpy()
            if section is not None:
                table.loc[rows.index.difference(types), "contradiction"] = apart.sum() / 2
    contradicted = table["contradiction"] >= verdicts.CONTRADICTION
    return table.assign(
        verdict=table["verdict"].mask(contradicted & (table["verdict"] == verdicts.GOOD), verdicts.DOUBTFUL)
    )
