"""The sum of a section's spots or cells: what a bulk sample of the section would be."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import counts_or_linear
from ..contract.stored import Stored


def summed(section: ad.AnnData) -> ad.AnnData:
    """Return the one bulk sample that the sum of a section's spots or cells is."""
    return _as_sample(np.asarray(counts_or_linear(section).sum(axis=0, dtype=np.float64)), section.var)


def summed_by_rows(section: Stored) -> ad.AnnData:
    """Return the same of a section that is read block by block."""
    total = np.zeros((1, section.n_vars))
    for _, values in section.counts_or_linear():
        total += values.sum(axis=0, dtype=np.float64)
    return _as_sample(total, section.var)


def _as_sample(total: np.ndarray, var: pd.DataFrame) -> ad.AnnData:
    return ad.AnnData(sp.csr_matrix(total.astype(np.float32)), obs=pd.DataFrame(index=["sum"]), var=var[[]])
