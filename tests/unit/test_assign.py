import itertools
import logging
import math

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.spots import assign
from bulk2space.spots.available import available_proportions
from bulk2space.spots.blocks import assign_block, pool_reuse, reuse_bound
from bulk2space.spots.marker_space import NO_TYPES, Expression
from bulk2space.spots.scorers import Cosine


def expression(n, genes=30, seed=0, types=NO_TYPES):
    counts = np.random.default_rng(seed).poisson(3.0, (n, genes)).astype(float)
    return Expression(sp.csr_matrix(counts), counts.sum(axis=1), types)


class Table:
    """A scorer that looks its scores up."""

    exhaustive = True

    def __init__(self, scores):
        self.scores = scores

    def score(self, spots, cells, pairs):
        return self.scores[pairs.spot, pairs.cell]


def place(scores, quotas, types, **options):
    spots, cells = expression(len(quotas), seed=1), expression(len(types), types=np.asarray(types))
    assigner = assign.BlockAssigner(**options)
    return assigner.assign(Table(scores), spots, cells, np.asarray(quotas), np.random.default_rng(0))


def check_quotas(placed, quotas, types):
    found = np.zeros_like(quotas)
    np.add.at(found, (placed.spot, np.asarray(types)[placed.cell]), 1)
    np.testing.assert_array_equal(found, quotas)


def test_block_has_the_largest_total_of_all_assignments():
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores, quota = rng.random((3, 5)), np.array([2, 0, 1])
        row, column = assign_block(scores, quota, np.ones(5, dtype=int))
        best = max(scores[0, [a, b]].sum() + scores[2, c] for a, b, c in itertools.permutations(range(5), 3))
        assert scores[row, column].sum() == pytest.approx(best)
        assert len(np.unique(column)) == 3


def test_block_repeats_cells_only_where_places_outnumber_them():
    row, column = assign_block(np.ones((2, 2)), np.array([3, 2]), np.array([4, 1]))
    np.testing.assert_array_equal(np.bincount(row), [3, 2])
    np.testing.assert_array_equal(np.bincount(column), [4, 1])
    with pytest.raises(ValueError, match="places"):
        assign_block(np.ones((2, 2)), np.array([3, 2]), np.array([3, 1]))


@pytest.mark.parametrize("max_reuse", [1, 3, 10])
@pytest.mark.parametrize("block", [4, 64, 512])
def test_quotas_and_reuse_hold_in_every_block_size(max_reuse, block):
    rng = np.random.default_rng(1)
    types = np.arange(90) % 3
    quotas = rng.integers(0, 3, (40, 3))
    quotas[5] = 0
    placed = place(rng.random((40, 90)), quotas, types, max_reuse=max_reuse, block=block)
    check_quotas(placed, quotas, types)
    bound = max(math.ceil(max_reuse * max(quotas.sum() / 90, 1)), *(-(-quotas.sum(axis=0) // 30)))
    assert np.bincount(placed.cell).max() <= bound
    assert (np.diff(placed.spot) >= 0).all()


@pytest.mark.parametrize(("max_reuse", "repeats"), [(60, 0), (1, 8)])
def test_no_spot_holds_a_cell_twice_while_there_are_others(max_reuse, repeats):
    scores = np.random.default_rng(2).random((50, 12))
    quotas = np.full((50, 1), 8)
    placed = place(scores, quotas, np.zeros(12, dtype=int), max_reuse=max_reuse)
    # at the smallest bound, 34 uses of 12 cells, the last spots have to take what is left
    assert 400 - len(np.unique(placed.spot * 12 + placed.cell)) <= repeats


def test_the_bound_rises_to_the_smallest_that_fits(caplog):
    with caplog.at_level(logging.WARNING):
        assert reuse_bound(25, 4, 3, "NK") == 7
    assert "NK: 25 cells are to be placed, but only 4 were generated" in caplog.text
    assert reuse_bound(12, 4, 3, "NK") == 3
    placed = place(np.random.default_rng(0).random((5, 2)), np.full((5, 1), 3), [0, 0], max_reuse=1)
    assert np.bincount(placed.cell).max() == 8


def test_fit_is_the_scorers_value():
    scores = np.array([[0.9, 0.1, 0.3], [0.6, 0.8, 0.2], [0.2, 0.3, 0.7]])
    for reuse in (1, 3):
        result = place(scores, np.ones((3, 1), dtype=int), [0, 0, 0], max_reuse=reuse)
        np.testing.assert_allclose(result.fit, scores[result.spot, result.cell])


def test_shortlist_loses_little_of_the_total():
    types = np.zeros(300, dtype=int)
    cells, spots = expression(300, types=types), expression(40, seed=1)
    quotas = np.full((40, 1), 5)
    scorer = Cosine().fit(cells, np.random.default_rng(0))
    short, full = (
        assign.BlockAssigner(shortlist=size).assign(scorer, spots, cells, quotas, np.random.default_rng(0))
        for size in (8, 100)
    )
    assert short.fit.sum() >= 0.99 * full.fit.sum()
    assert ((short.fit >= 0) & (short.fit <= 1)).all()


def test_same_seed_same_placement():
    rng = np.random.default_rng(0)
    scores, quotas, types = rng.random((30, 60)), rng.integers(0, 4, (30, 2)), np.arange(60) % 2
    first, again = (place(scores, quotas, types) for _ in range(2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_no_places_no_cells():
    placed = place(np.ones((3, 4)), np.zeros((3, 1), dtype=int), [0] * 4)
    assert all(len(part) == 0 for part in placed)
    assert placed.spot.dtype == int


def test_proportions_skip_types_without_cells_and_fill_unmatched_spots(caplog):
    fitted = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8], [0.0, 0.0, 0.0]])
    filled = np.array([True, True, True, False])
    with caplog.at_level(logging.WARNING):
        found, placeable = available_proportions(fitted, ["a", "b", "c"], np.array([0, 2, 2]), filled)
    np.testing.assert_allclose(placeable, [0.5, 0, 1, 1])
    np.testing.assert_allclose(found, [[1, 0, 0], [0.6, 0, 0.4], [0.2, 0, 0.8], [0, 0, 0]])
    assert "no cell was generated of b: their mean proportion of 0.5 in the spots goes to the other" in caplog.text
    assert "1 spots with counts match no type that has generated cells" in caplog.text


def test_what_cells_can_take_is_a_part_of_what_was_fitted_where_smoothing_left_less_than_a_whole():
    fitted, every = np.array([[0.2, 0.2, 0.0], [0.0, 0.0, 0.1]]), np.array([True, True])
    _found, placeable = available_proportions(fitted, ["a", "b", "c"], np.array([0, 2]), every)
    np.testing.assert_allclose(placeable, [0.5, 1])


def test_the_cells_own_proportions_where_no_spot_matches():
    found, placeable = available_proportions(
        np.zeros((2, 2)), ["a", "b"], np.array([0, 0, 0, 1]), np.array([True, False])
    )
    np.testing.assert_allclose(placeable, 1)
    np.testing.assert_allclose(found, [[0.75, 0.25], [0, 0]])


def test_a_pool_of_few_cells_fills_all_places_with_a_choice_left(caplog):
    caplog.set_level(logging.INFO)
    types, quotas = np.zeros(20, dtype=int), np.full((100, 1), 2)
    scores = np.random.default_rng(3).random((100, 20))
    most = pool_reuse(200, 20, 3)
    assert most == 30  # ten places for each cell, times three
    placed = place(scores, quotas, types, max_reuse=most)
    check_quotas(placed, quotas, types)
    assert 10 < np.bincount(placed.cell).max() <= 30
    assert "a cell may be used 30 times instead of 3" in caplog.text
    assert pool_reuse(20, 20, 3) == 3
