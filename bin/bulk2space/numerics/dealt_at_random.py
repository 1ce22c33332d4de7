"""The sum over neighbours of products of their values, ``Σ w_ij z_i z_j``, if values are dealt to places at random.

Its first three moments follow from the power sums of the values and from what neighbours the places have: a product
over different places has the same mean wherever these places lie (Cliff and Ord 1981, Spatial Processes, chapter 2,
give the first two; the third is counted in the same way, by the ways in which three pairs can share places).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

FEWEST_PLACES = 6  # three pairs of neighbours that share none


class Moments(NamedTuple):
    """Mean, standard deviation and skewness of the sum of each column, (columns,) each."""

    mean: np.ndarray
    deviation: np.ndarray
    skewness: np.ndarray


class Pairs(NamedTuple):
    """Sums over pairs of neighbours, and over two and three different pairs, of the products of their weights.

    Attributes
    ----------
    one, squares, cubes
        Of the weights of single pairs, and of their squares and cubes.
    two_joined, two_apart
        Over two pairs that share a place, and that share none.
    square_joined, square_apart
        The same, in both orders, of the square of one and the weight of the other.
    triangles, stars, paths
        Over three pairs that share places in this way.
    two_and_one, three_apart
        Over three pairs of which two share a place, and of which none do.
    """

    one: float
    squares: float
    cubes: float
    two_joined: float
    two_apart: float
    square_joined: float
    square_apart: float
    triangles: float
    stars: float
    paths: float
    two_and_one: float
    three_apart: float


def moments(values: sp.csr_matrix, neighbours: sp.csr_matrix) -> Moments:
    """Return the moments of the sum over neighbours.

    Parameters
    ----------
    values
        Places × columns, of at least FEWEST_PLACES places; a column's mean is taken off.
    neighbours
        Weights w, places × places, without any of a place for itself.
    """
    pairs, mean = _pairs(neighbours), _means(values)
    first = 2 * pairs.one * mean(1, 1)
    second = 4 * (
        pairs.squares * mean(2, 2) + 2 * pairs.two_joined * mean(2, 1, 1) + 2 * pairs.two_apart * mean(1, 1, 1, 1)
    )
    third = 8 * (
        pairs.cubes * mean(3, 3)
        + 3 * pairs.square_joined * mean(3, 2, 1)
        + (3 * pairs.square_apart + 6 * pairs.paths) * mean(2, 2, 1, 1)
        + 6 * pairs.triangles * mean(2, 2, 2)
        + 6 * pairs.stars * mean(3, 1, 1, 1)
        + 6 * pairs.two_and_one * mean(2, 1, 1, 1, 1)
        + 6 * pairs.three_apart * mean(1, 1, 1, 1, 1, 1)
    )
    variance = np.maximum(second - first**2, 0)
    deviation = np.sqrt(variance)
    about_mean = third - 3 * first * second + 2 * first**3
    skewness = np.divide(about_mean, deviation**3, out=np.zeros_like(first), where=deviation > 0)
    return Moments(first, deviation, skewness)


def _pairs(neighbours: sp.csr_matrix) -> Pairs:
    """Count pairs of neighbours; each pair has the mean of its two weights."""
    a = sp.csr_matrix((neighbours + neighbours.T) / 2)
    r, q, c = (np.asarray(a.power(power).sum(axis=1)).ravel() for power in (1, 2, 3))  # of each place
    one, squares, cubes = r.sum() / 2, q.sum() / 2, c.sum() / 2
    square_joined = q @ r - c.sum()
    two_joined = (r @ r - q.sum()) / 2
    triangles = (a @ a).multiply(a).sum() / 6
    stars = (r**3 - 3 * r * q + 2 * c).sum() / 6
    paths = r @ (a @ r) / 2 - q @ r + cubes - 3 * triangles
    two_and_one = two_joined * one - square_joined - 3 * triangles - 3 * stars - 2 * paths
    three = (one**3 - 3 * one * squares + 2 * cubes) / 6
    return Pairs(
        one=one,
        squares=squares,
        cubes=cubes,
        two_joined=two_joined,
        two_apart=(one**2 - squares) / 2 - two_joined,
        square_joined=square_joined,
        square_apart=squares * one - cubes - square_joined,
        triangles=triangles,
        stars=stars,
        paths=paths,
        two_and_one=two_and_one,
        three_apart=three - triangles - stars - paths - two_and_one,
    )


def _means(values: sp.csr_matrix):
    """Return the function from powers to the mean product of values of different places, each to one of the powers."""
    n = values.shape[0]
    sums = _power_sums(values)

    @lru_cache
    def total(*powers: int) -> np.ndarray:
        first, *others = powers
        if not others:
            return sums[first]
        found = sums[first] * total(*others)
        for place, other in enumerate(others):  # without the products in which two of the places are one
            merged = [*others[:place], other + first, *others[place + 1 :]]
            found = found - total(*sorted(merged))
        return found

    return lambda *powers: total(*sorted(powers)) / np.prod(n - np.arange(len(powers), dtype=float))


def _power_sums(values: sp.csr_matrix) -> dict[int, np.ndarray]:
    """Return the sums of the powers of each column's values about their mean; about 1 is their standard deviation."""
    x = sp.csc_matrix(values, dtype=np.float64)
    n, found = x.shape[0], np.diff(x.indptr)
    mean = np.asarray(x.mean(axis=0)).ravel()
    z = x.data - np.repeat(mean, found)
    column = np.repeat(np.arange(x.shape[1]), found)
    return {
        power: np.bincount(column, z**power, minlength=x.shape[1]) + (n - found) * (-mean) ** power
        for power in range(1, 7)
    }
