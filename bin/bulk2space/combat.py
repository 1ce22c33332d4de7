"""ComBat with a reference batch (Johnson, Li and Rabinovic 2007, Biostatistics 8:118; parametric empirical Bayes).

The paper's correction of generated cells towards an image section (Methods, "Image-based in situ hybridization").
"""

import numpy as np

TOLERANCE, ROUNDS = 1e-4, 200


def align(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Move and scale each gene of one batch so that it looks as if measured in the reference batch.

    Location and scale of the batch are shrunk towards their distributions over all genes, as ComBat does. The
    reference batch stays as it is. A gene that is constant in the reference batch has no scale: it is left as it is.

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
    usable = spread > 1e-8
    corrected = np.array(values, dtype=np.float64)
    if not usable.any() or len(values) == 0:
        return corrected
    mean, spread = mean[usable], spread[usable]
    standard = (corrected[:, usable] - mean) / spread
    shift, scale = shrunken(standard)
    corrected[:, usable] = (standard - shift) / np.sqrt(scale) * spread + mean
    return corrected


def shrunken(standard: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the empirical Bayes estimates of a batch's location and variance for each gene.

    Parameters
    ----------
    standard
        Batch standardised by the reference batch, cells × genes.

    Returns
    -------
    Location γ* and variance δ²* of each gene, (genes,), by the fixed point of Johnson's equations: normal prior on the
    location, inverse gamma prior on the variance, their hyper-parameters by moments over the genes.
    """
    n, n_genes = standard.shape
    location = standard.mean(axis=0)
    variance = standard.var(axis=0, ddof=1) if n > 1 else np.ones(n_genes)
    variance = np.maximum(variance, 1e-8)  # constant in this batch
    if n_genes < 2 or n < 2:  # no distribution over genes to shrink towards
        return location, variance
    prior_mean, prior_variance = location.mean(), max(location.var(ddof=1), 1e-12)
    average, scatter = variance.mean(), max(variance.var(ddof=1), 1e-12)
    shape = 2 + average**2 / scatter
    rate = average + average**3 / scatter

    gamma, delta = location, variance
    for _ in range(ROUNDS):
        new_gamma = (n * prior_variance * location + delta * prior_mean) / (n * prior_variance + delta)
        squares = (n - 1) * variance + n * (location - new_gamma) ** 2
        new_delta = (rate + squares / 2) / (n / 2 + shape - 1)
        change = max(np.abs(new_gamma - gamma).max(), (np.abs(new_delta - delta) / delta).max())
        gamma, delta = new_gamma, new_delta
        if change < TOLERANCE:
            break
    return gamma, delta
