"""Cells lie within their spot on the side where the spots around hold more of their type."""

import numpy as np
import pytest
from bulk2space.spots import neighbour_places
from bulk2space.spots.neighbour_places import place_within_spots

CENTRES = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2) * 100
MIDDLE = 12  # the spot at (200, 200)


def offsets(proportion, code, *, number=4000, seed=0, diameter=80.0):
    spot, codes = np.full(number, MIDDLE), np.full(number, code)
    rng = np.random.default_rng(seed)
    return place_within_spots(spot, codes, proportion, CENTRES, diameter=diameter, rng=rng) - CENTRES[MIDDLE]


@pytest.fixture
def half_and_half():
    """Type 0 fills the spots on the left, type 1 those on the right; the column in the middle has both alike."""
    left = np.clip((200 - CENTRES[:, 0]) / 200 + 0.5, 0, 1)
    return np.column_stack([left, 1 - left])


def test_a_type_lies_on_the_side_that_holds_it(half_and_half):
    for code, side in ((0, -1), (1, 1)):
        found = offsets(half_and_half, code)
        assert np.hypot(*found.T).max() <= 40
        assert side * found[:, 0].mean() > 5
        assert abs(found[:, 1].mean()) < 2


def test_places_are_uniform_where_all_spots_are_alike():
    found = offsets(np.full((25, 2), 0.5), 1, number=20_000)
    radius = np.hypot(*found.T)
    assert (radius < 40 / np.sqrt(2)).mean() == pytest.approx(0.5, abs=0.02)
    assert np.abs(found.mean(axis=0)).max() < 0.7


def test_places_are_uniform_across_gaps(half_and_half):
    found = offsets(half_and_half, 0, number=20_000, diameter=55.0)
    assert np.hypot(*found.T).max() <= 27.5
    assert np.abs(found.mean(axis=0)).max() < 0.5


def test_an_empty_spot_says_nothing():
    proportion = np.full((25, 2), 0.5)
    proportion[CENTRES[:, 0] < 200] = 0
    assert np.abs(offsets(proportion, 0, number=20_000).mean(axis=0)).max() < 0.7


def test_blocks_and_single_spots(half_and_half, monkeypatch):
    whole = offsets(half_and_half, 0)
    monkeypatch.setattr(neighbour_places, "CELLS_AT_ONCE", 1000)
    assert offsets(half_and_half, 0)[:, 0].mean() == pytest.approx(whole[:, 0].mean(), abs=2)
    one = place_within_spots(
        np.zeros(3, int),
        np.zeros(3, int),
        np.ones((1, 1)),
        np.zeros((1, 2)),
        diameter=2.0,
        rng=np.random.default_rng(0),
    )
    assert np.hypot(*one.T).max() <= 1
