"""Means of few cells lose the differences that are chance, and those of many cells keep theirs."""

import numpy as np
import pytest
from bulk2space.composition.cell_noise import CellNoise
from bulk2space.composition.count_model import start_coefficients
from bulk2space.composition.steady_means import CHANCE, steadied


def noise(variance: np.ndarray) -> CellNoise:
    return CellNoise(variance, np.zeros((variance.shape[1], 0)), np.zeros(0))


def test_a_difference_is_kept_as_far_as_it_exceeds_its_standard_error():
    means, variance = np.array([[10.0, 3.0, 5.0], [2.0, 3.0, 5.2]]), np.full((2, 3), 8.0)
    found = steadied(means, noise(variance), np.array([4, 4]))  # s² = 2
    kept = 1 - CHANCE * 2 / 16
    np.testing.assert_allclose(found, [[6 + 4 * kept, 3, 5.1], [6 - 4 * kept, 3, 5.1]])


def test_a_type_of_few_cells_is_moved_and_one_of_many_is_not():
    means, variance = np.array([[8.0], [2.0]]), np.full((2, 1), 8.0)
    few, many = steadied(means, noise(variance), np.array([2, 10**6]))[:, 0]
    assert few == pytest.approx(5 + 3 * (1 - CHANCE * 4 / 9))
    assert abs(many - 2) < 1e-4


def test_a_single_type_keeps_its_means():
    means = np.array([[1.0, 0.0, 7.0]])
    np.testing.assert_array_equal(steadied(means, noise(np.ones((1, 3))), np.array([3])), means)


def test_compositions_by_steady_means_are_closer_to_the_truth_for_a_small_reference():
    rng = np.random.default_rng(0)
    rates = rng.gamma(2, 2, 400) * np.ones((5, 1))
    for kind in range(5):
        rates[kind, 20 * kind : 20 * (kind + 1)] *= 3  # all other genes are alike in all types
    counts = rng.poisson(rates[:, None, :] * rng.gamma(2, 0.5, (5, 12, 400)))
    means = counts.mean(axis=1)
    true = rng.dirichlet(np.ones(5), 200)
    spots = rng.poisson(true @ rates)
    variance = np.tile(counts.var(axis=1).mean(axis=0), (5, 1))

    def error(profiles: np.ndarray) -> float:
        found = start_coefficients(spots, profiles)
        return float(np.abs(found / found.sum(axis=1, keepdims=True) - true).mean())

    assert error(steadied(means, noise(variance), np.full(5, 12))) < 0.9 * error(means)
