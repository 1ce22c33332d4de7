import logging

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.composition import count_model
from bulk2space.composition.bulk import METHODS, estimate
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.residual import LARGE_RESIDUAL, misfit, report_residuals
from bulk2space.contract.problems import InputError
from bulk2space.generator.cell_numbers import whole_cells
from bulk2space.numerics.nnls import nnls_gram
from bulk2space.numerics.shares import largest_remainder
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls
from three_types import GENES, mixtures, reference


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(0, 3))
def test_nnls_agrees_with_scipy(seed, n_types, shared):
    rng = np.random.default_rng(seed)
    design = rng.gamma(1, 1, (n_types, 40)) + shared * rng.gamma(1, 1, 40)  # types × genes, correlated
    samples = rng.dirichlet(np.full(n_types, 0.3), 8) @ design + rng.normal(0, 0.5, (8, 40))
    expected = np.array([nnls(design.T, row)[0] for row in samples])
    fitted = nnls_gram(design @ design.T, samples @ design.T)
    np.testing.assert_allclose(fitted, expected, atol=1e-6)


def test_nnls_splits_nothing_off_equal_and_absent_profiles():
    design = np.array([[1.0, 2, 0], [1.0, 2, 0], [0, 0, 0]])
    fitted = nnls_gram(design @ design.T, np.array([[2.0, 4, 0]]) @ design.T)
    assert np.isfinite(fitted).all()
    assert fitted[0, :2].sum() == pytest.approx(2, abs=1e-6)
    assert fitted[0, 2] == 0


@pytest.mark.parametrize("method", METHODS)
def test_pure_samples_are_recognised(method):
    cells = reference(np.random.default_rng(0))
    profile = reference_profile(cells, GENES)
    fit = estimate(mixtures(cells, [[80, 0, 0], [0, 60, 0], [0, 0, 40]]), profile, method=method)
    # the log of a mean is not the mean of logs: the published way mixes other types in even here
    assert (np.diag(fit.proportion) > {"negative_binomial": 0.99, "log_nnls": 0.9}[method]).all()
    np.testing.assert_allclose(fit.proportion.sum(axis=1), 1)


def test_cells_and_mrna_are_told_apart():
    cells = reference(np.random.default_rng(1))
    fit = estimate(mixtures(cells, [[20, 20, 20]]), reference_profile(cells, GENES))
    np.testing.assert_allclose(fit.rna_fraction[0], np.array([1, 2, 4]) / 7, atol=0.03)
    np.testing.assert_allclose(fit.proportion[0], np.full(3, 1 / 3), atol=0.03)
    assert fit.residual[0] < 0.5


def test_without_counts_both_are_equal_and_a_warning_says_so(caplog):
    cells = reference(np.random.default_rng(1))
    mixed = mixtures(cells, [[20, 20, 20]])
    del cells.layers["counts"]
    with caplog.at_level(logging.WARNING):
        fit = estimate(mixed, reference_profile(cells, GENES))
    assert "proportion equals rna_fraction" in caplog.text
    np.testing.assert_array_equal(fit.proportion, fit.rna_fraction)


def test_a_table_of_mrna_content_goes_before_counts():
    cells = reference(np.random.default_rng(1))
    profile = reference_profile(cells, GENES, mrna_content={"a": 1.0, "b": 1.0, "c": 10.0})
    fit = estimate(mixtures(cells, [[20, 20, 20]]), profile)
    expected = fit.rna_fraction[0] / [1, 1, 10]
    np.testing.assert_allclose(fit.proportion[0], expected / expected.sum())


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"a": 1.0, "b": 1.0}, "lacks c"),
        ({"a": 1.0, "b": 0.0, "c": 1.0}, "value of b"),
        ({"a": 1.0, "b": 1.0, "c": float("nan")}, "value of c"),
    ],
)
def test_a_wrong_table_of_mrna_content_is_an_error(table, words):
    with pytest.raises(InputError, match=words):
        reference_profile(reference(np.random.default_rng(0)), GENES, mrna_content=table)


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_spot_has_zeros_everywhere(method):
    cells = reference(np.random.default_rng(0))
    spots = sp.vstack([mixtures(cells, [[5, 5, 0]]), sp.csr_matrix((1, len(GENES)))], format="csr")
    fit = estimate(spots, reference_profile(cells, GENES), method=method)
    assert (fit.proportion[1] == 0).all()
    assert (fit.rna_fraction[1] == 0).all()
    assert fit.residual[1] == 0
    assert fit.proportion[0].sum() == pytest.approx(1)


def test_the_noise_of_counts_keeps_one_gene_from_ruling_the_fit():
    """One gene with a platform effect of 30 must not move the fit far, as it does in plain least squares."""
    cells = reference(np.random.default_rng(2))
    profile = reference_profile(cells, GENES)
    mixed = mixtures(cells, [[40, 30, 20]]).toarray()
    distorted = mixed.copy()
    distorted[0, np.argmax(profile.means[0])] *= 30
    fit = estimate(sp.csr_matrix(distorted), profile)
    truth = estimate(sp.csr_matrix(mixed), profile).rna_fraction[0]
    plain = nnls(profile.means.T, distorted[0])[0]
    error = np.abs(fit.rna_fraction[0] - truth).max()
    assert error < 0.8 * np.abs(plain / plain.sum() - truth).max()


def cohort(rng, n_samples, *, factor_sd=1.0, noise=0.02, n_genes=200, n_types=3):
    """Samples of known composition whose genes another instrument measured: expression, means, shares, log factors."""
    means = rng.gamma(0.5, 100.0, (n_types, n_genes))
    shares = rng.dirichlet(np.ones(n_types), n_samples)
    log_factors = rng.normal(0, factor_sd, n_genes)
    expression = shares @ means * np.exp(log_factors + rng.normal(0, noise, (n_samples, n_genes)))
    return sp.csr_matrix(expression), means, shares, log_factors


def shares_of(coefficients):
    return coefficients / coefficients.sum(axis=1, keepdims=True)


def test_gene_factors_are_recovered_from_a_cohort_and_mend_its_shares():
    expression, means, shares, log_factors = cohort(np.random.default_rng(0), 40)
    together, found = count_model.fit(expression, means)
    alone = np.vstack([count_model.fit(expression[i], means)[0] for i in range(40)])
    used = means.max(axis=0) > 50
    assert np.corrcoef(found[used], log_factors[used])[0, 1] > 0.9
    error = [np.sqrt(np.mean((shares_of(x) - shares) ** 2)) for x in (together, alone)]
    assert error[0] < 0.5 * error[1]


def test_a_handful_of_samples_has_no_gene_factors():
    few = count_model.FEWEST_SAMPLES - 1
    expression, means, shares, _ = cohort(np.random.default_rng(1), few, factor_sd=0.2)
    together, factors = count_model.fit(expression, means)
    alone = np.vstack([count_model.fit(expression[i], means)[0] for i in range(few)])
    assert (factors == 0).all()
    np.testing.assert_allclose(together, alone)
    np.testing.assert_allclose(shares_of(alone), shares, atol=0.1)
    assert (count_model.fit(sp.vstack([expression, expression[:1]]), means)[1] != 0).any()


def test_replicates_of_one_sample_keep_the_composition_of_one():
    """Copies tell nothing of the factors; the prior on them must not drag the composition away."""
    expression, means, _, _ = cohort(np.random.default_rng(2), 1, factor_sd=0.3)
    single = shares_of(count_model.fit(expression, means)[0])
    copies = shares_of(count_model.fit(sp.vstack([expression] * 12, format="csr"), means)[0])
    np.testing.assert_allclose(copies, np.repeat(single, 12, axis=0), atol=0.06)


def test_the_sparse_prior_leaves_out_what_is_not_there_and_keeps_what_is():
    rng = np.random.default_rng(3)
    means = rng.gamma(0.5, 100.0, (5, 300))
    shares = np.tile([0.6, 0.35, 0.05, 0, 0], (8, 1))
    expression = sp.csr_matrix(shares @ means * np.exp(rng.normal(0, 0.4, (8, 300))))
    sparse, dense = (shares_of(count_model.fit(expression, means, sparsity=s)[0]) for s in (count_model.SPARSITY, 0))
    assert dense[:, 3:].sum() > 0.01
    assert sparse[:, 3:].sum() < 0.2 * dense[:, 3:].sum()
    np.testing.assert_allclose(sparse[:, 2].mean(), 0.05, atol=0.02)


def test_blocks_of_samples_give_the_same_fit(monkeypatch):
    expression, means, _, _ = cohort(np.random.default_rng(4), 15)
    whole = count_model.fit(expression, means)
    monkeypatch.setattr(count_model, "SAMPLES_PER_BLOCK", 4)
    for first, second in zip(whole, count_model.fit(expression, means), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_single_type_gets_everything(method):
    cells = reference(np.random.default_rng(0))
    cells = cells[cells.obs["cell_type"] == "a"].copy()
    profile = reference_profile(cells, GENES)
    counts = np.asarray(cells.layers["counts"][:5].sum(axis=0))
    fit = estimate(sp.csr_matrix(1e4 * counts / counts.sum()), profile, method=method)
    assert fit.proportion.tolist() == [[1.0]]
    assert fit.rna_fraction.tolist() == [[1.0]]


def test_equal_profiles_share_what_is_theirs():
    rng = np.random.default_rng(5)
    profile = rng.gamma(0.5, 100.0, (2, 100))
    expression = sp.csr_matrix([[0.7, 0.3]] @ profile)
    x = shares_of(count_model.fit(expression, profile[[0, 0, 1]])[0])[0]
    assert x[:2].sum() == pytest.approx(0.7, abs=0.02)
    np.testing.assert_array_equal(x, shares_of(count_model.fit(expression, profile[[0, 0, 1]])[0])[0])


def test_the_residual_is_the_misfit_in_units_of_the_noise():
    mean = np.tile([[5.0, 50.0, 500.0, 20.0]], (3, 1))
    values = mean.copy()
    values[1] += 2 * np.sqrt(count_model.variance(mean[1])) * [1, -1, 1, -1]
    values[2] = 0
    residual = misfit(sp.csr_matrix(values), np.eye(len(mean)), mean / 7)
    assert residual[0] == pytest.approx(0, abs=1e-9)
    assert residual[1] == pytest.approx(2, rel=0.2)
    assert residual[2] == 0


def test_the_residual_grows_with_what_the_reference_lacks(caplog):
    cells = reference(np.random.default_rng(0))
    mixed = mixtures(cells, [[20, 20, 20]]).toarray()
    foreign = np.zeros_like(mixed)
    foreign[0, np.argmin(np.asarray(cells.X.mean(axis=0)).ravel())] = 1e4
    half = (mixed + foreign) / 2
    samples = sp.csr_matrix(np.vstack([mixed, half, foreign]))
    fit = estimate(samples, reference_profile(cells, GENES))
    assert fit.residual[0] < 1 < LARGE_RESIDUAL < fit.residual[1] < fit.residual[2]
    with caplog.at_level(logging.WARNING):
        report_residuals(fit.residual, ["good", "half", "bad"])
    assert "2 of 3" in caplog.text
    assert "half, bad" in caplog.text
    assert "good" not in caplog.text


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 20))
def test_largest_remainder_keeps_totals_and_stays_within_one(seed, n_types, n_rows):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(n_types, 0.5), n_rows)
    totals = rng.integers(0, 1000, n_rows)
    whole = largest_remainder(shares, totals)
    np.testing.assert_array_equal(whole.sum(axis=1), totals)
    assert (np.abs(whole - shares * totals[:, None]) < 1).all()
    assert (whole >= 0).all()


def test_largest_remainder_on_known_rows():
    whole = largest_remainder(
        np.array([[0.5, 0.3, 0.2], [1, 1, 1], [0, 0, 0], [0.29, 0.71, 0]]), np.array([10, 10, 10, 100])
    )
    np.testing.assert_array_equal(whole, [[5, 3, 2], [4, 3, 3], [0, 0, 0], [29, 71, 0]])


def test_whole_cells_follow_the_shares_where_the_interval_excludes_the_rest():
    shares = np.array([0.7, 0.3, 0.0])
    assert whole_cells(shares, np.array([0.8, 0.4, 0.0]), 1000).tolist() == [700, 300, 0]


def test_a_type_that_the_bulk_does_not_exclude_gets_some_cells():
    shares = np.array([0.7, 0.3, 0.0])
    assert whole_cells(shares, np.array([0.8, 0.4, 0.05]), 1000).tolist() == [693, 297, 10]
    assert whole_cells(shares, np.array([0.8, 0.4, 0.005]), 1000).tolist() == [697, 298, 5]
    assert whole_cells(shares, np.array([0.8, 0.4, 0.05]), 100).tolist() == [69, 30, 1]
    assert whole_cells(shares, np.array([0.8, 0.4, 0.05]), 5).tolist() == [4, 1, 0]


def test_a_type_that_the_section_shows_gets_as_many_cells_as_the_bulk_does_not_exclude():
    shares, upper = np.array([0.69, 0.3, 0.01, 0.0]), np.array([0.8, 0.4, 0.3, 0.05])
    of_section = np.array([0.3, 0.3, 0.2, 0.2])
    assert whole_cells(shares, upper, 1000, of_section).tolist() == [523, 227, 200, 50]
    assert whole_cells(shares, upper, 1000, np.array([0.6, 0.3, 0.1, 0.0])).tolist() == [683, 297, 10, 10]


def test_a_type_with_a_share_gets_no_more_than_that():
    shares = np.array([0.75, 0.05, 0.05, 0.05, 0.05, 0.05])
    assert whole_cells(shares, np.full(6, 0.9), 100).tolist() == [75, 5, 5, 5, 5, 5]
