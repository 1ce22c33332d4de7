"""Rivals that estimate the composition of spots and place no cells: programs in R, in our own code."""

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.contract.expression import counts_or_linear, linear, shared_genes
from bulk2space.contract.keys import Obs
from bulk2space.inputs.annotate import leiden
from bulk2space.numerics.groups import type_means

from . import spatial_dwls, spotlight

Composition = Callable[..., pd.DataFrame]


def by_spotlight(
    reference: ad.AnnData, section: ad.AnnData, ranking: pd.DataFrame, rng: np.random.Generator, *, per_type: int
) -> pd.DataFrame:
    """Return proportions as in SPOTlight, spots × types; a marker weighs as much as its log fold change.

    Parameters
    ----------
    reference, section
        The pipeline's own files.
    ranking
        markers.csv of the reference.
    rng
        Chooses the cells to learn from.
    per_type
        Number of markers of each type.
    """
    genes = markers.select(ranking, shared_genes(reference, section), per_type=per_type)
    types, codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
    best = markers.significant(ranking, genes)
    best = best[best["log2fc"] > 0].groupby("cell_type").head(per_type)
    scores = best.pivot(index="cell_type", columns="gene", values="log2fc").reindex(index=types, columns=genes)
    cells, spots = (counts_or_linear(table[:, genes]).toarray().astype(float) for table in (reference, section))
    found = spotlight.composition(cells, codes, spots, scores.fillna(0).to_numpy(), rng)
    return pd.DataFrame(found, section.obs_names, types)


def by_spatial_dwls(
    reference: ad.AnnData, section: ad.AnnData, ranking: pd.DataFrame, rng: np.random.Generator, *, per_type: int
) -> pd.DataFrame:
    """Return proportions as in spatialDWLS, spots × types; similar spots are Leiden clusters."""
    genes = markers.select(ranking, shared_genes(reference, section), per_type=per_type)
    types, means = type_means(linear(reference[:, genes]), reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    spots = linear(section[:, genes]).toarray().astype(float)
    seen = means.max(axis=0) > 0
    clusters = leiden(section.X, seed=int(rng.integers(2**31 - 1)))
    found = spatial_dwls.composition(spots[:, seen], clusters, means[:, seen].astype(float), rng)
    return pd.DataFrame(found, section.obs_names, types)


COMPOSITIONS: dict[str, Composition] = {"spotlight": by_spotlight, "spatialdwls": by_spatial_dwls}
