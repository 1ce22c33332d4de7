"""How the mapping onto imaged cells learns how far it can be trusted."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.images import evidence, intervals, probability
from bulk2space.images.choice import WEIGHTED
from bulk2space.images.confidence import mapped_cells
from bulk2space.images.generated import generated, of_reference
from bulk2space.images.held_out_cells import FOLDS, folds
from bulk2space.images.mappers import MAPPERS
from bulk2space.images.predicted_genes import Correlations
from bulk2space.images.states import Target
from bulk2space.images.technology import seen, technology, thinned_log
from bulk2space.images.validate import recovery
from bulk2space.numerics.scaling import log_normalize, totals

GENES = [f"g{number}" for number in range(60)]


def made(types, rng, *, genes=60, counted=True, **obs):
    """Cells of types a, b, …: gene g is high in the type of number g modulo three."""
    codes = np.searchsorted(["a", "b", "c"], types)
    counts = sp.csr_matrix(
        rng.poisson(np.where(np.arange(60) % 3 == codes[:, None], 5.0, 1.0))[:, :genes].astype(float)
    )
    names = [f"n{number}" for number in range(len(types))]
    file = ad.AnnData(log_normalize(counts), obs=pd.DataFrame({"cell_type": types} | obs, index=names))
    file.var_names = GENES[:genes]
    if counted:
        file.layers["counts"] = counts
    return file


@pytest.fixture(scope="module")
def files():
    rng = np.random.default_rng(0)
    reference = made(np.repeat(["a", "b", "c"], [60, 60, 10]), rng)
    source = rng.permutation(np.r_[np.arange(120), 120:126])
    cells = made(reference.obs["cell_type"].to_numpy()[source], rng, source_cell=reference.obs_names.to_numpy()[source])
    truth = rng.choice(["a", "b", "c"], 90, p=[0.5, 0.4, 0.1])
    return reference, cells, made(truth, rng, genes=30), truth


def test_cells_are_seen_at_the_sections_depth_and_with_its_factors():
    rng = np.random.default_rng(0)
    cells = sp.csr_matrix(rng.poisson(20, (400, 10)).astype(float))
    section = sp.csr_matrix(rng.poisson(np.where(np.arange(10) < 5, 2.0, 6.0), (300, 10)).astype(float))
    found = technology(cells, section, counted=True)
    assert found.factors[5:].mean() / found.factors[:5].mean() == pytest.approx(3, rel=0.1)
    image = seen(cells, found, rng)
    assert image.molecules.mean() == pytest.approx(totals(section).mean(), rel=0.03)
    wanted = np.asarray(section.mean(axis=0)).ravel()
    np.testing.assert_allclose(np.asarray(image.panel.mean(axis=0)).ravel(), wanted, rtol=0.1)
    np.testing.assert_allclose(image.kept, totals(image.panel) / totals(cells), atol=0.12)


def test_a_section_deeper_than_the_cells_leaves_their_noise():
    cells = sp.csr_matrix(np.random.default_rng(0).poisson(2, (50, 10)).astype(float))
    image = seen(cells, technology(cells, cells * 10, counted=True), np.random.default_rng(0))
    np.testing.assert_allclose(image.molecules, totals(cells))
    assert (image.kept == 1).all()


def test_without_counts_no_depth_is_known():
    values = sp.csr_matrix(np.random.default_rng(0).random((5, 4)))
    found = technology(values, values, counted=False)
    assert found.depths is None
    assert found.typical == 1
    assert (seen(values, found, np.random.default_rng(0)).kept == 1).all()


def test_thinned_expression_keeps_its_mean():
    counts = sp.csr_matrix(np.full((2000, 2), 10.0))
    found = thinned_log(log_normalize(counts), counts, np.full(2000, 0.5), np.random.default_rng(0))
    assert np.expm1(found).mean() == pytest.approx(5000, rel=0.02)
    assert np.expm1(found).std() > 500


def test_few_cells_of_a_rare_type_outweigh_many_of_a_common_one():
    codes = np.array([0] * 45 + [1] * 5)
    neighbors = sp.csr_matrix(np.r_[np.full(5, 0.1), np.zeros(40), np.full(5, 0.1)][None])  # half of the vote each
    found = evidence.density(neighbors, codes, np.bincount(codes))
    assert found[0, 1] - found[0, 0] == pytest.approx(np.log(5.05) - np.log(0.5 / 0.9 + 0.05))


def test_a_type_without_cells_has_the_weakest_evidence():
    rng = np.random.default_rng(0)
    values = sp.csr_matrix(rng.poisson(3, (40, 8)).astype(float))
    codes, target = np.repeat([0, 2], 20), Target(*rng.normal(size=(2, 40, 3)))
    near = MAPPERS["neighbors"](k=10).fit(values.log1p(), values.log1p(), target).find(values.log1p())
    found = evidence.evidence(near, values, values, codes, 3, np.ones(40))
    assert found.shape == (40, 3, evidence.KINDS)
    assert (found[:, 1, evidence.CENTRE] == evidence.FARTHEST).all()
    assert np.isfinite(found).all()


def drawn(coefficients, composition, number, rng):
    """Evidence, and types drawn by their probabilities."""
    given = rng.normal(size=(number, len(composition), len(coefficients)))
    chance = probability.probabilities(given, np.array(coefficients), np.array(composition))
    return given, (rng.random(number)[:, None] > chance.cumsum(axis=1)).sum(axis=1)


def test_weights_of_evidence_come_back_and_probabilities_are_calibrated():
    frequency = np.array([0.6, 0.3, 0.1])
    given, codes = drawn([1.5, 0.4, 0.0], frequency, 6000, np.random.default_rng(0))
    found = probability.learn(given, codes, frequency)
    np.testing.assert_allclose(found.coefficients, [1.5, 0.4, 0.0], atol=0.1)
    assert (found.coefficients >= 0).all()
    chance = probability.probabilities(given, *found)
    sure = chance.max(axis=1) > 0.8
    assert (chance.argmax(axis=1) == codes)[sure].mean() == pytest.approx(chance.max(axis=1)[sure].mean(), abs=0.03)


def test_another_composition_of_the_section_is_found():
    rng, frequency, other = np.random.default_rng(0), np.array([0.8, 0.1, 0.1]), np.array([0.2, 0.4, 0.4])
    means = 3 * np.eye(3)

    def of(composition, number):
        codes = rng.choice(3, number, p=composition)
        place = means[codes] + rng.normal(size=(number, 3))
        return (place @ means.T)[:, :, None] - 4.5, codes

    known, codes = of(frequency, 3000)
    weights = probability.learn(known, codes, frequency)
    section, truth = of(other, 3000)
    found = probability.composition_of(section, known, codes, weights)
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(found, np.bincount(truth) / 3000, atol=0.08)


def test_correlations_by_block_are_pearsons():
    rng = np.random.default_rng(0)
    one, other = rng.random((50, 4)), rng.random((50, 4))
    other[:, 3] = 2
    found = Correlations(4)
    for start in (0, 10, 30):
        stop = {0: 10, 10: 30, 30: 50}[start]
        found.add(one[start:stop], other[start:stop])
    assert found.result()[0] == pytest.approx(np.corrcoef(one[:, 0], other[:, 0])[0, 1])
    assert found.result()[3] == 0


def test_generated_cells_share_the_fold_of_their_source(files):
    reference, cells, _, _ = files
    known = generated(cells, GENES[:30])
    asked = of_reference(reference, known, cells.var_names)
    fold, of_cells = folds(asked, known, np.random.default_rng(0))
    by_name = dict(zip(asked.sources, fold, strict=True))
    assert [by_name[name] for name in known.sources] == list(of_cells)
    for code in range(3):
        assert len(set(fold[asked.codes == code])) == FOLDS
    strangers = known._replace(sources=np.array(["x"] * len(known.codes)))
    assert (folds(asked, strangers, np.random.default_rng(0))[1] == -1).all()


def test_only_types_that_were_generated_are_asked_for(files):
    reference, cells, _, _ = files
    known = generated(cells[cells.obs["cell_type"] != "c"].copy(), GENES[:30])
    asked = of_reference(reference, known, cells.var_names)
    assert len(asked.codes) == 120
    assert set(asked.codes) == {0, 1}


def test_types_and_genes_of_a_section_are_trusted_where_they_are_right(files):
    reference, cells, section, truth = files
    found = mapped_cells(cells, section, GENES[:30], "neighbors", np.random.default_rng(0), reference=reference)
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)
    assert (found.types[found.probability.argmax(axis=1)] == truth).mean() > 0.95
    assert np.isnan(found.expected_pcc[:30]).all()
    of_rare_type = np.arange(30) % 3 == 2  # six of its cells among 126: such genes hardly vary
    assert found.expected_pcc[30:][~of_rare_type].min() > 0.4
    assert found.expected_pcc[30:][of_rare_type].max() < 0.4
    assert found.half_width.shape == (60, 3)


@pytest.mark.parametrize("mapper", [WEIGHTED, *MAPPERS])
def test_imaged_cells_without_counts_change_nothing_for_the_others(files, mapper):
    reference, cells, section, _ = files
    empty = ad.AnnData(sp.csr_matrix((60, 30)), obs=pd.DataFrame(index=[f"e{number}" for number in range(60)]))
    empty.var_names, empty.layers["counts"] = section.var_names, empty.X
    with_empty = ad.concat([section, empty])
    alone, among = (
        mapped_cells(cells, each, GENES[:30], mapper, np.random.default_rng(0), reference=reference)
        for each in (section, with_empty)
    )
    np.testing.assert_allclose(among.probability[: section.n_obs], alone.probability, atol=1e-3)
    np.testing.assert_allclose(
        among.matched.matches.predicting[: section.n_obs].toarray(),
        alone.matched.matches.predicting.toarray(),
        atol=1e-5,
    )
    np.testing.assert_allclose(among.expected_pcc, alone.expected_pcc, atol=1e-2)
    np.testing.assert_allclose(among.half_width, alone.half_width, rtol=1e-3)


def test_genes_are_held_out_of_cells_with_counts_alone(files):
    reference, cells, section, _ = files
    section = section[:, GENES[:12]].copy()
    empty = ad.AnnData(sp.csr_matrix((60, 12)), var=section.var[[]])
    alone, among = (
        recovery(cells, each, reference, "neighbors", np.random.default_rng(0))
        for each in (section, ad.concat([section, empty], index_unique="-"))
    )
    pd.testing.assert_frame_equal(among, alone)


def test_intervals_hold_nine_in_ten_measurements_of_genes_left_out(files):
    reference, cells, section, _ = files
    found = mapped_cells(cells, section, GENES[:20], "neighbors", np.random.default_rng(0), reference=reference)
    hidden = slice(20, 30)
    expected, neighbors = found.matched.cells.expected, found.matched.matches.neighbors
    predicted = expected.predicted(neighbors)[:, hidden]
    panel_sum = neighbors @ np.expm1(cells.X[:, :20].toarray()).sum(axis=1)
    counts = section.layers["counts"].toarray()
    measured = np.log1p(counts[:, hidden] / counts[:, :20].sum(axis=1, keepdims=True) * panel_sum[:, None])
    half = found.half_width[hidden][:, found.probability.argmax(axis=1)].T
    assert (np.abs(measured - predicted) <= half).mean() == pytest.approx(intervals.COVERAGE, abs=0.06)


def test_the_spread_is_that_of_the_neighbours():
    expression = sp.csr_matrix([[0.0, 1.0], [2.0, 1.0], [9.0, 9.0]])
    neighbors = sp.csr_matrix([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    found = intervals.spread(neighbors, expression, np.array([0, 0]), 2)
    np.testing.assert_allclose(found[0], np.sqrt(np.array([1.0, 0.0]) + intervals.SMALLEST_SPREAD**2))
    assert np.isnan(found[1]).all()


def test_a_small_panel_has_no_intervals(files):
    reference, cells, section, _ = files
    genes = GENES[: intervals.FEWEST_GENES - 1]
    mapper, rng = "neighbors", np.random.default_rng(0)
    assert mapped_cells(cells, section, genes, mapper, rng, reference=reference).half_width is None


def test_what_cannot_be_checked_is_said(files, caplog):
    reference, cells, section, _ = files
    one = reference[:1].copy()
    of_one = cells[cells.obs["source_cell"] == one.obs_names[0]].copy()
    found = mapped_cells(
        of_one, section, GENES[:30], "neighbors",
        np.random.default_rng(0), reference=one,
    )  # fmt: skip
    assert np.isnan(found.expected_pcc).all()
    np.testing.assert_allclose(found.probability, 1)
    assert "no cell of the reference can be held out" in caplog.text


def test_an_unknown_depth_is_said(files, caplog):
    reference, cells, section, truth = files
    plain = section.copy()
    del plain.layers["counts"]
    with caplog.at_level(logging.WARNING):
        found = mapped_cells(cells, plain, GENES[:30], "neighbors", np.random.default_rng(0), reference=reference)
    assert "the section's depth is not known" in caplog.text
    assert (found.types[found.probability.argmax(axis=1)] == truth).mean() > 0.9
