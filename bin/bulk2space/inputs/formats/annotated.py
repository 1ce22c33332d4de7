"""Values with the names of their rows and columns, as every reader returns them."""

import warnings

import anndata as ad
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Uns


def annotated(values: sp.csr_matrix, *, obs: pd.DataFrame, var: pd.DataFrame, matrix: str) -> ad.AnnData:
    """Return values with their names and the name of their matrix; genes may appear twice, and are summed later."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*names are not unique")
        return ad.AnnData(values, obs=obs, var=var, uns={Uns.MATRIX: matrix})
