import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space import proportions as fractions
from bulk2space.expression import log_normalize
from bulk2space.problems import InputError
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

GENES = [f"g{i}" for i in range(60)]


def reference(rng, sizes=(80, 60, 40), library=(1000, 2000, 4000), counts=True):
    """Cells of types a, b, c whose profiles differ, and whose mRNA content does."""
    profiles = rng.gamma(0.5, 1.0, (3, len(GENES)))
    profiles /= profiles.sum(axis=1, keepdims=True)
    codes = np.repeat(np.arange(3), sizes)
    raw = sp.csr_matrix(rng.poisson(profiles[codes] * np.array(library)[codes, None]).astype(np.float32))
    cells = ad.AnnData(log_normalize(raw), obs=pd.DataFrame(index=[f"c{i}" for i in range(len(codes))]))
    cells.obs["cell_type"] = pd.Categorical(np.array(["a", "b", "c"])[codes])
    cells.var_names = GENES
    if counts:
        cells.layers["counts"] = raw
    return cells


def mixtures(cells, n_cells):
    """Sum the counts of this many cells of each type: samples × genes per 10 000, drawn without replacement."""
    rows = []
    for row in n_cells:
        picked = np.concatenate(
            [np.flatnonzero(cells.obs["cell_type"] == t)[:n] for t, n in zip("abc", row, strict=True)]
        )
        rows.append(np.asarray(cells.layers["counts"][picked].sum(axis=0)).ravel())
    rows = np.array(rows)
    return sp.csr_matrix(1e4 * rows / rows.sum(axis=1, keepdims=True))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(0, 3))
def test_nnls_agrees_with_scipy(seed, n_types, shared):
    rng = np.random.default_rng(seed)
    design = rng.gamma(1, 1, (n_types, 40)) + shared * rng.gamma(1, 1, 40)  # types × genes, correlated
    samples = rng.dirichlet(np.full(n_types, 0.3), 8) @ design + rng.normal(0, 0.5, (8, 40))
    expected = np.array([nnls(design.T, row)[0] for row in samples])
    fitted = fractions.nnls_gram(design @ design.T, samples @ design.T)
    np.testing.assert_allclose(fitted, expected, atol=1e-6)


def test_nnls_splits_nothing_off_equal_and_absent_profiles():
    design = np.array([[1.0, 2, 0], [1.0, 2, 0], [0, 0, 0]])
    fitted = fractions.nnls_gram(design @ design.T, np.array([[2.0, 4, 0]]) @ design.T)
    assert np.isfinite(fitted).all()
    assert fitted[0, :2].sum() == pytest.approx(2, abs=1e-6)
    assert fitted[0, 2] == 0


@pytest.mark.parametrize("method", fractions.METHODS)
def test_pure_samples_are_recognised(method):
    cells = reference(np.random.default_rng(0))
    profile = fractions.reference_profile(cells, GENES)
    fit = fractions.estimate(mixtures(cells, [[80, 0, 0], [0, 60, 0], [0, 0, 40]]), profile, method=method)
    # the log of a mean is not the mean of logs: the published way mixes other types in even here
    assert (np.diag(fit.proportion) > {"scaled_nnls": 0.99, "log_nnls": 0.9}[method]).all()
    np.testing.assert_allclose(fit.proportion.sum(axis=1), 1)


def test_cells_and_mrna_are_told_apart():
    cells = reference(np.random.default_rng(1))
    fit = fractions.estimate(mixtures(cells, [[20, 20, 20]]), fractions.reference_profile(cells, GENES))
    np.testing.assert_allclose(fit.rna_fraction[0], np.array([1, 2, 4]) / 7, atol=0.03)
    np.testing.assert_allclose(fit.proportion[0], np.full(3, 1 / 3), atol=0.03)
    assert fit.residual[0] < 0.1


def test_without_counts_both_are_equal_and_a_warning_says_so(caplog):
    cells = reference(np.random.default_rng(1))
    mixed = mixtures(cells, [[20, 20, 20]])
    del cells.layers["counts"]
    with caplog.at_level(logging.WARNING):
        fit = fractions.estimate(mixed, fractions.reference_profile(cells, GENES))
    assert "proportion equals rna_fraction" in caplog.text
    np.testing.assert_array_equal(fit.proportion, fit.rna_fraction)


def test_a_table_of_mrna_content_goes_before_counts():
    cells = reference(np.random.default_rng(1))
    profile = fractions.reference_profile(cells, GENES, mrna_content={"a": 1.0, "b": 1.0, "c": 10.0})
    fit = fractions.estimate(mixtures(cells, [[20, 20, 20]]), profile)
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
        fractions.reference_profile(reference(np.random.default_rng(0)), GENES, mrna_content=table)


@pytest.mark.parametrize("method", fractions.METHODS)
def test_an_empty_spot_has_zeros_everywhere(method):
    cells = reference(np.random.default_rng(0))
    spots = sp.vstack([mixtures(cells, [[5, 5, 0]]), sp.csr_matrix((1, len(GENES)))], format="csr")
    fit = fractions.estimate(spots, fractions.reference_profile(cells, GENES), method=method)
    assert (fit.proportion[1] == 0).all()
    assert (fit.rna_fraction[1] == 0).all()
    assert fit.residual[1] == 0
    assert fit.proportion[0].sum() == pytest.approx(1)


def test_scaling_keeps_one_gene_from_ruling_the_fit():
    """One gene with a platform effect of 30 must not move the fit far, as it does without scaling."""
    cells = reference(np.random.default_rng(2))
    profile = fractions.reference_profile(cells, GENES)
    mixed = mixtures(cells, [[40, 30, 20]]).toarray()
    distorted = mixed.copy()
    distorted[0, np.argmax(profile.means[0])] *= 30
    fit = fractions.estimate(sp.csr_matrix(distorted), profile)
    truth = fractions.estimate(sp.csr_matrix(mixed), profile).rna_fraction[0]
    plain = nnls(profile.means.T, distorted[0])[0]
    error = np.abs(fit.rna_fraction[0] - truth).max()
    assert error < 0.8 * np.abs(plain / plain.sum() - truth).max()


def test_the_residual_grows_with_what_the_reference_lacks(caplog):
    cells = reference(np.random.default_rng(0))
    mixed = mixtures(cells, [[20, 20, 20]]).toarray()
    foreign = np.zeros_like(mixed)
    foreign[0, np.argmin(np.asarray(cells.X.mean(axis=0)).ravel())] = 1e4
    fit = fractions.estimate(sp.csr_matrix(np.vstack([mixed, foreign])), fractions.reference_profile(cells, GENES))
    assert fit.residual[0] < 0.1 < 0.8 < fit.residual[1]
    with caplog.at_level(logging.WARNING):
        fractions.report_residuals(fit.residual, ["good", "bad"])
    assert "1 of 2" in caplog.text
    assert "good" not in caplog.text


@pytest.mark.parametrize("method", fractions.METHODS)
def test_intervals_are_seeded_and_hold_the_estimate(method):
    cells = reference(np.random.default_rng(3))
    mixed = mixtures(cells, [[40, 30, 20], [80, 0, 0]])
    fit = fractions.estimate(mixed, fractions.reference_profile(cells, GENES), method=method)
    draw = lambda seed: fractions.bootstrap(  # noqa: E731
        mixed, cells, GENES, method=method, mrna_content=None, rng=np.random.default_rng(seed), draws=100
    )
    low, high = draw(0)
    again, _ = draw(0)
    other, _ = draw(1)
    np.testing.assert_array_equal(low, again)
    assert (low != other).any()
    assert (low <= fit.proportion + 0.02).all()
    assert (high >= fit.proportion - 0.02).all()
    assert (high - low).max() > 0.01
    assert ((low >= 0) & (high <= 1)).all()


def test_intervals_widen_with_fewer_cells():
    rng = np.random.default_rng(4)
    cells = reference(rng)
    mixed = mixtures(cells, [[40, 30, 20]])
    few = cells[np.concatenate([np.flatnonzero(cells.obs["cell_type"] == t)[:4] for t in "abc"])].copy()
    width = []
    for source in (cells, few):
        low, high = fractions.bootstrap(
            mixed, source, GENES, method="scaled_nnls", mrna_content=None, rng=np.random.default_rng(0)
        )
        width.append((high - low).mean())
    assert width[1] > width[0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 20))
def test_largest_remainder_keeps_totals_and_stays_within_one(seed, n_types, n_rows):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(n_types, 0.5), n_rows)
    totals = rng.integers(0, 1000, n_rows)
    whole = fractions.largest_remainder(shares, totals)
    np.testing.assert_array_equal(whole.sum(axis=1), totals)
    assert (np.abs(whole - shares * totals[:, None]) < 1).all()
    assert (whole >= 0).all()


def test_largest_remainder_on_known_rows():
    whole = fractions.largest_remainder(
        np.array([[0.5, 0.3, 0.2], [1, 1, 1], [0, 0, 0], [0.29, 0.71, 0]]), np.array([10, 10, 10, 100])
    )
    np.testing.assert_array_equal(whole, [[5, 3, 2], [4, 3, 3], [0, 0, 0], [29, 71, 0]])


def test_whole_cells_follow_the_shares_where_the_interval_excludes_the_rest():
    shares = np.array([0.7, 0.3, 0.0])
    assert fractions.whole_cells(shares, np.array([0.8, 0.4, 0.0]), 1000).tolist() == [700, 300, 0]


def test_a_type_that_the_bulk_does_not_exclude_gets_some_cells():
    shares = np.array([0.7, 0.3, 0.0])
    assert fractions.whole_cells(shares, np.array([0.8, 0.4, 0.05]), 1000).tolist() == [693, 297, 10]
    assert fractions.whole_cells(shares, np.array([0.8, 0.4, 0.005]), 1000).tolist() == [697, 298, 5]
    assert fractions.whole_cells(shares, np.array([0.8, 0.4, 0.05]), 100).tolist() == [69, 30, 1]
    assert fractions.whole_cells(shares, np.array([0.8, 0.4, 0.05]), 5).tolist() == [4, 1, 0]


def test_a_type_with_a_share_gets_no_more_than_that():
    shares = np.array([0.75, 0.05, 0.05, 0.05, 0.05, 0.05])
    assert fractions.whole_cells(shares, np.full(6, 0.9), 100).tolist() == [75, 5, 5, 5, 5, 5]
