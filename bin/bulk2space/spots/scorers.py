"""Scores of cells for spots (step 2, spots): how well a single cell fits into the mixture that a spot measured.

All scorers share one interface, so that another is chosen by name: ``fit(cells, rng)`` returns the scorer, and
``score(spots, cells, pairs)`` returns a value from 0 to 1 for each pair. ``cells`` and ``spots`` are
:class:`.marker_space.Expression` over the same marker genes.
"""

from typing import Protocol

import numpy as np

from .cascade import cascade, fit_quietly, predict
from .marker_space import Expression, MarkerSpace
from .pairs import Pairs, pair_cosine, pair_features, pair_features_and_cosine, training_pairs
from .pseudo_spots import CELLS_PER_PSEUDO_SPOT, PSEUDO_SPOTS, pseudo_spots

# On held-out genes this cascade does as well as the published one, and it trains in seconds.
SMALL_CASCADE = {"max_layers": 2, "n_estimators": 1, "n_trees": 25, "min_samples_leaf": 20}


class Scorer(Protocol):
    """What the assignment asks of a scorer.

    Attributes
    ----------
    exhaustive
        Whether every pair has to be scored; else the pairs of a shortlist are enough.
    """

    exhaustive: bool

    def __init__(self, *, threads: int = 1): ...

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "Scorer":
        """Learn from the cells alone.

        Parameters
        ----------
        cells
            Generated cells with their types.
        rng
            Random generator.
        counts
            Whether values are counts, so that deep pseudo-spots are thinned.
        """

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return a score from 0 to 1 for each pair, (pairs,)."""


class DeepForest:
    """Cascade forest on ``[spot; cell; spot − cell; cosine]`` in the space of marker components (the default).

    It learns from pseudo-spots. A cell that is not in a pseudo-spot has the type of one that is, since the quotas
    already decide on types. The cascade is small: two layers of two forests with 25 trees each.

    Parameters
    ----------
    threads
        CPU threads.

    Attributes
    ----------
    space_ : MarkerSpace
    forest_ : CascadeForestClassifier
    """

    exhaustive = False

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "DeepForest":
        """Train on pairs of pseudo-spots and cells."""
        self.space_ = MarkerSpace().fit(cells)
        members, pseudo = pseudo_spots(cells, number=PSEUDO_SPOTS, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts)
        pairs, labels = training_pairs(members, cells.types, same_type=True, rng=rng)
        features = pair_features_and_cosine(self.space_.transform(pseudo), self.space_.transform(cells), pairs)
        self.forest_ = cascade(rng, threads=self.threads, **SMALL_CASCADE)
        fit_quietly(self.forest_, features, labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the forest's probability that the cell is in the spot, (pairs,)."""
        spot, cell = self.space_.transform(spots), self.space_.transform(cells)
        return predict(self.forest_, pair_features_and_cosine, spot, cell, pairs)


class PublishedForest:
    """Cascade forest on ``[spot; cell; spot − cell]`` of the markers' values themselves, as published.

    A cell that is not in a pseudo-spot may have any type. Multi-grained scanning is missing, because the deep-forest
    package does not have it.

    Parameters
    ----------
    threads
        CPU threads.

    Attributes
    ----------
    forest_ : CascadeForestClassifier
    """

    exhaustive = True

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "PublishedForest":
        """Train on pairs of pseudo-spots and cells."""
        members, pseudo = pseudo_spots(cells, number=PSEUDO_SPOTS, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts)
        pairs, labels = training_pairs(members, cells.types, same_type=False, rng=rng)
        self.forest_ = cascade(rng, threads=self.threads)
        fit_quietly(self.forest_, pair_features(dense(pseudo), dense(cells), pairs), labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the forest's probability that the cell is in the spot, (pairs,)."""
        return predict(self.forest_, pair_features, dense(spots), dense(cells), pairs)


class Cosine:
    """Cosine similarity in the space of marker components, moved to 0..1.

    Parameters
    ----------
    threads
        Not used.

    Attributes
    ----------
    space_ : MarkerSpace
    """

    exhaustive = False

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "Cosine":
        """Find the marker components of the cells."""
        self.space_ = MarkerSpace().fit(cells)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return (1 + cosine) / 2 for each pair, (pairs,)."""
        cosine = pair_cosine(self.space_.transform(spots), self.space_.transform(cells), pairs)
        return np.clip((1 + cosine) / 2, 0, 1)


class Random:
    """Random scores: what the quotas alone give.

    Parameters
    ----------
    threads
        Not used.

    Attributes
    ----------
    rng_ : numpy.random.Generator
    """

    exhaustive = True

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "Random":
        """Keep the generator."""
        self.rng_ = rng
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return uniform random numbers, (pairs,)."""
        return self.rng_.random(len(pairs.spot))


SCORERS: dict[str, type[Scorer]] = {
    "deep_forest": DeepForest,
    "published": PublishedForest,
    "cosine": Cosine,
    "random": Random,
}


def dense(rows: Expression) -> np.ndarray:
    """Return the values themselves, rows × genes, float32."""
    return rows.values.toarray().astype(np.float32)
