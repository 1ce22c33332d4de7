"""Scores of cells for spots (step 2, spots): how well a single cell fits into the mixture that a spot measured.

All scorers share one interface, so that a baseline is swapped in by name: ``fit(cells, rng)`` returns the scorer and
``score(spots, cells, pairs)`` a value in 0..1 for each pair. ``cells`` and ``spots`` are :class:`Expression` over the
same marker genes. A scorer whose ``exhaustive`` is false needs only the pairs of a shortlist.
"""

import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .cascade import cascade, fit_quietly, predict
from .marker_space import Expression, MarkerSpace
from .pairs import (
    CELLS_PER_PSEUDO_SPOT,
    PSEUDO_SPOTS,
    Pairs,
    pair_cosine,
    pair_features,
    pair_features_and_cosine,
    pseudo_spots,
    training_pairs,
)

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)

DEEPEST_SPOT, THINNED_SPOT = 25_000, 20_000  # UMI: a deeper pseudo-spot is thinned to the second figure


class Scorer(Protocol):
    """What the mapping asks of a scorer."""

    exhaustive: bool

    def fit(self, cells: Expression, rng: np.random.Generator) -> "Scorer":
        """Learn from the cells alone."""

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the scores in 0..1 of the pairs, (pairs,)."""


class DeepForest:
    """Cascade forest on ``[spot; cell; spot − cell; cosine]`` in the space of marker components (the default).

    Trained on pseudo-spots with negatives of the member's own type, since the quotas decide on types already. The
    cascade is kept small (two layers of two forests, 25 trees each, that stop at 20 samples): on held-out genes it does
    as well as a larger one, and it trains in seconds.

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
        """Train on pairs of pseudo-spots and cells; ``counts`` allows thinning of deep pseudo-spots."""
        self.space_ = MarkerSpace().fit(cells)
        members, pseudo = pseudo_spots(cells, number=PSEUDO_SPOTS, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts)
        pairs, labels = training_pairs(members, cells.types, same_type=True, rng=rng)
        features = pair_features_and_cosine(self.space_.transform(pseudo), self.space_.transform(cells), pairs)
        self.forest_ = cascade(
            rng,
            threads=self.threads,
            max_layers=2,
            n_estimators=1,
            n_trees=25,
            min_samples_leaf=20,
        )
        fit_quietly(self.forest_, features, labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the forest's probability of membership for each pair, (pairs,)."""
        spot, cell = self.space_.transform(spots), self.space_.transform(cells)
        return predict(self.forest_, pair_features_and_cosine, spot, cell, pairs)


class PublishedForest:
    """Cascade forest on ``[spot; cell; spot − cell]`` of the markers' values themselves, as published.

    Multi-grained scanning is not in the deep-forest package and is left out. Negatives are cells of any type.

    Attributes
    ----------
    forest_ : CascadeForestClassifier
    """

    exhaustive = True

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "PublishedForest":
        """Train on pairs of pseudo-spots and cells; ``counts`` allows thinning of deep pseudo-spots."""
        members, pseudo = pseudo_spots(cells, number=PSEUDO_SPOTS, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts)
        pairs, labels = training_pairs(members, cells.types, same_type=False, rng=rng)
        self.forest_ = cascade(rng, threads=self.threads)
        fit_quietly(self.forest_, pair_features(dense(pseudo), dense(cells), pairs), labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the forest's probability of membership for each pair, (pairs,)."""
        return predict(self.forest_, pair_features, dense(spots), dense(cells), pairs)


class Cosine:
    """Cosine similarity in the space of marker components, moved to 0..1.

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


SCORERS = {"deep_forest": DeepForest, "published": PublishedForest, "cosine": Cosine, "random": Random}


def dense(rows: Expression) -> np.ndarray:
    """Return the values themselves, rows × genes, float32."""
    return rows.values.toarray().astype(np.float32)
