"""The cascade forest of the deep-forest package: made, fitted, asked."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .pairs import Pairs

if TYPE_CHECKING:
    from deepforest import CascadeForestClassifier

log = logging.getLogger(__name__)

BLOCK = 50_000  # pairs whose features are dense at a time


def cascade(rng: np.random.Generator, *, threads: int, **overrides) -> "CascadeForestClassifier":
    """Return the cascade forest with the paper's parameters ("Model configuration"), or others where given."""
    from deepforest import CascadeForestClassifier  # a second to import: not needed by the other scorers

    published = {
        "bin_subsample": 200_000,
        "bin_type": "percentile",
        "max_layers": 20,
        "criterion": "gini",
        "n_estimators": 2,
        "n_tolerant_rounds": 2,
        "delta": 1e-5,
        # the package's own trees grow to full depth several times more slowly; no parameter differs
        "backend": "sklearn",
    }
    seed = int(rng.integers(2**31 - 1))
    return CascadeForestClassifier(**(published | overrides), n_jobs=threads, random_state=seed, verbose=0)


def fit_quietly(forest: "CascadeForestClassifier", features: np.ndarray, labels: np.ndarray) -> None:
    """Fit a cascade forest; what the package prints goes nowhere."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # with few trees a pair in ten thousand is in every bag: it has no out-of-bag vote, and that is harmless
        warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
        forest.fit(features, labels)
    log.info("deep forest: %d pairs × %d features, %d layers", *features.shape, forest.n_layers_)


def predict(
    forest: "CascadeForestClassifier",
    features: Callable[[np.ndarray, np.ndarray, Pairs], np.ndarray],
    spots: np.ndarray,
    cells: np.ndarray,
    pairs: Pairs,
) -> np.ndarray:
    """Return the probability of label 1 for each pair, computing features by blocks of pairs.

    Rounded to six digits: threads add up the trees in any order, so that later digits differ between runs.
    """
    scores = np.empty(len(pairs.spot))
    for start in range(0, len(scores), BLOCK):
        part = Pairs(pairs.spot[start : start + BLOCK], pairs.cell[start : start + BLOCK])
        scores[start : start + BLOCK] = forest.predict_proba(features(spots, cells, part))[:, 1]
    return np.round(scores, 6)
