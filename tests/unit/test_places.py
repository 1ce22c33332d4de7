from types import SimpleNamespace

import numpy as np
import pytest
from bulk2space.composition.spot_diameter import diameter_of, spot_diameter
from bulk2space.numerics import lattice
from bulk2space.spots import places


def square(n=10, step=3.0):
    return np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2) * step


def hexagonal(n=10, step=3.0):
    x, y = np.meshgrid(np.arange(n), np.arange(n))
    return np.column_stack([(x + 0.5 * (y % 2)).ravel(), (y * np.sqrt(3) / 2).ravel()]) * step


def rotated(points, degrees):
    a = np.deg2rad(degrees)
    return points @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


@pytest.mark.parametrize("degrees", [0, 17, 45])
@pytest.mark.parametrize(("points", "kind"), [(square, "square"), (hexagonal, "hexagonal")])
def test_lattices_are_recognised_whatever_their_turn_and_scale(points, kind, degrees):
    assert lattice.lattice(rotated(points(step=120.0), degrees)) == kind
    assert lattice.lattice(rotated(points(step=0.01), degrees)) == kind


@pytest.mark.parametrize(("points", "kind"), [(square, "square"), (hexagonal, "hexagonal")])
def test_lattices_are_recognised_with_jitter_and_holes(points, kind):
    rng = np.random.default_rng(3)
    spots = points(n=14) + rng.normal(0, 0.1, (196, 2))  # 3 % of the step
    assert lattice.lattice(spots[rng.random(196) > 0.15]) == kind


def test_beads_are_irregular():
    rng = np.random.default_rng(0)
    assert lattice.lattice(rng.random((400, 2)) * 100) == "irregular"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_spots_have_a_diameter(count):
    spots = square()[:count]
    assert spot_diameter(spots) == pytest.approx(1.0 if count == 1 else 3.0)


@pytest.mark.parametrize(("points", "part"), [(square, 0.5), (hexagonal, 0.55)])
def test_diameter_is_a_part_of_the_step_by_lattice(points, part):
    assert spot_diameter(points(step=100.0)) == pytest.approx(100 * part)


@pytest.mark.parametrize(("diameter", "is_warned"), [(10, True), (44, False), (55, False), (100, False), (550, True)])
def test_a_diameter_in_another_unit_is_warned_of(diameter, is_warned, caplog):
    section = SimpleNamespace(name="a.h5ad", uns={"spot_diameter": 55.0}, obsm={"spatial": hexagonal(step=100.0)})
    assert diameter_of(section, float(diameter)) == diameter
    assert [record.remark.code for record in caplog.records] == ["spot_diameter_unlikely"] * is_warned


def test_coinciding_spots_do_not_make_the_diameter_zero():
    spots = np.concatenate([square(), square()[:3]])
    assert lattice.neighbour_distance(spots) == pytest.approx(3.0)


def test_locations_are_uniform_over_the_disc():
    centres = np.tile([5.0, -2.0], (20_000, 1))
    offset = places.scatter(centres, diameter=4.0, rng=np.random.default_rng(0)) - centres
    radius = np.hypot(*offset.T)
    assert radius.max() <= 2.0
    # uniform over area: half of the locations lie within 1/√2 of the radius; the mean radius is 2/3 of it
    assert (radius < 2 / np.sqrt(2)).mean() == pytest.approx(0.5, abs=0.02)
    assert radius.mean() == pytest.approx(4 / 3, abs=0.02)
    assert np.abs(offset.mean(axis=0)).max() < 0.03


def test_locations_follow_the_generator():
    first, again, other = (places.scatter(square(), diameter=1.0, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
