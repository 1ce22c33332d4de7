"""Composition of spots as in spatialDWLS (Dong and Yuan 2021, Genome Biol 22:145), in own code.

In each cluster of similar spots, the types whose markers are enriched in some spot are fitted by dampened weighted
least squares (Tsoucas et al. 2019). Types of less than one cell are left out of a spot, and the fit is repeated.
"""

import numpy as np
from bulk2space.numerics.nnls import nnls_gram
from bulk2space.numerics.shares import rows_to_one

from .estimators import weighted_nnls

CELLS = 20  # of a spot, the paper's parameter n_cell: a smaller proportion than one of them is none
CUTOFF = 2.0  # enrichment, in standard deviations, from which a type takes part; the package's default
STEP, CLOSE, MOST_ROUNDS = 0.2, 0.01, 1000  # of the iteration: part of a new solution, change that ends it, limit
SUBSETS = 100  # random halves of the genes by which the dampening is chosen
SMALLEST_FIT = 1e-6  # relative to the largest of a spot: a gene that no fitted type expresses has no infinite weight


def composition(spots: np.ndarray, clusters: np.ndarray, means: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the proportions of the types in each spot, spots × types.

    Parameters
    ----------
    spots
        Linear expression per 10 000 of marker genes, spots × genes.
    clusters
        Cluster of each spot, (spots,).
    means
        Mean linear expression of each type, types × genes.
    rng
        Draws the halves of the genes.
    """
    home = means.argmax(axis=0)  # the type that a gene is a marker of
    enriched = enrichment(np.log2(spots + 1), home, len(means))
    found = np.zeros((len(spots), len(means)))
    for name in np.unique(clusters):
        rows = np.flatnonzero(clusters == name)
        found[rows] = of_cluster(spots[rows], enriched[rows], means, home, rng)
    return found


def of_cluster(
    spots: np.ndarray, enriched: np.ndarray, means: np.ndarray, home: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the proportions of the types in the spots of one cluster; parameters as in the other functions here."""
    highest = enriched.max(axis=0)
    taking_part = highest > CUTOFF
    if taking_part.sum() < 2:
        taking_part = highest >= np.sort(highest)[-2]
    everywhere = np.broadcast_to(taking_part, enriched.shape)
    first = _fitted(spots, everywhere, means, home, rng)
    return _fitted(spots, first >= 1 / CELLS, means, home, rng)


def _fitted(
    spots: np.ndarray, present: np.ndarray, means: np.ndarray, home: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return proportions of the types that are present in a spot, on the genes that mark them; all spots × types."""
    found = np.zeros(present.shape)
    types = np.flatnonzero(present.any(axis=0))
    genes = np.isin(home, types)
    if not genes.any():
        return found
    bound = dampening(spots[:, genes].mean(axis=0), means[np.ix_(types, genes)], rng)
    for pattern in np.unique(present[present.any(axis=1)], axis=0):
        rows, types = np.flatnonzero((present == pattern).all(axis=1)), np.flatnonzero(pattern)
        genes = np.isin(home, types)
        found[np.ix_(rows, types)] = dampened(spots[np.ix_(rows, genes)], means[np.ix_(types, genes)], bound)
    return found


def enrichment(logs: np.ndarray, home: np.ndarray, n_types: int) -> np.ndarray:
    """Return the enrichment of each type's markers in each spot, spots × types.

    It is ``(S - m) √n / s`` (Kim and Volsky 2005): S is the mean log fold change of the n markers against the mean of
    all spots, m and s are mean and standard deviation over all genes of the spot.

    Parameters
    ----------
    logs
        log2 of expression plus 1, spots × genes.
    home
        Type that each gene is a marker of, (genes,).
    n_types
        Number of types.
    """
    change = logs - np.log2((2.0**logs - 1).mean(axis=0) + 1)
    numbers = np.bincount(home, minlength=n_types)
    marks = (home[:, None] == np.arange(n_types)) / np.maximum(numbers, 1)
    spread = change.std(axis=1, ddof=1, keepdims=True)
    centred = change @ marks - change.mean(axis=1, keepdims=True)
    return np.where(numbers > 0, centred * np.sqrt(numbers) / np.where(spread > 0, spread, 1), -np.inf)


def dampened(values: np.ndarray, means: np.ndarray, bound: float) -> np.ndarray:
    """Return proportions by least squares weighted by 1 / fit², spots × types.

    The fit starts from unweighted least squares. Each round moves it by a fifth towards the solution of its weights,
    which are at most ``bound`` times the smallest one.

    Parameters
    ----------
    values, means
        Linear expression, spots × genes and types × genes.
    bound
        Largest weight over the smallest.
    """
    if len(means) == 1:
        return np.ones((len(values), 1))
    x = nnls_gram(means @ means.T, values @ means.T)
    moving = np.flatnonzero(x.sum(axis=1) > 0)
    for _ in range(MOST_ROUNDS):
        if not len(moving):
            break
        found = weighted_nnls(values[moving], means, weights(x[moving], means, bound))
        change = STEP * (found - x[moving])
        x[moving] += change
        moving = moving[np.abs(change).sum(axis=1) > CLOSE]
    return rows_to_one(x)


def weights(x: np.ndarray, means: np.ndarray, bound: float) -> np.ndarray:
    """Return the weight of each gene, spots × genes: 1 / fit² over the smallest of the spot, and at most ``bound``."""
    fit = x @ means
    highest = fit.max(axis=1, keepdims=True)
    return np.minimum((highest / np.maximum(fit, SMALLEST_FIT * highest)) ** 2, bound)


def dampening(values: np.ndarray, means: np.ndarray, rng: np.random.Generator) -> float:
    """Return the bound of the weights, a power of two, for which solutions on halves of the genes vary least.

    Parameters
    ----------
    values
        Mean expression of the spots of a cluster, (genes,).
    means
        Types × genes.
    rng
        Draws the halves.
    """
    start = nnls_gram(means @ means.T, (values @ means.T)[None])
    largest = weights(start, means, np.inf).max()
    halves = rng.permuted(np.tile(np.arange(len(values)) < len(values) // 2, (SUBSETS, 1)), axis=1)
    spread = {}
    for power in range(max(1, int(np.ceil(np.log2(largest))))):
        chosen = halves * weights(start, means, 2.0**power)
        grams = np.einsum("sg,tg,ug->stu", chosen, means, means, optimize=True)
        found = np.einsum("stu,su->st", np.linalg.pinv(grams), (chosen * values) @ means.T)
        totals = found.sum(axis=1, keepdims=True)
        found = found * start.sum() / np.where(totals != 0, totals, 1)
        spread[2.0**power] = found.var(axis=0, ddof=1).mean()
    return min(spread, key=spread.__getitem__)
