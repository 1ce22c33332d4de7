"""Which side of a table are the genes."""

import logging
from collections.abc import Callable

import anndata as ad
import pandas as pd

from ..contract import remarks
from .genes import plain
from .joining import as_r_writes

log = logging.getLogger(__name__)

NAMES_THAT_PROVE = 20
"""Names found on the wrong side that prove it, or half of that side where it is shorter than twice this number."""


def turned(
    adata: ad.AnnData, source: str, *, observations: pd.Index | None = None, genes: pd.Index | None = None
) -> ad.AnnData:
    """Return the matrix, transposed where its rows rather than its columns have the names of genes.

    Parameters
    ----------
    adata
        Observations × genes, as its format usually means them.
    source
        The file's name, for the remark.
    observations
        Names that belong to observations: those of the metadata.
    genes
        Names that belong to genes: those of the reference.
    """
    if not is_turned(adata, observations=observations, genes=genes):
        return adata
    remarks.note(
        log,
        "transposed",
        f"{source}: genes and observations are the other way round than is usual in this format; it is transposed",
    )
    return ad.AnnData(
        adata.X.T.tocsr(),
        obs=pd.DataFrame(index=adata.var_names),
        var=pd.DataFrame(index=adata.obs_names),
        uns=dict(adata.uns),
    )


def is_turned(adata: ad.AnnData, *, observations: pd.Index | None = None, genes: pd.Index | None = None) -> bool:
    """Tell whether the rows rather than the columns have the names of genes; parameters as for :func:`turned`."""
    rows, columns = [adata.obs_names], [adata.var_names, *(adata.var[column] for column in adata.var)]
    evidence = []
    if observations is not None:
        evidence.append(_found(observations, rows, columns, as_r_writes))
    if genes is not None:
        evidence.append(_found(genes, columns, rows, _as_gene))
    return any(wrong > fitting and enough for fitting, wrong, enough in evidence)


def _found(
    names: pd.Index, own: list[pd.Index], other: list[pd.Index], rewrite: Callable[[pd.Index], pd.Index]
) -> tuple[int, int, bool]:
    """Return how many names are found on their own side and on the other, and whether the latter are enough."""
    wanted = set(rewrite(pd.Index(names)))
    fitting, wrong = (max(int(rewrite(pd.Index(found)).isin(wanted).sum()) for found in side) for side in (own, other))
    return fitting, wrong, wrong >= min(NAMES_THAT_PROVE, len(other[0]) / 2)


def _as_gene(names: pd.Index) -> pd.Index:
    return plain(names).str.upper()
