"""Which side of a table are the genes."""

from collections.abc import Callable

import anndata as ad
import pandas as pd

from .genes import plain
from .metadata import as_r_writes

ENOUGH = 20
"""Names found on the wrong side that prove it, or half of that side where it is shorter than twice this."""


def turned(
    adata: ad.AnnData, *, observations: pd.Index | None = None, genes: pd.Index | None = None
) -> tuple[ad.AnnData, str]:
    """Turn a matrix round when its rows rather than its columns bear the names of genes.

    Parameters
    ----------
    adata
        Observations × genes, as its format usually means them.
    observations
        Names that belong to observations: those of the metadata.
    genes
        Names that belong to genes: those of the reference.

    Returns
    -------
    The matrix with observations in rows, and a sentence's worth where it was turned.
    """
    right = [adata.obs_names], [adata.var_names, *(adata.var[column] for column in adata.var)]
    evidence = []
    if observations is not None:
        evidence.append(_shared(observations, *right, as_r_writes))
    if genes is not None:
        evidence.append(_shared(genes, *reversed(right), _as_gene))
    if not any(wrong > fitting and enough for fitting, wrong, enough in evidence):
        return adata, ""
    turned_round = ad.AnnData(
        adata.X.T.tocsr(),
        obs=pd.DataFrame(index=adata.var_names),
        var=pd.DataFrame(index=adata.obs_names),
        uns=dict(adata.uns),
    )
    return turned_round, "its genes stand where others have observations; it is turned round"


def _shared(
    names: pd.Index, own: list[pd.Index], other: list[pd.Index], rewrite: Callable[[pd.Index], pd.Index]
) -> tuple[int, int, bool]:
    """Return how many of the names stand on the side where they should, how many on the other, if enough there."""
    wanted = set(rewrite(pd.Index(names)))
    fitting, wrong = (max(int(rewrite(pd.Index(found)).isin(wanted).sum()) for found in side) for side in (own, other))
    return fitting, wrong, wrong >= min(ENOUGH, len(other[0]) / 2)


def _as_gene(names: pd.Index) -> pd.Index:
    return plain(names).str.upper()
