import numpy as np
import pytest
import scipy.sparse as sp
from bench.judges.votes import vote
from bulk2space.images.mappers import MAPPERS, CombatNeighbors
from bulk2space.images.ridge import ridge_coefficients
from bulk2space.images.states import states
from bulk2space.images.types_of_cells import most_probable


@pytest.fixture
def paired():
    """Two types of cells; the section measures the same cells with every gene on another scale."""
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b"], [60, 40])
    rates = np.where((labels == "a")[:, None], rng.uniform(0, 3, 25), rng.uniform(0, 3, 25))
    cells = np.log1p(rng.poisson(rates * 4))
    section = np.log1p(rng.poisson(rates * 4)) * rng.uniform(0.2, 3, 25) + rng.uniform(0, 2, 25)
    return sp.csr_matrix(cells), sp.csr_matrix(section), labels


@pytest.mark.parametrize("name", list(MAPPERS))
def test_weights_sum_to_one_and_types_come_back(paired, name):
    cells, section, labels = paired
    neighbors = MAPPERS[name](k=15).fit(cells, section, states(cells, labels)).find(section).neighbors
    assert neighbors.shape == (100, 100)
    np.testing.assert_allclose(np.asarray(neighbors.sum(axis=1)).ravel(), 1)
    assert (np.diff(neighbors.indptr) == 15).all()
    votes = vote(neighbors, labels)
    assert (votes.cell_type == labels).mean() > 0.95


@pytest.mark.parametrize("name", list(MAPPERS))
def test_a_block_of_imaged_cells_is_mapped_as_among_all(paired, name):
    cells, section, labels = paired
    mapper = MAPPERS[name](k=15).fit(cells, section, states(cells, labels))
    whole = mapper.find(section)
    for rows in (slice(0, 30), slice(30, 100)):
        block = mapper.find(section[rows])
        np.testing.assert_allclose(block.neighbors.toarray(), whole.neighbors[rows].toarray(), atol=1e-4)
        np.testing.assert_allclose(block.section, whole.section[rows], atol=1e-5)


def by(name, cells, section, target, **options):
    return MAPPERS[name](**options).fit(cells, section, target).find(section).neighbors


def test_platform_scale_of_genes_hardly_matters(paired):
    cells, section, labels = paired
    target = states(cells, labels)
    linear = np.expm1(section.toarray())
    scaled = sp.csr_matrix(np.log1p(linear * np.linspace(0.5, 2, 25)))
    first, second = (by("neighbors", cells, panel, target).toarray() for panel in (section, scaled))
    assert np.minimum(first, second).sum(axis=1).mean() > 0.9  # the weight that both give to the same cells
    assert np.minimum(first, first[::-1]).sum(axis=1).mean() < 0.5


def test_total_of_an_imaged_cell_does_not_matter(paired):
    cells, section, labels = paired
    target = states(cells, labels)
    deeper = sp.csr_matrix(np.log1p(np.expm1(section.toarray()) * np.linspace(0.1, 10, 100)[:, None]))
    first, second = (by("neighbors", cells, panel, target) for panel in (section, deeper))
    np.testing.assert_allclose(first.toarray(), second.toarray(), atol=1e-4)


def test_states_tell_types_and_expression(paired):
    cells, _, labels = paired
    found = states(cells, labels, components=5)
    assert (found.states.shape, found.types.shape) == ((100, 5), (100, 2))
    for part in found:
        assert np.square(part).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)
        np.testing.assert_allclose(part.mean(axis=0), 0, atol=1e-5)


def test_ridge_keeps_what_tells_and_shrinks_noise():
    rng = np.random.default_rng(0)
    scores = np.linalg.qr(rng.normal(size=(400, 20)))[0] * 20
    scores -= scores.mean(axis=0)
    signal, noise = scores[:, :1] / scores[:, :1].std(), rng.normal(size=(400, 1))
    told = ridge_coefficients(scores, signal)
    assert told[0, 0] * scores[:, 0].std() == pytest.approx(1, abs=0.1)
    assert np.abs(ridge_coefficients(scores, noise - noise.mean())).max() < 0.1 * told[0, 0]


def test_nearer_cells_weigh_more():
    rng = np.random.default_rng(1)
    cells = sp.csr_matrix(rng.random((50, 12)))
    target = states(cells, np.repeat("a", 50))
    matrix = by("neighbors", cells, cells, target, k=10)
    assert (matrix.toarray().argmax(axis=1) == np.arange(50)).all()


def test_combat_takes_the_plain_mean_of_ten():
    rng = np.random.default_rng(1)
    cells, section = (sp.csr_matrix(rng.random((n, 12))) for n in (50, 30))
    matrix = CombatNeighbors().fit(cells, section).find(section).neighbors
    np.testing.assert_allclose(matrix.data, 0.1)


@pytest.mark.parametrize("name", list(MAPPERS))
@pytest.mark.parametrize(("n_cells", "n_genes"), [(200, 1), (200, 3), (5, 30), (1, 4)])
def test_small_panels_and_few_cells_work(name, n_cells, n_genes):
    rng = np.random.default_rng(0)
    cells, section = (sp.csr_matrix(rng.poisson(2, (n, n_genes)).astype(float)) for n in (n_cells, 20))
    mapper = MAPPERS[name]().fit(cells, section, states(cells, rng.choice(["a", "b"], n_cells)))
    neighbors = mapper.find(section).neighbors
    assert np.isfinite(neighbors.data).all()
    np.testing.assert_allclose(np.asarray(neighbors.sum(axis=1)).ravel(), 1)
    assert (np.diff(neighbors.indptr) == min(mapper.k, n_cells)).all()


@pytest.mark.parametrize("name", list(MAPPERS))
def test_a_cell_without_counts_gets_the_average(paired, name):
    cells, section, labels = paired
    section = section.toarray()
    section[7] = 0
    neighbors = by(name, cells, sp.csr_matrix(section), states(cells, labels), k=10)
    row = neighbors[7]
    np.testing.assert_allclose(row.data, 0.1)
    votes = vote(neighbors, labels)
    assert votes.score[7] == pytest.approx(0.6)  # the cells' own composition
    assert votes.margin[7] == pytest.approx(0.2)


def test_votes_have_scores_and_margins():
    neighbors = sp.csr_matrix([[0.5, 0.2, 0.3, 0.0], [0.0, 0.0, 0.0, 1.0]])
    votes = vote(neighbors, np.array(["b", "a", "b", "a"]))
    assert list(votes.cell_type) == ["b", "a"]
    np.testing.assert_allclose(votes.score, [0.8, 1.0])
    np.testing.assert_allclose(votes.margin, [0.6, 1.0])


def test_one_type_wins_every_vote():
    votes = vote(sp.csr_matrix(np.eye(3)), np.array(["x", "x", "x"]))
    np.testing.assert_allclose(votes.margin, 1)


def test_a_settled_type_may_be_less_probable_than_another():
    found = most_probable(np.array([[0.2, 0.8], [1.0, 0.0]]), np.array(["a", "b"]), np.array(["a", "a"]))
    assert list(found.cell_type) == ["a", "a"]
    np.testing.assert_allclose(found.score, [0.2, 1.0])
    np.testing.assert_allclose(found.margin, [-0.6, 1.0])
