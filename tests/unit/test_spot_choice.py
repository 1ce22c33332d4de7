"""The section decides how it is fitted: what left-out genes see, and when another way than the standard counts."""

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.composition import left_out, spot_choice, spot_model
from bulk2space.composition.cell_noise import cell_noise
from bulk2space.composition.profile import ReferenceProfile
from bulk2space.composition.spot_model import Measured
from bulk2space.numerics.lattice import patches
from scipy.spatial import cKDTree

TYPES, GENES, SPOTS = 4, 120, 144


@pytest.fixture(scope="module")
def world():
    """Return rates of the types, their means in a reference and its noise."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(0.5, 80, (TYPES, GENES))
    codes = np.repeat(np.arange(TYPES), 150)
    cells = rng.poisson(rates[codes] * rng.gamma(4, 1 / 4, (len(codes), GENES)))
    means = np.array([cells[codes == code].mean(axis=0) for code in range(TYPES)])
    return rates, means, cell_noise(sp.csr_matrix(cells), codes, means)


def grid():
    return np.column_stack(np.divmod(np.arange(SPOTS), 12)).astype(float)


def measured(rates, shares, depth, rng):
    counts = rng.poisson(depth * shares @ rates)
    held = counts.sum(axis=1).astype(float)
    values = counts * 1e4 / np.maximum(held, 1)[:, None]
    return Measured(sp.csr_matrix(values), np.full(SPOTS, 10.0), held)


def profiled(means):
    types, genes = ([f"{what}{i}" for i in range(number)] for what, number in (("T", TYPES), ("G", GENES)))
    return ReferenceProfile(types, genes, means, np.log1p(means), np.ones(TYPES))


def test_the_way_that_knows_how_types_differ_predicts_left_out_genes(world):
    rates, means, noise = world
    rng = np.random.default_rng(1)
    spots = measured(rates, rng.dirichlet(np.full(TYPES, 0.5), SPOTS), 1.0, rng)
    means = means * 1e4 / means.sum(axis=1, keepdims=True)
    order = rng.permutation(GENES)
    folds = left_out.folds(spots, means, noise, spot_model.STANDARD, order)
    assert sorted(np.concatenate([fold.out for fold in folds])) == list(range(GENES))
    wrong = [left_out.Fold(fold.out, rng.permutation(fold.coefficients)) for fold in folds]
    right_loss, wrong_loss = left_out.losses(spots, means, noise, [folds, wrong])
    assert right_loss.sum() < 0.7 * wrong_loss.sum()


def test_a_state_of_cells_is_no_gain():
    """A way that takes a state for composition predicts the state's genes; generalised squares do not reward it."""
    rng = np.random.default_rng(2)
    axis = rng.normal(size=60)
    state = rng.normal(size=(50, 1)) * axis
    precision, cells = np.ones((50, 60)), np.full(50, 10.0)
    blind = left_out._squares(state, precision, np.zeros((60, 0)), np.zeros(0), cells).sum()
    aware = left_out._squares(state, precision, axis[:, None], np.array([1000.0]), cells).sum()
    assert aware < 0.01 * blind


def test_a_gene_is_the_same_in_any_unit_of_its_factor(world):
    rates, means, noise = world
    rng = np.random.default_rng(3)
    spots = measured(rates, rng.dirichlet(np.full(TYPES, 0.5), SPOTS), 1.0, rng)
    folds = left_out.folds(spots, means, noise, spot_model.STANDARD, np.arange(GENES))
    twice = [left_out.Fold(fold.out, 2 * fold.coefficients) for fold in folds]
    first, second = (
        left_out._predicted(spots.expression.toarray(), means, folds),
        left_out._predicted(spots.expression.toarray(), means, twice),
    )
    np.testing.assert_allclose(first, second, rtol=1e-2, atol=0.5)


def test_another_way_joins_only_beyond_the_noise():
    genes = np.random.default_rng(4).normal(1, 0.1, 200)
    assert spot_choice.better(genes - 0.02, genes)
    noisy = genes + np.tile([0.1, -0.102], 100)  # a gain of 0.001, of which 200 genes tell nothing
    assert not spot_choice.better(noisy, genes)
    assert not spot_choice.better(genes, genes)


def test_common_weights_join_in_sections_of_counts_unless_left_out_genes_are_clearly_against():
    genes = np.random.default_rng(4).normal(1, 0.1, 200)
    half = spot_choice.MOST_WORSE / 2
    loss = {"standard": genes, "common_weights": genes * (1 + half), "no_gene_factors": genes * (1 + half)}
    assert spot_choice.ways_of(loss, counted=True) == ("standard", "common_weights")
    assert spot_choice.ways_of(loss, counted=False) == ("standard",)
    against = loss | {"common_weights": genes * (1 + 2 * spot_choice.MOST_WORSE)}
    assert spot_choice.ways_of(against, counted=True) == ("standard",)
    better = loss | {"no_gene_factors": genes - 0.02}
    assert spot_choice.ways_of(better, counted=True) == ("standard", "common_weights", "no_gene_factors")
    assert spot_choice.ways_of(better, counted=False) == ("standard", "no_gene_factors")


@pytest.mark.parametrize(("alike", "user", "expected"), [(True, None, True), (False, None, False), (False, 0.3, True)])
def test_neighbours_count_where_they_are_alike_and_counts_are_few(world, alike, user, expected):
    rates, means, noise = world
    rng = np.random.default_rng(6)
    halves = np.where(grid()[:, :1] < 6, [[0.7, 0.1, 0.1, 0.1]], [[0.1, 0.2, 0.2, 0.5]])
    shares = halves if alike else rng.dirichlet(np.full(TYPES, 0.3), SPOTS)
    means = means * 1e4 / means.sum(axis=1, keepdims=True)
    spots = measured(rates, shares, 0.01, rng)
    found = spot_choice.choose(spots, grid(), profiled(means), noise, rng, smoothing=user)
    assert (found.smoothing > 0) == expected
    assert found.ways[0] == "standard"
    assert ("smoothing 0.3" in found.gains) == (user is None)


def test_a_way_of_other_errors_gains_beside_the_rest_and_a_wrong_one_does_not(world):
    rates, means, noise = world
    rng = np.random.default_rng(10)
    means = means * 1e4 / means.sum(axis=1, keepdims=True)
    spots = measured(rates, rng.dirichlet(np.full(TYPES, 0.5), SPOTS), 1.0, rng)
    good = left_out.folds(spots, means, noise, spot_model.STANDARD, np.arange(GENES))
    error = 0.1 * rng.normal(size=(SPOTS, TYPES))
    more, less = ([left_out.Fold(fold.out, fold.coefficients + one) for fold in good] for one in (error, -error))
    wrong = [left_out.Fold(fold.out, rng.permutation(fold.coefficients)) for fold in good]
    assert spot_choice._gain_beside([more], less, spots, means, noise) > 0
    assert spot_choice._gain_beside([more], wrong, spots, means, noise) < 0


@pytest.mark.parametrize("helps", [True, False])
def test_log_values_join_in_sections_without_counts_where_they_gain(world, monkeypatch, helps):
    rates, means, noise = world
    rng = np.random.default_rng(11)
    spots = measured(rates, rng.dirichlet(np.full(TYPES, 0.5), SPOTS), 1.0, rng)
    monkeypatch.setattr(spot_choice, "_gain_beside", lambda *_: 0.01 if helps else -0.01)
    given = grid(), profiled(means * 1e4 / means.sum(axis=1, keepdims=True)), noise
    without = spots._replace(counts=np.full(SPOTS, np.inf))
    found = spot_choice.choose(without, *given, np.random.default_rng(0), smoothing=0.0)
    assert ("log_values" in found.ways) == helps
    counted = spot_choice.choose(spots, *given, np.random.default_rng(0), smoothing=0.0)
    assert "log_values" not in {*counted.ways, *counted.gains}


def test_a_spot_of_log_values_adds_up_to_its_expression(world):
    rates, means, _ = world
    rng = np.random.default_rng(12)
    spots = measured(rates, rng.dirichlet(np.full(TYPES, 0.5), SPOTS), 1.0, rng)
    fold = left_out.log_folds(spots, profiled(means), np.arange(GENES))[0]
    kept = np.setdiff1d(np.arange(GENES), fold.out)
    predicted = (fold.coefficients @ means[:, kept]).sum(axis=1)
    np.testing.assert_allclose(predicted, spots.expression[:, kept].toarray().sum(axis=1))


def test_few_spots_decide_nothing(world):
    rates, means, noise = world
    rng = np.random.default_rng(7)
    few = measured(rates, rng.dirichlet(np.ones(TYPES), SPOTS), 1.0, rng).at(np.arange(20))
    assert spot_choice.choose(few, grid()[:20], profiled(means), noise, rng) == (("standard",), 0.0, {}, 0.0)


def test_a_large_section_decides_by_patches_of_neighbours():
    places = np.random.default_rng(8).random((5000, 2))
    drawn = patches(places, spot_choice.MOST_SPOTS, spot_choice.PATCH, np.random.default_rng(9))
    assert 300 < len(drawn) <= spot_choice.MOST_SPOTS
    nearest = cKDTree(places).query(places[drawn], k=2)[1][:, 1]
    assert np.isin(nearest, drawn).mean() > 0.7
