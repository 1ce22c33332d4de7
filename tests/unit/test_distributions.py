import math

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.generator import distributions
from bulk2space.generator.data import Cells
from scipy.stats import kstest, nbinom, norm


def batch_of(values):
    return Cells.from_csr(sp.csr_matrix(values), np.zeros(len(values), int)).batch(torch.arange(len(values)))


def tensors(*arrays):
    return [torch.as_tensor(values, dtype=torch.float32) for values in arrays]


def test_negative_binomial_is_scipys():
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(0.6, 2.0, (20, 40))).astype(np.float32)
    mean, size = rng.gamma(1, 2, (20, 40)), rng.gamma(2, 1, (20, 40))
    expected = nbinom.logpmf(counts, size, size / (size + mean)).sum(axis=1)
    found = distributions.negative_binomial(batch_of(counts), *tensors(np.log(mean), np.log(size)))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_censored_gaussian_is_scipys():
    rng = np.random.default_rng(1)
    x = np.log1p(rng.poisson(rng.gamma(0.6, 2.0, (20, 40)))).astype(np.float32)
    mean, sd = rng.normal(0, 1, (20, 40)), rng.gamma(5, 0.2, (20, 40))
    expected = np.where(x > 0, norm.logpdf(x, mean, sd), norm.logcdf(0, mean, sd)).sum(axis=1)
    np.testing.assert_allclose(
        distributions.censored_gaussian(batch_of(x), *tensors(mean, np.log(sd))), expected, rtol=1e-4
    )


@pytest.mark.parametrize(
    ("mean", "size"), [(0.001, 0.1), (0.05, 0.05), (1, 0.5), (5, 2), (18, 0.3), (19.9, 100), (100, 1), (400, 30)]
)
def test_drawn_counts_follow_the_negative_binomial(mean, size):
    n = 100_000
    drawn = distributions.draw_negative_binomial(
        torch.full((n, 1), math.log(mean)), torch.full((n, 1), math.log(size)), np.random.default_rng(0)
    )
    drawn = drawn.toarray().ravel()
    law = nbinom(size, size / (size + mean))
    assert drawn.mean() == pytest.approx(mean, abs=5 * law.std() / math.sqrt(n))
    for k in {0, 1, 2, int(mean)}:
        p = law.pmf(k)
        assert (drawn == k).mean() == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / n) + 1e-6)
    assert (drawn > law.ppf(0.9)).mean() == pytest.approx(law.sf(law.ppf(0.9)), abs=0.005)


@pytest.mark.parametrize(("mean", "sd"), [(-2.0, 1.0), (-0.3, 0.5), (0.0, 1.5), (1.0, 0.7)])
def test_residuals_of_censored_gaussian_values_are_standard_normal(mean, sd):
    rng = np.random.default_rng(0)
    drawn = rng.normal(mean, sd, (200, 100)).clip(0)
    values, at, width = tensors(drawn, np.full(drawn.shape, mean), np.full(drawn.shape, sd))
    found = distributions.residuals(values, at, width, np.random.default_rng(1)).numpy()
    assert kstest(found.ravel(), norm.cdf).statistic < 0.013  # a chance of 0.003 with 20 000 values
    assert found.std() == pytest.approx(1, abs=0.02)
    seen = (values > 0).numpy()
    np.testing.assert_allclose(found[seen], (values.numpy()[seen] - mean) / sd, rtol=1e-4, atol=1e-5)
    assert (found[~seen] < -mean / sd + 1e-4).all()


def test_residuals_where_a_zero_was_next_to_impossible_are_finite():
    values, mean, sd = tensors(np.zeros((1, 3)), np.array([[5.0, 50.0, 1e4]]), np.ones((1, 3)))
    found = distributions.residuals(values, mean, sd, np.random.default_rng(0))
    assert torch.isfinite(found).all()
    assert (found < -4).all()


def counts_of(mean, size, shape, rng):
    """Return negative binomial counts and the batch that holds them."""
    counts = rng.poisson(rng.gamma(size, mean / size, shape)).astype(np.float32)
    return counts, Cells.from_csr(sp.csr_matrix(counts), np.zeros(shape[0], int)).batch(torch.arange(shape[0]))


def test_kept_molecules_are_a_negative_binomial_of_a_share_of_mean_and_size():
    """What is left of the counts is one of the rest, and independent of what is kept."""
    rng, share = np.random.default_rng(0), 0.3
    mean, size = np.array([0.4, 6.0]), np.array([0.8, 3.0])
    counts, batch = counts_of(mean, size, (40_000, 2), rng)
    kept = distributions.kept_molecules(
        batch, torch.full(counts.shape, share), torch.as_tensor(size).expand(counts.shape), np.random.default_rng(1)
    )
    assert sp.issparse(kept)
    assert kept.data.all()  # zeros are not stored
    part = kept.toarray()
    assert (part <= counts).all()
    assert (part == np.round(part)).all()
    for found, of in ((part, share), (counts - part, 1 - share)):
        np.testing.assert_allclose(found.mean(axis=0), of * mean, rtol=0.04)
        np.testing.assert_allclose(found.var(axis=0), of * (mean + mean**2 / size), rtol=0.08)
    for g in (0, 1):
        assert np.corrcoef(part[:, g], (counts - part)[:, g])[0, 1] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_all_or_nothing_is_kept_at_any_size(size):
    counts, batch = counts_of(4.0, 1.0, (200, 10), np.random.default_rng(0))
    for share in (0.0, 1.0):
        kept = distributions.kept_molecules(
            batch, torch.full(counts.shape, share), torch.full(counts.shape, size), np.random.default_rng(1)
        )
        off = np.abs(kept.toarray() - share * counts).sum() / counts.sum()
        assert off <= (2e-3 if size < 1e-3 else 0)  # the smallest shape of a beta is a part of so small a size
