"""Which side of a table are the genes."""

import anndata as ad
import pandas as pd

from .genes import plain


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
    evidence = [
        _shared(names, adata, axis)
        for names, axis in ((observations, "obs"), (genes, "var"))
        if names is not None and len(names)
    ]
    if sum(against - in_favour for in_favour, against in evidence) <= 0:
        return adata, ""
    turned_round = ad.AnnData(
        adata.X.T.tocsr(),
        obs=pd.DataFrame(index=adata.var_names),
        var=pd.DataFrame(index=adata.obs_names),
        uns=dict(adata.uns),
    )
    return turned_round, "its genes stand where others have observations; it is turned round"


def _shared(names: pd.Index, adata: ad.AnnData, axis: str) -> tuple[int, int]:
    """Return how many names the axis bears that should, and how many the other one bears."""
    wanted = set(plain(names).str.upper())
    sides = {
        "obs": [adata.obs_names],
        "var": [adata.var_names, *(adata.var[column] for column in adata.var)],
    }
    counts = {side: max(int(plain(found).str.upper().isin(wanted).sum()) for found in sides[side]) for side in sides}
    return counts[axis], counts["var" if axis == "obs" else "obs"]
