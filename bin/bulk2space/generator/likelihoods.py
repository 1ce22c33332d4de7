"""What a cell's values are drawn from, given the decoder: the negative binomial of counts, a Gaussian cut at zero."""

import math
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from .data import Batch


def negative_binomial(batch: "Batch", log_mean: torch.Tensor, log_size: torch.Tensor) -> torch.Tensor:
    """Return the log likelihood of each cell's counts, (batch,).

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
    size = log_size.exp()
    log_ratio = log_mean - log_size
    log_one_plus = F.softplus(log_ratio)  # log(1 + mean/θ), batch × genes
    zero_part = -(size * log_one_plus).sum(1)
    flat = batch.row * batch.n_genes + batch.gene
    x, theta = batch.value, size.reshape(-1)[flat]
    at = log_ratio.reshape(-1)[flat] - log_one_plus.reshape(-1)[flat]
    part = torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1) + x * at
    return zero_part.index_add(0, batch.row, part)


def censored_gaussian(batch: "Batch", mean: torch.Tensor, log_sd: torch.Tensor) -> torch.Tensor:
    """Return the log likelihood of each cell's log expression, (batch,): zeros are a Gaussian's mass below zero.

    Parameters
    ----------
    batch
        log1p of expression per 10 000.
    mean
        Mean of the Gaussian, batch × genes; below zero where zeros prevail.
    log_sd
        Log of its standard deviation, batch × genes.
    """
    below = torch.special.log_ndtr(-mean / log_sd.exp())  # batch × genes
    flat = batch.row * batch.n_genes + batch.gene
    sd = log_sd.reshape(-1)[flat]
    standard = (batch.value - mean.reshape(-1)[flat]) / sd.exp()
    part = -0.5 * standard.square() - sd - 0.5 * math.log(2 * math.pi) - below.reshape(-1)[flat]
    return below.sum(1).index_add(0, batch.row, part)


def draw_negative_binomial(
    log_mean: torch.Tensor, log_size: torch.Tensor, rng: np.random.Generator, *, large: float = 20.0
) -> sp.csr_matrix:
    """Draw counts, batch × genes, at the cost of the non-zero ones.

    One uniform number tells zeros from the rest; the rest is drawn from the distribution cut at zero by adding up
    its probabilities, or, where the mean is above `large`, as a Poisson of a gamma.

    Parameters
    ----------
    log_mean
        Log of the expected counts, batch × genes.
    log_size
        Log of the size θ, batch × genes.
    """
    size = log_size.exp()
    log_zero = -(size * F.softplus(log_mean - log_size)).numpy()
    is_large = log_mean.numpy() > math.log(large)
    row, gene = np.nonzero(is_large | (rng.random(log_zero.shape, dtype=np.float32) < -np.expm1(log_zero)))
    mean = log_mean.numpy()[row, gene].astype(float)
    np.exp(mean, out=mean)
    theta = size.numpy()[row, gene].astype(float)
    value = np.zeros(len(row))

    by_gamma = is_large[row, gene]
    value[by_gamma] = rng.poisson(rng.gamma(theta[by_gamma], mean[by_gamma] / theta[by_gamma]))

    left = np.flatnonzero(~by_gamma)
    mean, theta = mean[left], theta[left]
    ratio = mean / (mean + theta)
    zero = np.exp(-theta * np.log1p(mean / theta))
    probability = zero * theta * ratio  # of a count of 1
    target = rng.random(len(left)) * (1 - zero) - probability  # what is left of the uniform after counts 0 and 1
    count = 1
    while len(left):
        value[left] = count
        # the second condition ends what rounding would carry on for ever
        on = (target > 0) & ((probability > 1e-18) | (count < mean))
        left, theta, ratio, mean = left[on], theta[on], ratio[on], mean[on]
        probability = probability[on] * ratio * (count + theta) / (count + 1)
        target = target[on] - probability
        count += 1
    return sp.csr_matrix((value.astype(np.float32), (row, gene)), shape=log_zero.shape)


def residuals(values: torch.Tensor, mean: torch.Tensor, sd: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Return how many standard deviations values of a Gaussian cut at zero lie from its mean, batch × genes.

    What a zero hides is drawn from below zero, so that the residuals of values from this law are standard normal.
    """
    uniform = torch.as_tensor(rng.random(values.shape, dtype=np.float32), device=values.device)
    hidden = torch.special.ndtri((uniform * torch.special.ndtr(-mean / sd)).clamp_min(1e-30))
    return torch.where(values > 0, (values - mean) / sd, hidden)
