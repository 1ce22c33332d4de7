"""Cell types of imaged cells by the votes of their neighbours."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp


class Votes(NamedTuple):
    """Cell types by the votes of neighbours.

    Attributes
    ----------
    cell_type
        Type with the largest part of the vote, (imaged cells,).
    score
        The part of the vote for that type, 0..1, (imaged cells,).
    margin
        That part minus the part of the next type, (imaged cells,).
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
        Types that are settled already, (imaged cells,). Score and margin are then those of these types, and a margin is
        below zero where the neighbours would have chosen another.
    """
    types, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    member = sp.csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(types)))
    parts = np.clip((neighbors @ member).toarray(), 0, 1)  # of the vote, imaged cells × types
    winner = parts.argmax(axis=1) if chosen is None else np.searchsorted(types, np.asarray(chosen, dtype=str))
    rows = np.arange(len(parts))
    score = parts[rows, winner]
    parts[rows, winner] = 0
    return Votes(types[winner], score, score - parts.max(axis=1))
