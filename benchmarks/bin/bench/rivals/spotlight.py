"""Composition of spots as in SPOTlight (Elosua-Bayes et al. 2021, Nucleic Acids Res 49:e50), in own code.

Seeded non-negative matrix factorisation (NMF) and non-negative least squares (NNLS): the cells' counts become topics,
one per type, which start from the types' markers and members. Every spot becomes topics by least squares. Then its
topics become proportions by least squares on the median topics of the types.
"""

from typing import NamedTuple

import numpy as np
from bulk2space.numerics.nnls import nnls_gram
from bulk2space.numerics.shares import rows_to_one

CELLS = 75  # of each type to learn from, drawn at random (the paper's parameter n_cells)
SMOOTHING = 0.5  # of the non-smooth factorisation (Pascual-Montano et al. 2006), the default of R's package NMF
MOST_ROUNDS, CHANGE = 1000, 1e-4  # of the factorisation; relative change of the divergence over 10 rounds that ends it
SMALLEST = 0.01  # proportion below which a type counts as absent, SPOTlight's default
ALMOST_ZERO = 1e-12


class Topics(NamedTuple):
    """A factorisation.

    Attributes
    ----------
    genes
        Weight of each gene in each topic, genes × topics.
    cells
        Weight of each topic in each cell, topics × cells.
    """

    genes: np.ndarray
    cells: np.ndarray


def composition(
    cells: np.ndarray, codes: np.ndarray, spots: np.ndarray, scores: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the proportions of the types in each spot, spots × types.

    Parameters
    ----------
    cells, spots
        Counts of the marker genes, cells × genes and spots × genes.
    codes
        Type of each cell, (cells,).
    scores
        Weight of each gene that is a marker of a type, types × genes, 0 where it is none.
    rng
        Chooses the cells to learn from.
    """
    chosen = np.concatenate([rng.permutation(np.flatnonzero(codes == code))[:CELLS] for code in range(len(scores))])
    cells, codes = cells[chosen], codes[chosen]
    seen = (cells.sum(axis=0) > 0) & (spots.sum(axis=0) > 0)
    cells, spots = (unit_variance(values[:, seen]) for values in (cells, spots))
    topics = factorise(cells.T, seeds(codes, scores[:, seen]))
    profiles = np.array([np.median(topics.cells[:, codes == code], axis=1) for code in range(len(scores))])
    of_spots = nnls_gram(topics.genes.T @ topics.genes, spots @ topics.genes)
    found = rows_to_one(nnls_gram(profiles @ profiles.T, of_spots @ profiles.T))
    return rows_to_one(np.where(found < SMALLEST, 0, found))


def unit_variance(values: np.ndarray) -> np.ndarray:
    """Return values, rows × genes, each gene divided by its standard deviation; a constant gene stays as it is."""
    spread = values.std(axis=0, ddof=1)
    return values / np.where(spread > 0, spread, 1)


def seeds(codes: np.ndarray, scores: np.ndarray) -> Topics:
    """Return the start: a topic has the weights of the markers of its type alone, and the cells of its type."""
    marks = scores > 0
    own = np.where(marks & (marks.sum(axis=0) == 1), scores, 0)
    members = codes == np.arange(len(scores))[:, None]
    return Topics(own.T + ALMOST_ZERO, members + ALMOST_ZERO)


def factorise(values: np.ndarray, start: Topics) -> Topics:
    """Return the non-smooth factorisation of values, genes × cells, by multiplicative updates of the divergence.

    Topics are smoothed between genes and cells: ``values ≈ genes · S · cells``, where S mixes each topic with the mean
    of all. Columns of `genes` sum to 1 after each round.
    """
    genes, cells = start
    n = genes.shape[1]
    smooth = (1 - SMOOTHING) * np.eye(n) + SMOOTHING / n
    last = np.inf
    for number in range(MOST_ROUNDS):
        smoothed = genes @ smooth
        cells = cells * (smoothed.T @ _ratio(values, smoothed @ cells)) / smoothed.sum(axis=0)[:, None]
        smoothed = smooth @ cells
        genes = genes * (_ratio(values, genes @ smoothed) @ smoothed.T) / smoothed.sum(axis=1)
        genes, cells = (np.maximum(part, ALMOST_ZERO) for part in (genes, cells))
        genes /= genes.sum(axis=0)
        if number % 10 == 9:
            now = divergence(values, genes @ smooth @ cells)
            if last - now < CHANGE * now:
                break
            last = now
    return Topics(genes, cells)


def divergence(values: np.ndarray, fit: np.ndarray) -> float:
    """Return the Kullback-Leibler divergence of a fit from the values."""
    there = values > 0
    return float((values[there] * np.log(values[there] / fit[there])).sum() - values.sum() + fit.sum())


def _ratio(values: np.ndarray, fit: np.ndarray) -> np.ndarray:
    return values / np.maximum(fit, ALMOST_ZERO)
