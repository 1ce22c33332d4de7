"""Probabilities of values and draws of new ones: the negative binomial, and a Gaussian censored at zero."""

import math

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn import functional as F

from .data import Batch

MEAN_FOR_GAMMA = 20.0  # above it a gamma and a Poisson draw cost less than adding up probabilities
LEAST_PROBABILITY = 1e-18  # of a count; smaller ones are lost in the rounding of the uniform number
LEAST_SHAPE = 1e-9  # of a beta distribution; a smaller one tells 0 and 1 no better apart
LEAST_TAIL = 1e-30  # keeps the normal quantile of a next to impossible zero finite


def negative_binomial(batch: Batch, log_mean: torch.Tensor, log_size: torch.Tensor) -> torch.Tensor:
    """Return the log probability of each cell's counts, (batch,).

    The gamma functions cancel at zero counts, so they are evaluated at the non-zero entries only.

    Parameters
    ----------
    batch
        Counts.
    log_mean
        Log of the expected counts, batch × genes.
    log_size
        Log of the size θ (variance = mean + mean²/θ), batch × genes.
    """
    size = log_size.exp()  # batch × genes
    log_ratio = log_mean - log_size  # batch × genes
    log_one_plus = F.softplus(log_ratio)  # batch × genes: log(1 + mean/θ)
    of_zeros = -(size * log_one_plus).sum(1)  # (batch,)
    entry = batch.row * batch.n_genes + batch.gene  # (nnz,)
    x, theta = batch.value, size.reshape(-1)[entry]  # (nnz,)
    log_success = log_ratio.reshape(-1)[entry] - log_one_plus.reshape(-1)[entry]  # (nnz,): log(mean / (mean + θ))
    of_counts = torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1) + x * log_success
    return of_zeros.index_add(0, batch.row, of_counts)


def censored_gaussian(batch: Batch, mean: torch.Tensor, log_sd: torch.Tensor) -> torch.Tensor:
    """Return the log probability of each cell's log expression, (batch,): a zero is all of the Gaussian below zero.

    Parameters
    ----------
    batch
        log1p of expression per 10 000.
    mean
        Mean of the Gaussian, batch × genes; below zero where zeros prevail.
    log_sd
        Log of its standard deviation, batch × genes.
    """
    of_zero = torch.special.log_ndtr(-mean / log_sd.exp())  # batch × genes
    entry = batch.row * batch.n_genes + batch.gene  # (nnz,)
    log_sd = log_sd.reshape(-1)[entry]  # (nnz,)
    standard = (batch.value - mean.reshape(-1)[entry]) / log_sd.exp()  # (nnz,)
    density = -0.5 * standard.square() - log_sd - 0.5 * math.log(2 * math.pi)  # (nnz,)
    return of_zero.sum(1).index_add(0, batch.row, density - of_zero.reshape(-1)[entry])


def draw_negative_binomial(log_mean: torch.Tensor, log_size: torch.Tensor, rng: np.random.Generator) -> sp.csr_matrix:
    """Draw counts, batch × genes, at the cost of the non-zero ones.

    One uniform number tells zeros from other counts. These are drawn from the distribution without its zero, or, where
    the mean is large, as a Poisson of a gamma.

    Parameters
    ----------
    log_mean
        Log of the expected counts, batch × genes.
    log_size
        Log of the size θ, batch × genes.
    rng
        Source of the draws.
    """
    size = log_size.exp()
    log_zero = -(size * F.softplus(log_mean - log_size)).numpy()  # batch × genes: log probability of a zero
    is_large = log_mean.numpy() > math.log(MEAN_FOR_GAMMA)
    row, gene = np.nonzero(is_large | (rng.random(log_zero.shape, dtype=np.float32) < -np.expm1(log_zero)))
    mean = log_mean.numpy()[row, gene].astype(float)  # (nnz,)
    np.exp(mean, out=mean)
    theta = size.numpy()[row, gene].astype(float)  # (nnz,)
    by_gamma = is_large[row, gene]
    value = np.zeros(len(row))
    value[by_gamma] = rng.poisson(rng.gamma(theta[by_gamma], mean[by_gamma] / theta[by_gamma]))
    value[~by_gamma] = _draw_positive(mean[~by_gamma], theta[~by_gamma], rng)
    return sp.csr_matrix((value.astype(np.float32), (row, gene)), shape=log_zero.shape)


def _draw_positive(mean: np.ndarray, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw counts of 1 or more, (n,): the first at which the sum of probabilities reaches a uniform number."""
    value, left = np.zeros(len(mean)), np.arange(len(mean))
    ratio = mean / (mean + theta)
    zero = np.exp(-theta * np.log1p(mean / theta))
    probability = zero * theta * ratio  # of a count of 1
    target = rng.random(len(mean)) * (1 - zero) - probability  # what is left of the uniform after counts 0 and 1
    count = 1
    while len(left):
        value[left] = count
        # rounding may leave a rest that no further probability is large enough to use up
        on = (target > 0) & ((probability > LEAST_PROBABILITY) | (count < mean))
        left, theta, ratio, mean = left[on], theta[on], ratio[on], mean[on]
        probability = probability[on] * ratio * (count + theta) / (count + 1)
        target = target[on] - probability
        count += 1
    return value


def residuals(values: torch.Tensor, mean: torch.Tensor, sd: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Return how many standard deviations values of a censored Gaussian lie from its mean, batch × genes.

    For a zero, the hidden value is drawn from the Gaussian below zero. So the residuals of values that follow this
    distribution are standard normal.
    """
    uniform = torch.as_tensor(rng.random(values.shape, dtype=np.float32), device=values.device)
    hidden = torch.special.ndtri((uniform * torch.special.ndtr(-mean / sd)).clamp_min(LEAST_TAIL))
    return torch.where(values > 0, (values - mean) / sd, hidden)


def kept_molecules(batch: Batch, share: torch.Tensor, size: torch.Tensor, rng: np.random.Generator) -> sp.csr_matrix:
    """Return the part of each count that a share of its negative binomial made, batch × genes.

    Given the whole count, the part is beta-binomial.

    Parameters
    ----------
    batch
        Counts.
    share
        Share of the mean and of the size θ that the part has, batch × genes, 0 to 1.
    size
        Sizes θ, batch × genes.
    rng
        Source of the draws.
    """
    entry = (batch.row, batch.gene)
    part, theta = share[entry].cpu().numpy().astype(float), size[entry].cpu().numpy().astype(float)  # (nnz,)
    chance = rng.beta(np.maximum(part * theta, LEAST_SHAPE), np.maximum((1 - part) * theta, LEAST_SHAPE))  # (nnz,)
    own = rng.binomial(batch.value.cpu().numpy().astype(np.int64), chance).astype(np.float32)
    kept = sp.csr_matrix((own, tuple(at.cpu().numpy() for at in entry)), shape=(len(batch.type), batch.n_genes))
    kept.eliminate_zeros()
    return kept
