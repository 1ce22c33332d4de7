"""Correlation of maps of one section, and whether chance explains it.

Neighbouring places are alike, so they are no independent observations: a test that counts each of them finds nearly
everything significant. The modified t test of Dutilleul (1993, Biometrics 49:305) asks how alike the values of each map
are at each distance, and works out from both how many independent places the section is worth.
"""

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import t as student

from ..numerics.lattice import neighbour_distance

MOST_PLACES = 1500  # that tell how alike values are by distance
FIRST_CLASS, GROWTH = 1.5, 1.3  # end of the first class of distances in distances of neighbours; of each next over it
FEWEST_INDEPENDENT = 10.0  # places; with fewer, the test finds too much (p = 1)


class Places(NamedTuple):
    """Places of a section and their distances in classes.

    Attributes
    ----------
    number
        Number of all places.
    drawn
        Places that tell how alike values are, (drawn,).
    classes
        Class of the distance of each pair of them, drawn × drawn; 0 for a place and itself.
    degrees
        Number of places in each class of each place, drawn × classes.
    """

    number: int
    drawn: np.ndarray
    classes: np.ndarray
    degrees: np.ndarray

    @classmethod
    def of(cls, spatial: np.ndarray, rng: np.random.Generator) -> "Places":
        """Sort the distances of places into classes; ``spatial`` holds their centres, places × 2."""
        n = len(spatial)
        drawn = np.sort(rng.choice(n, MOST_PLACES, replace=False)) if n > MOST_PLACES else np.arange(n)
        distance = cdist(spatial[drawn], spatial[drawn])
        first = FIRST_CLASS * neighbour_distance(spatial)
        steps = max(int(np.ceil(np.log(max(distance.max() / first, 1.0)) / np.log(GROWTH))), 0) + 1
        classes = 1 + np.searchsorted(first * GROWTH ** np.arange(steps), distance)
        np.fill_diagonal(classes, 0)
        degrees = np.stack([(classes == k).sum(axis=1) for k in range(classes.max() + 1)], axis=1)
        return cls(n, drawn, classes, degrees.astype(float))


class Correlated(NamedTuple):
    """Correlations of maps, first × second, their p values, and the number of independent places each rests on."""

    r: np.ndarray
    p: np.ndarray
    independent: np.ndarray


def correlated(places: Places, first: np.ndarray, second: np.ndarray) -> Correlated:
    """Correlate each of the first maps with each of the second.

    Parameters
    ----------
    places
        Where they lie.
    first, second
        Places × maps each.

    Returns
    -------
    Correlated; 0 with p = 1 where a map does not vary.
    """
    z, w = (_standardised(maps) for maps in (first, second))
    r = z.T @ w / len(z)
    independent = _independent(places, *(_likeness(places, maps) for maps in (z, w)))
    freedom = np.maximum(independent, FEWEST_INDEPENDENT) - 2
    t = r * np.sqrt(freedom / np.maximum(1 - r**2, 1e-12))
    p = 2 * student.sf(np.abs(t), freedom)
    return Correlated(r, np.where(independent < FEWEST_INDEPENDENT, 1.0, p), independent)


def _likeness(places: Places, maps: np.ndarray) -> np.ndarray:
    """Return how alike the values of maps, places × maps, are: their covariance by distance, classes × maps."""
    some = maps[places.drawn] - maps[places.drawn].mean(axis=0)
    covariance = [
        np.einsum("ig,ig->g", some, (places.classes == k).astype(np.float32) @ some) / max(pairs, 1.0)
        for k, pairs in enumerate(places.degrees.sum(axis=0))
    ]
    return np.stack(covariance)


def _standardised(maps: np.ndarray) -> np.ndarray:
    """Return maps of mean 0 and standard deviation 1; zeros where a map does not vary."""
    centred = maps - maps.mean(axis=0)
    deviation = centred.std(axis=0)
    return centred / np.where(deviation > 1e-12, deviation, np.inf)


def _independent(places: Places, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the number of independent places by the covariances of two sets of maps, first × second.

    With the covariance matrices Σ of two maps and B the matrix that takes off the mean, the variance of their
    correlation by chance is ``tr(BΣBΣ') / (tr(BΣ) tr(BΣ'))``, and the number is 1 plus its inverse (Dutilleul's
    equations 3 and 4). Σ has one value in each class of distances, so that traces follow from numbers of pairs.
    """
    n, more = places.number, places.number / len(places.drawn)
    degrees = places.degrees * np.where(np.arange(places.degrees.shape[1]) == 0, 1.0, more)  # as if all were drawn
    pairs = degrees.sum(axis=0) * more
    both = np.diag(pairs) - 2 / n * more * degrees.T @ degrees + np.outer(pairs, pairs) / n**2
    of_trace = np.where(np.arange(len(pairs)) == 0, n, 0.0) - pairs / n
    spread = np.outer(first.T @ of_trace, second.T @ of_trace)
    variance = (first.T @ both @ second) / np.where(spread > 0, spread, np.inf)
    return 1 + 1 / np.maximum(variance, 1 / (n - 1))
