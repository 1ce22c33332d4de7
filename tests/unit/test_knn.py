import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space import knn


@pytest.fixture
def paired():
    """Two types of cells; the section measures the same cells with every gene on another scale."""
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b"], [60, 40])
    rates = np.where((labels == "a")[:, None], rng.uniform(0, 3, 25), rng.uniform(0, 3, 25))
    cells = np.log1p(rng.poisson(rates * 4))
    section = np.log1p(rng.poisson(rates * 4)) * rng.uniform(0.2, 3, 25) + rng.uniform(0, 2, 25)
    return sp.csr_matrix(cells), sp.csr_matrix(section), labels


@pytest.mark.parametrize("name", list(knn.MAPPERS))
def test_weights_sum_to_one_and_types_come_back(paired, name):
    cells, section, labels = paired
    mapper = knn.MAPPERS[name](k=15).fit(cells, section)
    assert mapper.neighbors_.shape == (100, 100)
    np.testing.assert_allclose(np.asarray(mapper.neighbors_.sum(axis=1)).ravel(), 1)
    assert (np.diff(mapper.neighbors_.indptr) == 15).all()
    votes = knn.vote(mapper.neighbors_, labels)
    assert (votes.cell_type == labels).mean() > 0.95


def test_platform_scale_of_genes_does_not_matter(paired):
    cells, section, _ = paired
    first = knn.KernelNeighbors().fit(cells, section).neighbors_
    scaled = sp.csr_matrix(section.toarray() * np.linspace(0.1, 5, 25))
    second = knn.KernelNeighbors().fit(cells, scaled).neighbors_
    np.testing.assert_allclose(first.toarray(), second.toarray(), atol=1e-4)


def test_nearer_cells_weigh_more():
    rng = np.random.default_rng(1)
    cells = sp.csr_matrix(rng.random((50, 12)))
    matrix = knn.KernelNeighbors(k=10).fit(cells, cells).neighbors_
    assert (matrix.toarray().argmax(axis=1) == np.arange(50)).all()


def test_combat_takes_the_plain_mean_of_ten():
    rng = np.random.default_rng(1)
    cells, section = (sp.csr_matrix(rng.random((n, 12))) for n in (50, 30))
    matrix = knn.CombatNeighbors().fit(cells, section).neighbors_
    np.testing.assert_allclose(matrix.data, 0.1)


@pytest.mark.parametrize("name", list(knn.MAPPERS))
@pytest.mark.parametrize(("n_cells", "n_genes"), [(200, 1), (200, 3), (5, 30), (1, 4)])
def test_small_panels_and_few_cells_work(name, n_cells, n_genes):
    rng = np.random.default_rng(0)
    cells, section = (sp.csr_matrix(rng.poisson(2, (n, n_genes)).astype(float)) for n in (n_cells, 20))
    mapper = knn.MAPPERS[name]().fit(cells, section)
    assert np.isfinite(mapper.neighbors_.data).all()
    np.testing.assert_allclose(np.asarray(mapper.neighbors_.sum(axis=1)).ravel(), 1)
    assert (np.diff(mapper.neighbors_.indptr) == min(mapper.k, n_cells)).all()


@pytest.mark.parametrize("name", list(knn.MAPPERS))
def test_a_cell_without_counts_gets_the_average(paired, name):
    cells, section, labels = paired
    section = section.toarray()
    section[7] = 0
    mapper = knn.MAPPERS[name](k=10).fit(cells, sp.csr_matrix(section))
    row = mapper.neighbors_[7]
    np.testing.assert_allclose(row.data, 0.1)
    votes = knn.vote(mapper.neighbors_, labels)
    assert votes.score[7] == pytest.approx(0.6)  # the cells' own composition
    assert votes.margin[7] == pytest.approx(0.2)


def test_prediction_is_weights_times_expression_over_block_borders(monkeypatch):
    monkeypatch.setattr(knn, "BLOCK", 7)
    neighbors = sp.random(40, 30, density=0.2, random_state=0, format="csr")
    expression = sp.random(30, 50, density=0.3, random_state=1, format="csr")
    predicted = knn.predict(neighbors, expression)
    assert sp.issparse(predicted)
    np.testing.assert_allclose(predicted.toarray(), neighbors.toarray() @ expression.toarray(), rtol=1e-5, atol=1e-7)


def test_votes_have_shares_and_margins():
    neighbors = sp.csr_matrix([[0.5, 0.2, 0.3, 0.0], [0.0, 0.0, 0.0, 1.0]])
    votes = knn.vote(neighbors, np.array(["b", "a", "b", "a"]))
    assert list(votes.cell_type) == ["b", "a"]
    np.testing.assert_allclose(votes.score, [0.8, 1.0])
    np.testing.assert_allclose(votes.margin, [0.6, 1.0])


def test_one_type_wins_every_vote():
    votes = knn.vote(sp.csr_matrix(np.eye(3)), np.array(["x", "x", "x"]))
    np.testing.assert_allclose(votes.margin, 1)
