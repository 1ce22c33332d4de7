"""Moran's I of many genes at once against its definition, place by place."""

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.numerics.moran import morans_i, nearest_neighbours


def by_definition(values: np.ndarray, weights: np.ndarray) -> float:
    z = values - values.mean()
    pairs = sum(weights[i, j] * z[i] * z[j] for i in range(len(z)) for j in range(len(z)))
    return len(z) / weights.sum() * pairs / (z**2).sum()


@pytest.fixture
def places() -> np.ndarray:
    return np.random.default_rng(0).random((40, 2))


def test_each_gene_has_the_value_of_the_definition(places):
    values = np.random.default_rng(1).poisson(0.7, (40, 5)).astype(float)
    weights = nearest_neighbours(places, 4)
    found = morans_i(sp.csr_matrix(values), weights)
    expected = [by_definition(column, weights.toarray()) for column in values.T]
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_allclose(morans_i(values, weights), expected, rtol=1e-10)


def test_a_pattern_is_near_one_a_chessboard_near_minus_one_and_a_constant_undefined():
    x, y = np.meshgrid(np.arange(20), np.arange(20))
    grid = np.column_stack([x.ravel(), y.ravel()]).astype(float)
    values = np.column_stack([grid[:, 0] < 10, grid.sum(axis=1) % 2, np.full(400, 3.3)]).astype(float)
    halves, board, constant = morans_i(values, nearest_neighbours(grid, 4))
    assert halves > 0.9
    assert board < -0.8
    assert np.isnan(constant)


def test_a_place_is_not_its_own_neighbour_even_among_places_at_one_location():
    weights = nearest_neighbours(np.zeros((6, 2)), 3)
    assert not weights.diagonal().any()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert np.isnan(morans_i(np.ones((1, 2)), nearest_neighbours(np.zeros((1, 2))))).all()
