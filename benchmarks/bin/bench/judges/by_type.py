"""The pipeline's expression by type, as cells that the judge of generated cells can read."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Obs, Uns
from bulk2space.contract.type_layers import read_shared, read_type

from ..cases.profiles_only import PROFILES_ONLY

SUFFIX = ".expression.h5ad"


def read_cells(path: Path, bulk_column: str) -> ad.AnnData:
    """Read generated cells, or one cell for each type of an expression.h5ad, with the type's expression in a sample.

    Parameters
    ----------
    path
        What GENERATE_CELLS, a rival or ESTIMATE_EXPRESSION wrote.
    bulk_column
        The sample's column in the bulk.
    """
    if not path.name.endswith(SUFFIX):
        return read_h5ad(path)
    shared = read_shared(path)
    (sample,) = shared.obs_names[shared.obs[Obs.BULK_COLUMN] == bulk_column]
    types = [str(name) for name in shared.uns[Uns.CELL_TYPES]]
    logs = np.log1p([read_type(path, name).mean.loc[sample] for name in types])
    obs = pd.DataFrame({Obs.CELL_TYPE: types}, index=types)
    return ad.AnnData(sp.csr_matrix(logs), obs, pd.DataFrame(index=shared.var_names), uns={PROFILES_ONLY: True})
