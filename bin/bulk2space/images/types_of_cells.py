"""Cell types of imaged cells by their probabilities."""

from typing import NamedTuple

import numpy as np


class Types(NamedTuple):
    """Types of imaged cells.

    Attributes
    ----------
    cell_type
        The most probable type, (imaged cells,).
    score
        Its probability, 0..1, (imaged cells,).
    margin
        That probability minus the next type's, (imaged cells,).
    """

    cell_type: np.ndarray
    score: np.ndarray
    margin: np.ndarray


def most_probable(probability: np.ndarray, types: np.ndarray, chosen: np.ndarray | None = None) -> Types:
    """Choose the most probable type of each imaged cell.

    Parameters
    ----------
    probability
        Of each type, imaged cells × types.
    types
        Names of the types, sorted.
    chosen
        Types that are settled already, (imaged cells,). Score and margin are then those of these types, and a margin is
        below zero where another type is more probable.
    """
    winner = probability.argmax(axis=1) if chosen is None else np.searchsorted(types, np.asarray(chosen, dtype=str))
    rows, others = np.arange(len(probability)), probability.copy()
    others[rows, winner] = 0
    score = probability[rows, winner]
    return Types(types[winner], score, score - others.max(axis=1))
