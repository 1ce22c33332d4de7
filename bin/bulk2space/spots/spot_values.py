"""Expression of some spots and genes of a section, read block by block."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.stored import Readable

SPOTS_PER_BLOCK = 2_048


def blocks(spots: int) -> list[slice]:
    """Return the blocks of spots that are read at once."""
    return [slice(first, first + SPOTS_PER_BLOCK) for first in range(0, spots, SPOTS_PER_BLOCK)]


def values_of(section: Readable, rows: slice | np.ndarray, genes: pd.Index) -> sp.csr_matrix:
    """Return linear expression per 10 000 of some spots and genes."""
    block = sp.csr_matrix(section.X[rows], dtype="float32")
    return block[:, section.var_names.get_indexer(genes)].expm1()
