"""Moran's I against its definition, and its p values against chance."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.numerics.dealt_at_random import moments
from bulk2space.numerics.lattice import neighbours
from bulk2space.numerics.moran import morans_i, p_values

SIDE = 12
GRID = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2).astype(float)


def by_definition(values: np.ndarray, weights: np.ndarray) -> float:
    z, total = values - values.mean(), 0.0
    for i, j in zip(*np.nonzero(weights), strict=True):
        total += weights[i, j] * z[i] * z[j]
    return len(z) / weights.sum() * total / (z @ z)


@pytest.mark.parametrize("sparse", [False, True])
def test_it_is_what_the_definition_says(sparse):
    rng = np.random.default_rng(0)
    values = rng.poisson(1.0, (len(GRID), 5)).astype(float)
    around = neighbours(GRID)
    found = morans_i(sp.csr_matrix(values) if sparse else values, around)
    expected = [by_definition(column, around.toarray()) for column in values.T]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_a_gradient_is_near_one_and_a_constant_is_undefined():
    found = morans_i(np.column_stack([GRID[:, 0], np.full(len(GRID), 3.0)]), neighbours(GRID))
    assert found[0] > 0.8
    assert np.isnan(found[1])


def test_values_without_a_pattern_have_uniform_p_values():
    values = np.random.default_rng(1).standard_normal((len(GRID), 2000))
    around = neighbours(GRID)
    p = p_values(morans_i(values, around), values, around)
    assert 0.035 < (p < 0.05).mean() < 0.065
    assert abs(p.mean() - 0.5) < 0.03


@pytest.mark.parametrize("found", [4, 9, 30])
def test_few_large_values_dealt_at_random_are_no_pattern(found):
    """A normal distribution has up to 9 of 1000 such p values below 0.001, and the smallest at 1e-19."""
    rng = np.random.default_rng(found)
    values = np.zeros((len(GRID), 2000))
    for column in values.T:
        column[rng.choice(len(GRID), found, replace=False)] = rng.lognormal(0, 1, found)
    around = neighbours(GRID)
    p = p_values(morans_i(values, around), values, around)
    assert (p < 0.001).mean() < 0.004
    assert 0.035 < (p < 0.05).mean() < 0.08
    assert p.min() > 1e-6


def test_moments_are_those_of_all_ways_to_deal():
    rng = np.random.default_rng(3)
    weights = sp.csr_matrix(np.where(np.eye(7) == 1, 0, rng.random((7, 7)) * (rng.random((7, 7)) < 0.6)))
    values = rng.poisson(1.0, 7) + rng.random(7)
    z = values - values.mean()
    sums = np.array([z[list(dealt)] @ weights @ z[list(dealt)] for dealt in itertools.permutations(range(7))])
    found = moments(sp.csr_matrix(values[:, None]), weights)
    expected = (sums.mean(), sums.std(), ((sums - sums.mean()) ** 3).mean() / sums.std() ** 3)
    np.testing.assert_allclose([each[0] for each in found], expected, rtol=1e-9)


def test_few_places_and_columns_without_variation_have_no_p_value():
    values = np.column_stack([GRID[:, 0], np.ones(len(GRID))])
    around = neighbours(GRID)
    assert np.isnan(p_values(morans_i(values, around), values, around)).tolist() == [False, True]
    for n in (1, 5):
        around = neighbours(GRID[:n])
        assert np.isnan(p_values(morans_i(GRID[:n, :1], around), GRID[:n, :1], around)).all()


def test_neighbours_of_a_lattice_touch_and_those_of_cells_are_the_nearest():
    square = neighbours(GRID)
    inside = np.flatnonzero(((GRID > 0) & (GRID < SIDE - 1)).all(axis=1))
    assert set(np.diff(square.indptr)[inside]) == {8}
    cells = neighbours(np.random.default_rng(2).random((50, 2)))
    assert set(np.diff(cells.indptr)) == {6}
    for found in (square, cells):
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert found.diagonal().sum() == 0
    assert neighbours(np.zeros((1, 2))).nnz == 0
