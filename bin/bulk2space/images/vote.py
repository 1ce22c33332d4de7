"""Cell types of imaged cells by the votes of their neighbours."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp


class Votes(NamedTuple):
    """Cell types by the votes of neighbours.

    Attributes
    ----------
    cell_type
        Type with the largest share, (imaged cells,).
    score
        That share, 0..1.
    margin
        Its distance to the next type's share.
    """

    cell_type: np.ndarray
    score: np.ndarray
    margin: np.ndarray


def vote(neighbors: sp.csr_matrix, labels: np.ndarray, chosen: np.ndarray | None = None) -> Votes:
    """Let the neighbours vote by weight on the type of each imaged cell.

    Parameters
    ----------
    neighbors
        Weights, imaged cells × cells.
    labels
        Types of the cells, (cells,).
    chosen
        Types settled already, (imaged cells,): score and margin are then those of these types, and a margin is below
        zero where the neighbours would have chosen another.
    """
    types, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    member = sp.csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(types)))
    share = np.clip((neighbors @ member).toarray(), 0, 1)
    winner = share.argmax(axis=1) if chosen is None else np.searchsorted(types, np.asarray(chosen, dtype=str))
    rows = np.arange(len(share))
    score = share[rows, winner]
    share[rows, winner] = 0
    return Votes(types[winner], score, score - share.max(axis=1))
