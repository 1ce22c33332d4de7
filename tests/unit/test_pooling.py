"""Counts of spots that touch are pooled with their neighbours', where left-out genes say that it helps."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition import pooling_choice, spot_choice, spot_model, surroundings
from bulk2space.composition.cell_noise import cell_noise
from bulk2space.composition.pooling import Pooled, Touching, weights_within
from bulk2space.composition.profile import ReferenceProfile
from bulk2space.composition.spots import choice_of, of_spots
from bulk2space.contract.keys import Obs
from bulk2space.numerics import device
from bulk2space.numerics.scaling import log_normalize

TYPES, GENES, SIDE = 3, 45, 21


@pytest.fixture(scope="module")
def world():
    """Return means of the types per 10 000 and the noise of their cells."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(0.4, 80, (TYPES, GENES))
    means = rates * 1e4 / rates.sum(axis=1, keepdims=True)
    codes = np.repeat(np.arange(TYPES), 120)
    cells = rng.poisson(means[codes] * 0.1) / 0.1
    return means, cell_noise(sp.csr_matrix(cells), codes, means)


def grid(side=SIDE):
    return np.column_stack(np.divmod(np.arange(side * side), side)).astype(float)


def stripes(side=SIDE, width=7):
    """Compositions of bands, each of mostly one type."""
    return np.eye(TYPES)[(grid(side)[:, 0] // width % TYPES).astype(int)] * 0.85 + 0.05


def touching(means, shares, depth, rng, side=SIDE):
    counts = rng.poisson(depth * shares @ means / 1e4).astype(float)
    return Touching(sp.csr_matrix(counts), counts.sum(axis=1), np.ones(len(counts)), grid(side))


def correlation(found, shares):
    found = found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9)
    return np.corrcoef(found.ravel(), shares.ravel())[0, 1]


def test_weights_fall_with_the_distance_and_a_spot_weighs_one():
    weights = weights_within(grid(5) * 7.5, 0.5).toarray()
    np.testing.assert_allclose(np.diag(weights), 1)
    np.testing.assert_allclose(weights, weights.T)
    assert weights[12, 13] == pytest.approx(np.exp(-2))
    assert weights[12, 18] == pytest.approx(np.exp(-4))
    assert weights[12, 14] == 0  # two spots away


def test_pooled_counts_are_made_by_rows_alike(world):
    means, _ = world
    spots = touching(means, stripes(), 20, np.random.default_rng(1))
    pooled = Pooled(spots, weights_within(spots.spatial, 0.5))
    whole = pooled.at(slice(None))
    part = pooled.at(np.array([5, 300]))
    np.testing.assert_array_equal(whole.expression[[5, 300]].toarray(), part.expression.toarray())
    by_hand = weights_within(spots.spatial, 0.5)[300].toarray().ravel()
    counts = by_hand @ spots.counts.toarray()
    np.testing.assert_allclose(part.expression[1].toarray().ravel(), 1e4 * counts / (by_hand @ spots.library))
    assert part.cells[1] == pytest.approx(by_hand.sum() ** 2 / (by_hand**2).sum())
    assert part.counts[1] > spots.counts[300].sum()


def test_squares_hold_enough_counts_and_a_small_section_has_none(world):
    means, _ = world
    rng = np.random.default_rng(2)
    cut = surroundings.squares(touching(means, stripes(), 300, rng))
    assert cut.side == 2  # in spots: four times 300 counts
    held = np.bincount(cut.of_spot)
    assert held.max() == 4
    assert surroundings.squares(touching(means, stripes(), 20, rng)).side == 3  # larger ones would be too few
    assert surroundings.squares(touching(means, stripes(8), 80, rng, 8)) is None


def test_pooled_spots_are_closer_than_spots_alone(world):
    means, noise = world
    shares, rng = stripes(), np.random.default_rng(3)
    spots = touching(means, shares, 10, rng)
    alone = Pooled(spots, sp.identity(len(shares), format="csr")).at(slice(None))
    fit = spot_model.fit(alone, means, noise, rng)
    pooled = surroundings.pooled_fit(spots, means, noise, rng, spot_model.STANDARD, 0.5)
    assert correlation(pooled.coefficients, shares) > correlation(fit.coefficients, shares) + 0.03


@pytest.mark.parametrize("alike", [True, False])
def test_left_out_genes_pool_where_neighbours_are_alike(world, alike):
    means, noise = world
    rng = np.random.default_rng(4)
    shares = stripes() if alike else np.eye(TYPES)[rng.integers(TYPES, size=SIDE * SIDE)]
    width, gains = pooling_choice.tried(
        touching(means, shares, 60, rng), means, noise, rng, ways=("standard",), smoothing=0.0
    )
    assert (width > 0) == alike
    assert set(gains) == {f"pooling {each}" for each in pooling_choice.WIDTHS}


def of_section(spots):
    names = pd.DataFrame(index=[f"G{n}" for n in range(GENES)])
    return ad.AnnData(
        log_normalize(spots.counts), var=names, layers={"counts": spots.counts}, obsm={"spatial": spots.spatial}
    )


def profile_of(means):
    return ReferenceProfile(list("abc"), [f"G{n}" for n in range(GENES)], means, means, np.ones(TYPES))


@pytest.mark.parametrize(
    ("depth", "diameter", "smoothing", "asked"),
    [(30, 1.0, None, True), (30, 0.55, None, False), (30, 1.0, 0.0, False), (400, 1.0, None, False)],
    ids=["touching", "gap", "user's smoothing", "many counts"],
)
def test_only_spots_that_touch_and_hold_few_counts_are_asked(world, monkeypatch, depth, diameter, smoothing, asked):
    means, noise = world
    spots = touching(means, stripes(), depth, np.random.default_rng(6))
    monkeypatch.setattr(spot_choice, "MOST_SPOTS", 100)
    monkeypatch.setattr(pooling_choice, "tried", lambda *_, **__: (0.5, {"pooling 0.5": 0.01}))
    choice = choice_of(
        of_section(spots), noise, profile_of(means), spots.cells, method="negative_binomial",
        rng=np.random.default_rng(5), smoothing=smoothing, diameter=diameter,
    )  # fmt: skip
    assert (choice.pooling == 0.5) == ("pooling 0.5" in choice.gains) == asked
    assert not (asked and choice.smoothing), "pooling takes the place of smoothing"


def test_an_empty_spot_stays_empty_and_one_without_marker_counts_follows_its_surroundings(world):
    means, noise = world
    shares, rng = stripes(), np.random.default_rng(7)
    spots = touching(means, shares, 30, rng)
    counts = spots.counts.tolil()
    counts[40], counts[200] = 0, 0
    library = np.asarray(counts.sum(axis=1)).ravel()
    library[200] = 3  # in other genes
    spots = spots._replace(counts=sp.csr_matrix(counts), library=library)
    section = of_section(spots)
    section.obs[Obs.TOTAL] = library
    fit = of_spots(section, noise, profile_of(means), spots.cells, method="negative_binomial", rng=rng, pooling=0.5)
    assert (fit.proportion[40] == 0).all()
    np.testing.assert_allclose(np.delete(fit.proportion, 40, axis=0).sum(axis=1), 1)
    assert fit.proportion[200].argmax() == shares[200].argmax()


def test_a_large_pooled_section_is_fitted_by_blocks(world, monkeypatch):
    means, noise = world
    shares, rng = stripes(), np.random.default_rng(8)
    spots = touching(means, shares, 30, rng)
    monkeypatch.setattr(spot_model, "MOST_LEARNED_FROM", 300)

    def found(size):
        monkeypatch.setattr(device, "ROWS_AT_ONCE", size)
        return surroundings.pooled_fit(
            spots, means, noise, np.random.default_rng(9), spot_model.STANDARD, 0.5
        ).coefficients

    small, whole = found(100), found(1000)
    np.testing.assert_allclose(small, whole, rtol=1e-6, atol=1e-9)
    assert correlation(whole, shares) > 0.9
