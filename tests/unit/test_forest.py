import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.numerics.axes import standardize
from bulk2space.spots import scorers
from bulk2space.spots.cascade import cascade
from bulk2space.spots.marker_space import Expression, MarkerSpace
from bulk2space.spots.pairs import Pairs, training_pairs
from bulk2space.spots.pseudo_spots import pseudo_spots
from bulk2space.spots.scorers import SCORERS, DeepForest
from sklearn.metrics import roc_auc_score


def cells_with_states(n=240, genes=60, seed=0, depth=400):
    """Three types; within each, a hidden state moves a block of genes."""
    rng = np.random.default_rng(seed)
    types = np.arange(n) % 3
    state = rng.normal(size=n)
    log_rate = rng.normal(0, 0.5, (3, genes))[types]
    log_rate[:, :20] += state[:, None]
    rate = np.exp(log_rate)
    counts = rng.poisson(depth * rate / rate.sum(axis=1, keepdims=True))
    return Expression(sp.csr_matrix(counts.astype(float)), counts.sum(axis=1).astype(float), types), state


def test_log_is_per_ten_thousand_of_the_library():
    rows = Expression(sp.csr_matrix([[1.0, 0.0], [3.0, 5.0], [0.0, 0.0]]), np.array([100.0, 10.0, 0.0]))
    np.testing.assert_allclose(rows.log().toarray(), np.log1p([[100, 0], [3000, 5000], [0, 0]]), rtol=1e-6)


def test_pseudo_spots_are_sums_of_different_cells():
    cells, _ = cells_with_states()
    members, spots = pseudo_spots(cells, number=50, size=10, rng=np.random.default_rng(0))
    assert members.shape == (50, 10)
    assert all(len(np.unique(row)) == 10 for row in members)
    expected = cells.values.toarray()[members].sum(axis=1)
    np.testing.assert_array_equal(spots.values.toarray(), expected)
    np.testing.assert_array_equal(spots.library, cells.library[members].sum(axis=1))


def test_fewer_cells_than_a_pseudo_spot_are_all_members():
    cells, _ = cells_with_states(n=6)
    members, _ = pseudo_spots(cells, number=4, size=10, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(members, np.tile(np.arange(6), (4, 1)))


def test_only_deep_pseudo_spots_are_thinned_to_20000():
    cells, _ = cells_with_states(depth=4000)  # ten cells: 40 000
    _, spots = pseudo_spots(cells, number=200, size=10, rng=np.random.default_rng(0))
    assert spots.values.sum(axis=1).mean() == pytest.approx(20_000, rel=0.01)
    np.testing.assert_allclose(spots.library, 20_000)
    cells, _ = cells_with_states(depth=2400)  # 24 000: under the rule
    members, spots = pseudo_spots(cells, number=20, size=10, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(spots.values.toarray(), cells.values.toarray()[members].sum(axis=1))


def test_values_that_are_no_counts_are_never_thinned():
    cells, _ = cells_with_states(depth=4000)
    _, spots = pseudo_spots(cells, number=5, size=10, rng=np.random.default_rng(0), thin=False)
    assert spots.library.min() > 25_000


@pytest.mark.parametrize("same_type", [True, False])
def test_training_pairs_are_members_and_non_members(same_type):
    cells, _ = cells_with_states()
    members, _ = pseudo_spots(cells, number=100, size=10, rng=np.random.default_rng(0))
    pairs, label = training_pairs(members, cells.types, same_type=same_type, rng=np.random.default_rng(1))
    inside = (members[pairs.spot] == pairs.cell[:, None]).any(axis=1)
    np.testing.assert_array_equal(inside, label == 1)
    assert label.sum() == 1000
    assert (label == 0).sum() > 850
    if same_type:  # every spot's negatives have the types of its members
        allowed = (cells.types[members][pairs.spot] == cells.types[pairs.cell][:, None]).any(axis=1)
        assert allowed.all()


def test_a_type_of_one_cell_has_no_negative():
    types = np.array([0] * 30 + [1])
    members = np.array([[0, 1, 30], [2, 3, 30]])
    pairs, label = training_pairs(members, types, same_type=True, rng=np.random.default_rng(0))
    assert (pairs.cell[label == 0] != 30).all()


def test_platform_effects_drop_out_of_the_space():
    cells, _ = cells_with_states()
    _, spots = pseudo_spots(cells, number=40, size=10, rng=np.random.default_rng(0))
    space = MarkerSpace().fit(cells)
    plain = space.transform(spots)
    log = spots.log().toarray()
    effect = np.linspace(0.5, 1.5, log.shape[1])
    shifted = standardize(log * effect + 1) @ space.axes_
    np.testing.assert_allclose(shifted, plain, atol=1e-3)


@pytest.mark.parametrize(("n", "genes"), [(1, 60), (2, 60), (240, 20), (3, 25)])
def test_space_has_no_more_axes_than_the_data(n, genes):
    cells, _ = cells_with_states(n=n, genes=genes)
    coordinates = MarkerSpace(components=30).fit(cells).transform(cells)
    assert coordinates.shape == (n, max(1, min(30, n - 1, genes - 1)))
    assert np.isfinite(coordinates).all()


def held_out_auc(name):
    """Tell members from other cells of the same type in pseudo-spots the scorer has not seen; spots share a state."""
    cells, state = cells_with_states(n=300, depth=2000)
    rng = np.random.default_rng(5)
    scorer = SCORERS[name](threads=2).fit(cells, np.random.default_rng(1))
    centre = rng.normal(size=60)
    near = np.argsort(np.abs(state[None] - centre[:, None]), axis=1)[:, :40]
    members = np.sort(np.take_along_axis(near, np.argsort(rng.random((60, 40)), axis=1)[:, :10], axis=1), axis=1)
    sums = sp.csr_matrix((np.ones(600), members.ravel(), np.arange(61) * 10), shape=(60, 300))
    spots = Expression(sp.csr_matrix(sums @ cells.values), sums @ cells.library)
    pairs, label = training_pairs(members, cells.types, same_type=True, rng=rng)
    scores = scorer.score(spots, cells, pairs)
    assert ((scores >= 0) & (scores <= 1)).all()
    return roc_auc_score(label, scores)


@pytest.mark.parametrize("name", ["deep_forest", "cosine"])
def test_scorers_find_the_state_of_members(name):
    assert held_out_auc(name) > 0.7


def test_random_scores_know_nothing():
    assert held_out_auc("random") == pytest.approx(0.5, abs=0.06)


@pytest.mark.slow
def test_published_scorer_finds_members():
    assert held_out_auc("published") > 0.6


def test_scores_follow_the_seed(monkeypatch):
    monkeypatch.setattr(scorers, "PSEUDO_SPOTS", 40)
    cells, _ = cells_with_states(n=90)
    _, spots = pseudo_spots(cells, number=10, size=10, rng=np.random.default_rng(0))
    pairs = Pairs(np.repeat(np.arange(10), 90), np.tile(np.arange(90), 10))
    first, again, other = (
        DeepForest(threads=2).fit(cells, np.random.default_rng(s)).score(spots, cells, pairs) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_published_cascade_has_the_papers_parameters():
    model = cascade(np.random.default_rng(0), threads=1)
    found = {name: getattr(model, name) for name in ("max_layers", "n_estimators", "n_tolerant_rounds", "delta")}
    assert found == {"max_layers": 20, "n_estimators": 2, "n_tolerant_rounds": 2, "delta": 1e-5}
    assert (model.bin_subsample, model.bin_type, model.criterion) == (200_000, "percentile", "gini")


def test_coordinates_are_those_of_the_rows_asked_for():
    cells, other = cells_with_states(seed=0)[0], cells_with_states(seed=1)[0]
    space = MarkerSpace().fit(cells)
    first = space.transform(cells).copy()
    assert not np.allclose(space.transform(other), first)
    np.testing.assert_array_equal(space.transform(cells), first)
    again = MarkerSpace().fit(cells)
    np.testing.assert_array_equal(again.transform(other), space.transform(other))
