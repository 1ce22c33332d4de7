"""Cell types of imaged cells by the votes of their neighbours alone, as the published mapping has them."""

import numpy as np
import scipy.sparse as sp
from bulk2space.images.types_of_cells import Types, most_probable
from bulk2space.numerics.groups import indicator


def vote(neighbors: sp.csr_matrix, labels: np.ndarray) -> Types:
    """Let the neighbours vote by weight on the type of each imaged cell.

    Parameters
    ----------
    neighbors
        Weights, imaged cells × cells.
    labels
        Types of the cells, (cells,).

    Returns
    -------
    Types, whose score is their part of the vote.
    """
    types, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    return most_probable(np.clip((neighbors @ indicator(codes, len(types)).T).toarray(), 0, 1), types)
