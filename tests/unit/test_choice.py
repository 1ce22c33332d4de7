"""How a section weighs its mappers, and what is expected of a generated cell."""

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.images import choice
from bulk2space.images.expected import NEAREST, OWN, smoothed
from bulk2space.images.mappers import CANDIDATES
from bulk2space.images.states import states
from bulk2space.images.way import Way


def moments(rng, quality, genes=60, cells=400):
    """Moments of predictions that are the truth with noise, one mapper for each amount of noise."""
    truth = rng.normal(size=(cells, genes))
    predicted = np.stack([truth + noise * rng.normal(size=truth.shape) for noise in quality])
    return choice._of_part(predicted, truth)


def test_equally_good_mappers_count_alike_and_beat_each():
    found = moments(np.random.default_rng(0), [1.0, 1.0])
    weights = choice.stacked(found)
    np.testing.assert_allclose(weights, 0.5, atol=0.03)
    assert found.correlations(weights).mean() > found.correlations(np.array([1.0, 0.0])).mean() + 0.05


def test_a_useless_mapper_gets_no_weight_and_a_worse_one_gets_less():
    found = moments(np.random.default_rng(0), [0.5, 1.0, 50.0])
    weights = choice.stacked(found)
    assert weights[0] > weights[1] > 0.1
    assert weights[2] == 0
    assert weights.sum() == pytest.approx(1)


def test_correlations_of_a_mean_are_pearsons():
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((50, 3)), rng.random((2, 50, 3))
    found = choice._of_part(predicted, truth).correlations(np.array([0.3, 0.7]))
    mean = 0.3 * predicted[0] + 0.7 * predicted[1]
    np.testing.assert_allclose(found, [np.corrcoef(mean[:, g], truth[:, g])[0, 1] for g in range(3)])


def section(n_genes, n_cells=60):
    rng = np.random.default_rng(1)
    types = rng.choice(["a", "b"], n_cells)
    rates = np.where((types == "a")[:, None], rng.uniform(0, 6, n_genes), rng.uniform(0, 6, n_genes))
    cells, image = (sp.csr_matrix(np.log1p(rng.poisson(rates))) for _ in range(2))
    return cells, cells.toarray(), image, states(cells, types)


def test_a_small_panel_leaves_all_mappers_alike():
    found = choice.chosen(choice.WEIGHTED, *section(choice.FEWEST_GENES - 1), np.random.default_rng(0))
    assert found.weights == pytest.approx(dict.fromkeys(CANDIDATES, 1 / len(CANDIDATES)))
    assert found.left_out == {}


def test_the_choice_says_how_well_each_mapper_does_and_repeats_itself():
    made = section(choice.FEWEST_GENES)
    first, second = (choice.chosen(choice.WEIGHTED, *made, np.random.default_rng(0)) for _ in range(2))
    assert first == second
    assert set(first.left_out) == {*CANDIDATES, choice.WEIGHTED}
    assert first.left_out[choice.WEIGHTED] >= max(first.left_out[name] for name in CANDIDATES) - 0.02


def test_genes_that_do_not_vary_choose_nothing():
    cells, expected, image, target = section(12)
    flat = sp.csr_matrix(np.ones(image.shape))
    found = choice.chosen(choice.WEIGHTED, cells, expected, flat, target, np.random.default_rng(0))
    assert found.weights == pytest.approx(choice.equal())


def test_a_way_is_the_weighted_mean_of_its_mappers():
    cells, _, image, target = section(20)
    weights = {"states": 0.25, "components": 0.75}
    found = Way(weights, "neighbors").fit(cells, image, target).find(image)
    alone = {name: Way({name: 1.0}, name).fit(cells, image, target).find(image) for name in (*weights, "neighbors")}
    mean = sum(weight * alone[name].neighbors.toarray() for name, weight in weights.items())
    np.testing.assert_allclose(found.neighbors.toarray(), mean, atol=1e-12)
    np.testing.assert_allclose(found.of_types.section, alone["neighbors"].of_types.section)
    np.testing.assert_allclose(found.first.cells, alone["components"].first.cells)


def test_a_cell_is_expected_to_be_like_its_source_and_cells_like_it():
    rng = np.random.default_rng(0)
    codes, place = np.repeat([0, 1], 20), rng.normal(size=(40, 3))
    expression, names = sp.csr_matrix(rng.random((40, 5))), np.array([f"r{number}" for number in range(40)])
    found = smoothed(expression, codes, place, names, np.array(["r3", "r30", "r3"]))
    own = np.flatnonzero(codes == 0)
    near = own[np.argsort(np.linalg.norm(place[own] - place[3], axis=1))[:NEAREST]]
    wanted = OWN * expression.toarray()[3] + (1 - OWN) * expression.toarray()[near].mean(axis=0)
    np.testing.assert_allclose(found.of_genes(np.arange(5))[0], wanted, rtol=1e-6)
    one = sp.csr_matrix([[0.5, 0.0, 0.5]])
    np.testing.assert_allclose(found.predicted(one)[0], wanted, rtol=1e-6)


def test_unknown_reference_cells_are_left_out_of_what_is_expected():
    rng = np.random.default_rng(0)
    names = np.array([f"r{number}" for number in range(20)])
    values = rng.random((20, 4))
    found = smoothed(sp.csr_matrix(values), np.zeros(20, dtype=int), rng.normal(size=(20, 2)), names, np.array(["r0"]))
    left = found.without(names[1:11])
    np.testing.assert_allclose(left.of_cells.sum(axis=1), 1, rtol=1e-6)
    assert left.of_cells[[0], 1:11].nnz == 0 or abs(left.of_cells[[0], 1:11]).max() == 0
    assert left.of_cells[0, 0] > found.of_cells[0, 0]
