"""Scorers of cells and spots that score every pair, which the default avoids."""

import numpy as np
from bulk2space.spots.marker_space import Expression
from bulk2space.spots.pairs import Pairs
from bulk2space.spots.scorers import DeepForest, PublishedForest


class InFull(PublishedForest):
    """The published forest on all markers, with one call for all cells of a spot."""

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the scores of the pairs, (pairs,)."""
        order = np.argsort(pairs.spot, kind="stable")
        ends = np.flatnonzero(np.diff(pairs.spot[order])) + 1
        scores = np.empty(len(order))
        for part in np.split(order, ends):
            scores[part] = super().score(spots, cells, Pairs(pairs.spot[part], pairs.cell[part]))
        return scores


class EveryPair(DeepForest):
    """The default's forest for every cell and spot, without a shortlist."""

    exhaustive = True
