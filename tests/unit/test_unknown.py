import numpy as np
import pytest
from bulk2space.composition.unknown import unknown_share

TYPES, SHARED, OWN = 5, 600, 60


def profiles(seed: int = 0) -> np.ndarray:
    """Return the means of five types: genes that all express alike, and genes that one of them expresses."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(1, 10, SHARED + TYPES * OWN)
    means = np.full((TYPES, len(level)), 0.02) * level
    means[:, :SHARED] = level[:SHARED]
    for number in range(TYPES):
        own = slice(SHARED + number * OWN, SHARED + (number + 1) * OWN)
        means[number, own] = level[own]
    return means


def mixed(means: np.ndarray, last: float) -> np.ndarray:
    """Return a bulk in which the last type has a share of the mRNA, and the others have the rest."""
    scaled = means / means.sum(axis=1, keepdims=True)
    return np.r_[np.array([0.4, 0.3, 0.2, 0.1]) * (1 - last), last] @ scaled * 1e6


@pytest.mark.parametrize("share", [0.2, 0.35, 0.5])
def test_a_missing_types_share_grows_with_the_truth(share):
    means = profiles()
    told = unknown_share(mixed(means, share), means[:-1])
    assert share <= told <= 1.5 * share + 0.05  # the known types' markers are not expressed in it at all


def test_nothing_is_unknown_if_nothing_is_missing():
    means = profiles()
    assert unknown_share(mixed(means, 0.3), means) < 0.02
    assert unknown_share(mixed(means, 0.0), means[:-1]) < 0.02


def test_factors_of_the_laboratory_are_no_unknown_type():
    means = profiles()
    factors = np.exp(np.random.default_rng(1).normal(0, 0.5, means.shape[1]))
    assert unknown_share(mixed(means, 0.0) * factors, means[:-1]) < 0.2
    assert unknown_share(mixed(means, 0.5) * factors, means[:-1]) > 0.4


def test_a_shift_of_all_genes_changes_nothing():
    means = profiles()
    bulk = mixed(means, 0.3)
    assert unknown_share(bulk * 7, means[:-1]) == pytest.approx(unknown_share(bulk, means[:-1]))


def test_few_counts_do_not_look_like_an_unknown_type():
    means = profiles()
    bulk = np.random.default_rng(0).poisson(mixed(means, 0.0) / 1e6 * 30000).astype(float)
    assert unknown_share(bulk, means[:-1], depth=bulk.sum()) < 0.15


def test_nothing_is_told_of_a_panel_of_few_genes():
    means = profiles()[:, 500:700]
    assert np.isnan(unknown_share(mixed(means, 0.3), means[:-1]))


def test_nothing_is_told_if_the_laboratories_differ_too_much():
    means = profiles()
    factors = np.exp(np.random.default_rng(1).normal(0, 1.5, means.shape[1]))
    assert np.isnan(unknown_share(mixed(means, 0.3) * factors, means[:-1]))


def test_nothing_is_told_without_expression():
    means = profiles()
    assert np.isnan(unknown_share(np.zeros(means.shape[1]), means))
