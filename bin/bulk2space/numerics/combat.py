"""ComBat (Johnson, Li and Rabinovic 2007, Biostatistics 8:118; parametric empirical Bayes).

:func:`align` corrects one batch towards a reference batch, as the paper does with generated cells and an image section
(Methods, "Image-based in situ hybridization"). :func:`harmonize` brings several libraries of a reference together.
"""

import numpy as np
import scipy.sparse as sp

from .groups import indicator

TOLERANCE, MOST_ROUNDS = 1e-4, 200  # of the fixed point
SMALLEST_SPREAD = 1e-8  # a gene whose standard deviation is smaller is constant and has no scale
SMALLEST_EXPRESSION = 1e-6  # less is written as 0 after the correction
CELLS_PER_BLOCK = 512  # made dense at once


def align(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Move and scale each gene of one batch as if it had been measured in the reference batch.

    Location and scale of the batch are shrunk towards their distributions over all genes, as ComBat does. The
    reference batch is not changed. A gene that is constant in the reference batch has no scale and is not changed.

    Parameters
    ----------
    values
        Batch to correct, log expression, cells × genes.
    reference
        Reference batch, log expression, cells × genes.

    Returns
    -------
    Corrected batch, cells × genes (float64).
    """
    mean, spread = reference.mean(axis=0), reference.std(axis=0)
    usable = spread > SMALLEST_SPREAD
    corrected = np.array(values, dtype=np.float64)
    if not usable.any() or len(values) == 0:
        return corrected
    mean, spread = mean[usable], spread[usable]
    standard = (corrected[:, usable] - mean) / spread
    n = len(standard)
    shift, scale = shrunken(standard.mean(axis=0), standard.var(axis=0, ddof=1) if n > 1 else np.ones(len(mean)), n)
    corrected[:, usable] = (standard - shift) / np.sqrt(scale) * spread + mean
    return corrected


def harmonize(values: sp.csr_matrix, batches: np.ndarray) -> sp.csr_matrix:
    """Bring each gene of all batches to one location and scale, those of all cells together.

    Location and scale of each batch are shrunk towards their distributions over all genes, as ComBat does; there are no
    covariates. In a batch of a single cell, only the location is corrected. A gene that is constant within every batch
    has no scale and is not changed.

    Parameters
    ----------
    values
        Log expression, cells × genes.
    batches
        Batch of each cell, (cells,).

    Returns
    -------
    Corrected log expression, cells × genes (float32); values below zero become 0.
    """
    values = sp.csr_matrix(values, dtype=np.float64)
    _, codes, sizes = np.unique(batches, return_inverse=True, return_counts=True)
    means, squares = _by_batch(values, codes, sizes)
    mean = sizes @ means / len(codes)
    spread = np.sqrt(squares.sum(axis=0) / len(codes))
    usable = spread > SMALLEST_SPREAD
    factor, offset = np.ones_like(means), np.zeros_like(means)  # a gene's correction in a batch is linear
    means, squares, mean, spread = means[:, usable], squares[:, usable], mean[usable], spread[usable]
    for b, n in enumerate(sizes):
        variance = squares[b] / (n - 1) / spread**2 if n > 1 else np.ones_like(spread)
        shift, scale = shrunken((means[b] - mean) / spread, variance, n)
        factor[b, usable] = 1 / np.sqrt(scale)
        offset[b, usable] = mean - (mean + shift * spread) / np.sqrt(scale)

    blocks = []
    for start in range(0, len(codes), CELLS_PER_BLOCK):
        own = codes[start : start + CELLS_PER_BLOCK]
        block = values[start : start + CELLS_PER_BLOCK].toarray() * factor[own] + offset[own]
        block[block < SMALLEST_EXPRESSION] = 0
        blocks.append(sp.csr_matrix(block, dtype=np.float32))
    return sp.vstack(blocks, format="csr")


def _by_batch(values: sp.csr_matrix, codes: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each batch's mean of each gene and the sum of squares around it, batches × genes each."""
    member = indicator(codes, len(sizes))
    means = (member @ values).toarray() / sizes[:, None]
    entries = values.copy()
    entries.data = (values.data - means[np.repeat(codes, np.diff(values.indptr)), values.indices]) ** 2
    squares = (member @ entries).toarray()
    entries.data = np.ones_like(entries.data)
    zeros = sizes[:, None] - (member @ entries).toarray()
    return means, squares + zeros * means**2


def shrunken(location: np.ndarray, variance: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the empirical Bayes estimates of a batch's location and variance for each gene.

    Parameters
    ----------
    location, variance
        Of the batch's standardised values, (genes,).
    n
        Number of cells in the batch. The variance of a single cell cannot be estimated and is taken as given.

    Returns
    -------
    Location γ* and variance δ²* of each gene, (genes,), by the fixed point of Johnson's equations: normal prior on the
    location, inverse gamma prior on the variance, their hyper-parameters by moments over the genes.
    """
    variance = np.maximum(variance, 1e-8)  # constant in this batch
    if len(location) < 2:  # no distribution over genes to shrink towards
        return location, variance
    prior_mean, prior_variance = location.mean(), max(location.var(ddof=1), 1e-12)
    if n < 2:
        return (prior_variance * location + variance * prior_mean) / (prior_variance + variance), variance
    average, scatter = variance.mean(), max(variance.var(ddof=1), 1e-12)
    shape = 2 + average**2 / scatter
    rate = average + average**3 / scatter

    gamma, delta = location, variance
    for _ in range(MOST_ROUNDS):
        new_gamma = (n * prior_variance * location + delta * prior_mean) / (n * prior_variance + delta)
        squares = (n - 1) * variance + n * (location - new_gamma) ** 2
        new_delta = (rate + squares / 2) / (n / 2 + shape - 1)
        change = max(np.abs(new_gamma - gamma).max(), (np.abs(new_delta - delta) / delta).max())
        gamma, delta = new_gamma, new_delta
        if change < TOLERANCE:
            break
    return gamma, delta
