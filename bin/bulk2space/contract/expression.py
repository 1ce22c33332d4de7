"""Views of the pipeline's own files: linear values, counts, shared genes.

A reference, a section and generated cells hold ``X`` = log1p of counts per 10 000 and, where counts are
known, ``layers["counts"]``. A bulk holds linear values in ``X``.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from .keys import Layers, Obs, Uns

NORMALISED, BY_VOLUME = "normalised", "by cell volume"  # an entry of uns["units"], and what it says of such a section


def is_by_volume(uns: Mapping[str, Any]) -> bool:
    """Tell whether ``X`` of a section of this ``uns`` is log1p of 1 000 × counts ÷ volume, not of counts per 10 000."""
    return uns.get(Uns.UNITS, {}).get(NORMALISED) == BY_VOLUME


def has_counts(adata: ad.AnnData) -> bool:
    """Tell whether the file carries integer counts beside its log values."""
    return Layers.COUNTS in adata.layers


def linear(adata: ad.AnnData) -> sp.csr_matrix:
    """Return expression per 10 000 (observations × genes, float32) of a reference, section or cells file.

    Values come from ``X``, so that a table cut to some genes keeps the scale of its whole library.
    """
    return sp.csr_matrix(adata.X, dtype=np.float32).expm1()


def counts_or_linear(adata: ad.AnnData) -> sp.csr_matrix:
    """Return the counts where they are known, else expression per 10 000 (observations × genes)."""
    return sp.csr_matrix(adata.layers[Layers.COUNTS]) if has_counts(adata) else linear(adata)


def total(adata: ad.AnnData) -> np.ndarray:
    """Return each observation's counts, or expression per 10 000, summed over all genes of its file, (rows,)."""
    if Obs.TOTAL in adata.obs:  # only some of the genes were read
        return adata.obs[Obs.TOTAL].to_numpy(dtype=float)
    return np.asarray(counts_or_linear(adata).sum(axis=1, dtype=np.float64)).ravel()


class Named(Protocol):
    """A file in memory, or one that is read block by block."""

    @property
    def var_names(self) -> pd.Index:
        """Names of the genes."""
        ...


def shared_genes(first: Named, *others: Named) -> list[str]:
    """Return the genes that all files have, in the order of the first."""
    names = first.var_names
    for other in others:
        names = names[names.isin(other.var_names)]
    return list(names)


def on_genes(matrix: sp.csr_matrix, own: pd.Index, wanted: pd.Index) -> sp.csr_matrix:
    """Lay a matrix (observations × own genes) on other genes: those that it lacks are 0 (float32)."""
    there = np.flatnonzero(wanted.isin(own))
    columns = sp.csc_matrix(matrix, dtype=np.float32)[:, own.get_indexer(wanted[there])]
    spread = sp.csr_matrix((np.ones(len(there), np.float32), (np.arange(len(there)), there)), (len(there), len(wanted)))
    return sp.csr_matrix(columns @ spread)
