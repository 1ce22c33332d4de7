import dataclasses
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.generator import kept
from bulk2space.generator.data import Cells
from bulk2space.generator.network import VAE
from small_network import SMALL

ROOT = Path(__file__).parents[2]


def random_types(seed=0, genes=400):
    """Reliabilities and variances of three types, whose genes are more and more reliable."""
    rng = np.random.default_rng(seed)
    reliability = rng.beta(1, [[12.0], [4.0], [1.0]], (3, genes))
    return torch.as_tensor(reliability).float(), torch.as_tensor(rng.gamma(1.0, 1.0, (3, genes))).float()


def test_every_type_keeps_the_same_part_of_its_variation():
    reliability, variance = random_types()
    shares = kept.shares(reliability, variance)
    weight = variance**2
    mean = (shares * weight).sum(1) / weight.sum(1)
    np.testing.assert_allclose(mean, kept.KEPT_OF_SOURCE, atol=0.01)
    assert shares.min() >= kept.ALIKE * kept.KEPT_OF_SOURCE
    assert shares.max() <= kept.MOST_KEPT


def test_a_share_of_nothing_keeps_nothing():
    assert (kept.shares(*random_types(), 0.0) == 0).all()


def test_reliable_genes_keep_more():
    reliability, variance = random_types()
    shares = kept.shares(reliability, variance)
    for of_type, own in zip(shares, reliability, strict=True):
        assert (np.diff(of_type[own.argsort()]) >= 0).all()
        assert of_type.max() > of_type.min() + 0.1


def test_a_type_of_cells_that_do_not_vary_keeps_the_usual_share():
    shares = kept.shares(torch.tensor([[0.2, 0.8]]), torch.zeros(1, 2))
    np.testing.assert_allclose(shares, kept.KEPT_OF_SOURCE)


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian"])
def test_shares_are_finite_whatever_a_type_holds(likelihood):
    """A type of one cell, a cell without counts, and a type without cells."""
    counts = np.random.default_rng(0).poisson(2.0, (20, 30)).astype(np.float32)
    counts[3] = 0
    cells = Cells.from_csr(sp.csr_matrix(counts), np.repeat([0, 1], [19, 1]))
    model = VAE(30, 3, dataclasses.replace(SMALL, likelihood=likelihood))
    shares = kept.of_types(model.likelihood, cells)
    assert shares.shape == (3, 30)
    assert torch.isfinite(shares).all()
    np.testing.assert_allclose(shares[1:], kept.KEPT_OF_SOURCE, rtol=1e-5)
    assert not shares.requires_grad


def test_variances_are_those_of_log_values():
    """Weights of the mean share, seen through two genes of which only one varies."""
    rng = np.random.default_rng(0)
    counts = np.stack([rng.poisson(rng.gamma(2.0, 10.0, 300)), np.zeros(300), np.full(300, 20)], axis=1)
    counts[:, 2] = 60 - counts[:, 0].clip(max=50)  # all cells have a total of about 60
    cells = Cells.from_csr(sp.csr_matrix(counts.astype(np.float32)), np.zeros(300, int))
    model = VAE(3, 1, SMALL)
    logs = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4)
    total = torch.tensor([counts.sum(axis=1).mean()]).float()
    expected = kept.shares(model.likelihood.reliability(total), torch.as_tensor(logs.var(axis=0)[None]).float())
    for library in (0, 1):  # cells of several libraries count alike
        told = cells._replace(library=torch.arange(300) % (library + 1))
        np.testing.assert_allclose(kept.of_types(model.likelihood, told), expected, rtol=1e-3)


def test_the_guide_to_results_says_the_share():
    assert f"keep {kept.KEPT_OF_SOURCE:.0%}".replace("%", " %") in (ROOT / "docs" / "output.md").read_text()
