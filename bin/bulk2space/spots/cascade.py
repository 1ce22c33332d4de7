"""The cascade forest of the deep-forest package: how it is made, fitted and asked."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .pairs import Pairs

if TYPE_CHECKING:
    from deepforest import CascadeForestClassifier

log = logging.getLogger(__name__)

PAIRS_AT_ONCE = 50_000  # pairs whose features are in memory together
DIGITS = 6  # of a score: threads add up the trees in any order, so that later digits differ between runs
# paper, Methods, "Model configuration"
PUBLISHED = {
    "bin_subsample": 200_000,
    "bin_type": "percentile",
    "max_layers": 20,
    "criterion": "gini",
    "n_estimators": 2,
    "n_tolerant_rounds": 2,
    "delta": 1e-5,
}
# the package's own trees grow to full depth several times more slowly; no parameter differs
BACKEND = "sklearn"


class Classifier(Protocol):
    """A fitted classifier of two labels."""

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return the probabilities of both labels, rows × 2."""


def cascade(rng: np.random.Generator, *, threads: int, **overrides: Any) -> "CascadeForestClassifier":
    """Return an unfitted cascade forest with the paper's parameters, or others where given."""
    from deepforest import CascadeForestClassifier  # takes a second to import, and other scorers do not need it

    seed = int(rng.integers(2**31 - 1))
    parameters = PUBLISHED | {"backend": BACKEND} | overrides
    return CascadeForestClassifier(**parameters, n_jobs=threads, random_state=seed, verbose=0)


def fit_quietly(forest: "CascadeForestClassifier", features: np.ndarray, labels: np.ndarray) -> None:
    """Fit a cascade forest without what the package prints.

    Parameters
    ----------
    forest
        The forest to fit.
    features
        Pairs × features.
    labels
        0 or 1, (pairs,).
    """
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # with few trees a pair in ten thousand is in every bag: it has no out-of-bag vote, and that is harmless
        warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
        forest.fit(features, labels)
    log.info("deep forest: %d pairs × %d features, %d layers", *features.shape, forest.n_layers_)


def predict(
    forest: Classifier,
    features: Callable[[np.ndarray, np.ndarray, Pairs], np.ndarray],
    spots: np.ndarray,
    cells: np.ndarray,
    pairs: Pairs,
) -> np.ndarray:
    """Return the probability of label 1 for each pair, (pairs,); features are computed for some pairs at a time.

    Parameters
    ----------
    forest
        A fitted classifier.
    features
        Function from spots, cells and pairs to the pairs' features, such as :func:`.pairs.pair_features`.
    spots, cells
        Coordinates, spots × axes and cells × axes.
    pairs
        Pairs to score.
    """
    scores = np.empty(len(pairs.spot))
    for start in range(0, len(scores), PAIRS_AT_ONCE):
        part = Pairs(pairs.spot[start : start + PAIRS_AT_ONCE], pairs.cell[start : start + PAIRS_AT_ONCE])
        scores[start : start + PAIRS_AT_ONCE] = forest.predict_proba(features(spots, cells, part))[:, 1]
    return np.round(scores, DIGITS)
