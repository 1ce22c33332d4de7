import dataclasses
import math

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.generator.data import Cells
from bulk2space.generator.network import VAE
from small_network import SMALL, libraries

KEPT = 0.4


def test_the_start_is_the_types_mean_and_spread():
    rng = np.random.default_rng(0)
    mean, theta = rng.uniform(3, 10, (2, 200)), rng.choice([0.5, 5.0], 200)
    codes = np.repeat([0, 1], 400)
    counts = rng.poisson(rng.gamma(theta, mean[codes] / theta)).astype(np.float32)
    model = VAE(200, 2, SMALL)
    model.likelihood.start_from(Cells.from_csr(sp.csr_matrix(counts), codes), torch.arange(800))
    np.testing.assert_allclose(model.likelihood.profile.exp(), mean / mean.sum(axis=1, keepdims=True), rtol=0.3)
    error = model.likelihood.dispersion(torch.tensor([0, 1])).detach().numpy() - np.log(theta)
    assert np.abs(error).max() < 0.7
    assert abs(error.mean()) < 0.1


def test_the_start_tells_libraries_from_types():
    """A type's profile is free of the shifts of the libraries that most of its cells are from."""
    matrix, codes, library, shift = libraries(n=8000)
    model = VAE(60, 2, SMALL, 2)
    model.likelihood.start_from(Cells.from_csr(matrix, codes, library), torch.arange(8000))
    learned = model.likelihood
    assert (torch.diff(learned.library_shift, dim=0)[0].detach().numpy() - shift).std() < 0.2
    for of_type in (0, 1):
        for of_library in (0, 1):
            own = matrix[(codes == of_type) & (library == of_library)].toarray().sum(axis=0)
            expected = learned.profile[of_type] + learned.library_shift[of_library]
            share = torch.softmax(expected, 0).detach().numpy()
            np.testing.assert_allclose(share, own / own.sum(), rtol=0.3, atol=1e-3)


def overdispersed(seed=0, n=800, genes=60):
    """Counts of one type whose cells differ in their totals and else at random, by a known negative binomial.

    Returns the matrix, the cells' depths, the genes' shares and their sizes.
    """
    rng = np.random.default_rng(seed)
    share, size, depth = rng.dirichlet(np.full(genes, 1.0)), rng.choice([1.0, 6.0], genes), rng.uniform(150, 450, n)
    rates = rng.gamma(size, depth[:, None] * share / size)
    return sp.csr_matrix(rng.poisson(rates).astype(np.float32)), depth, share, size


@pytest.fixture(scope="module")
def resampled():
    """Counts of the source cells and of one new cell each, by a network that was only started."""
    matrix, depth, share, size = overdispersed()
    model = VAE(60, 1, dataclasses.replace(SMALL, latent=2))
    cells = Cells.from_csr(matrix, np.zeros(800, int))
    model.likelihood.start_from(cells, torch.arange(800))
    # the latent of an untrained network only adds noise
    torch.nn.init.zeros_(model.to_genes.weight)
    drawn = model.sample(cells.batch(torch.arange(800)), np.random.default_rng(5), torch.full((1, 60), KEPT))
    return matrix.toarray(), drawn.toarray(), depth, share, size


def test_new_counts_follow_the_sources_distribution(resampled):
    source, new, depth, share, size = resampled
    mean = depth[:, None] * share
    expected = mean.mean(axis=0), (mean + mean**2 / size).mean(axis=0) + mean.var(axis=0)
    plenty = expected[0] > 1
    assert plenty.sum() > 30
    np.testing.assert_allclose(new.mean(axis=0)[plenty], expected[0][plenty], rtol=0.2)
    ratio = new.var(axis=0)[plenty] / expected[1][plenty]
    assert np.median(ratio) == pytest.approx(1, abs=0.12)
    assert ratio.min() > 0.5
    assert ratio.max() < 2
    assert (new.var(axis=0) / source.var(axis=0))[plenty].mean() == pytest.approx(1, abs=0.12)
    assert new.sum() == pytest.approx(source.sum(), rel=0.02)


def test_a_new_cell_is_like_its_source_and_no_copy_of_it(resampled):
    source, new, depth, share, _ = resampled

    def apart(counts):
        return np.sqrt(counts) - np.sqrt(depth[:, None] * share)  # what is the cell's own

    own, other = (
        np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(apart(new), apart(of), strict=True)])
        for of in (source, np.roll(source, 1, axis=0))
    )
    assert own > other + 0.3
    assert own < 0.95
    assert (new != source).any(axis=1).all()


def test_new_log_values_keep_a_part_of_the_sources_deviation():
    rng = np.random.default_rng(0)
    mean = rng.uniform(0, 3, 50)
    values = rng.normal(mean, 0.7, (600, 50)).clip(0).astype(np.float32)
    model = VAE(50, 1, dataclasses.replace(SMALL, likelihood="censored_gaussian", latent=2))
    cells = Cells.from_csr(sp.csr_matrix(values), np.zeros(600, int))
    with torch.no_grad():
        model.likelihood.profile.copy_(torch.as_tensor(mean))
        model.likelihood.log_dispersion.fill_(math.log(0.7))
        model.to_genes.weight.zero_()
    new = model.sample(cells.batch(torch.arange(600)), np.random.default_rng(5), torch.full((1, 50), KEPT)).toarray()
    np.testing.assert_allclose(new.mean(axis=0), values.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(new.std(axis=0), values.std(axis=0), rtol=0.2)
    high = mean > 1.5  # where next to nothing is cut at zero
    own = [np.corrcoef(new[:, g], values[:, g])[0, 1] for g in np.flatnonzero(high)]
    assert np.mean(own) == pytest.approx(KEPT, abs=0.04)


@pytest.mark.parametrize("depth", [20, 2000])
def test_a_new_count_correlates_with_its_source_by_the_share_kept_at_any_depth(depth):
    """Also gene by gene: a share of 0 keeps nothing, and a large one most."""
    rng = np.random.default_rng(0)
    n, genes, size = 4000, 12, np.tile([1.0, 8.0], 6)
    mean = depth * np.full(genes, 1 / genes)
    counts = rng.poisson(rng.gamma(size, mean / size, (n, genes))).astype(np.float32)
    model = VAE(genes, 1, dataclasses.replace(SMALL, latent=2))
    cells = Cells.from_csr(sp.csr_matrix(counts), np.zeros(n, int))
    with torch.no_grad():
        model.likelihood.profile.copy_(torch.as_tensor(np.log(mean / depth)))
        model.likelihood.log_dispersion.copy_(torch.as_tensor(np.log(size)))
        model.to_genes.weight.zero_()
    batch, share = cells.batch(torch.arange(n)), torch.tensor([0.0, 0.3, 0.6, 0.9] * 3)[None]
    with torch.no_grad():
        log_share = (
            torch.as_tensor(mean).log() - batch.total().log()[:, None]
        )  # every cell is expected to have the mean
        new = model.likelihood.draw(batch, log_share.float(), share, rng).toarray()
    found = [np.corrcoef(new[:, g], counts[:, g])[0, 1] for g in range(genes)]
    np.testing.assert_allclose(found, share[0], atol=0.08)
    np.testing.assert_allclose(new.mean(axis=0), mean, rtol=0.1)
    np.testing.assert_allclose(new.var(axis=0), mean + mean**2 / size, rtol=0.25)


def test_deep_genes_that_differ_by_more_than_chance_are_reliable():
    model = VAE(3, 2, SMALL)
    with torch.no_grad():
        model.likelihood.profile.copy_(torch.tensor([0.7, 0.2, 0.1]).log().expand(2, 3))
        model.likelihood.log_dispersion.copy_(torch.tensor([1.0, 1.0, 100.0]).log())
    found = model.likelihood.reliability(torch.tensor([10.0, 1000.0]))
    mean = np.array([[7, 2, 1], [700, 200, 100]])
    np.testing.assert_allclose(found, mean / (mean + np.array([1, 1, 100])), rtol=1e-5)
