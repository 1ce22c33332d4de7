"""Intervals of proportions: every source of error makes them wider, and they hold the estimate."""

import anndata as ad
import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.composition import laboratory
from bulk2space.composition.bulk import METHODS, estimate
from bulk2space.composition.intervals import bootstrap, bounds
from bulk2space.composition.laboratory import LARGEST_SPREAD, disturbed, spread, type_error
from bulk2space.composition.profile import reference_profile
from three_types import GENES, mixtures, reference

EVEN = [[40, 30, 20]]


def intervals(mixed, cells, method="negative_binomial", seed=0, content=None, **options):
    profile = reference_profile(cells, GENES, mrna_content=content)
    fit = estimate(mixed, profile, method=method)
    rng = np.random.default_rng(seed)
    found = bootstrap(
        mixed,
        cells,
        profile,
        fit,
        shared=list(cells.var_names),
        method=method,
        mrna_content=content,
        rng=rng,
        **options,
    )
    return fit, *found


def errors(mixed, cells, *, shared=None, given=False):
    """Return the errors of types, samples × types."""
    profile = reference_profile(cells, GENES)
    mean = estimate(mixed, profile).rna_fraction @ profile.means
    return type_error(mixed, mean, cells, shared or list(cells.var_names), content_is_given=given)


def distorted(mixed, size, seed=0):
    """Multiply every gene by a factor, as another laboratory does."""
    factors = np.exp(np.random.default_rng(seed).normal(0, size, mixed.shape[1]))
    return sp.csr_matrix(mixed @ sp.diags_array(factors))


@pytest.mark.parametrize("method", METHODS)
def test_intervals_are_seeded_and_hold_the_estimate(method):
    cells = reference(np.random.default_rng(3))
    mixed = mixtures(cells, [[40, 30, 20], [80, 0, 0]])
    fit, low, high = intervals(mixed, cells, method, fits=25)
    np.testing.assert_array_equal(low, intervals(mixed, cells, method, fits=25)[1])
    assert (low != intervals(mixed, cells, method, seed=1, fits=25)[1]).any()
    assert (low <= fit.proportion).all()
    assert (high >= fit.proportion).all()
    assert (high - low).max() > 0.01
    assert ((low >= 0) & (high <= 1)).all()


@pytest.mark.parametrize("method", METHODS)
def test_intervals_are_wider_between_laboratories(method):
    cells = reference(np.random.default_rng(4))
    mixed = mixtures(cells, EVEN)
    width = [
        (high - low).mean() for _, low, high in (intervals(m, cells, method) for m in (mixed, distorted(mixed, 1)))
    ]
    assert width[1] > 1.5 * width[0]


def test_intervals_reach_above_zero_for_a_type_that_the_estimate_leaves_out():
    cells = reference(np.random.default_rng(6), sizes=(60, 60, 6))
    mixed = distorted(mixtures(cells, [[30, 30, 0]]), 0.3)
    fit, low, high = intervals(mixed, cells)
    assert fit.proportion[0, 2] < 0.01
    assert low[0, 2] == 0
    assert high[0, 2] > 0.03


def test_intervals_of_a_cohort_widen_with_the_misfit_that_its_factors_take_up():
    rng = np.random.default_rng(7)
    cells = reference(rng)
    mixed = mixtures(cells, rng.integers(5, 40, (12, 3)))
    width = []
    for samples in (mixed, distorted(mixed, 1.5)):
        fit, low, high = intervals(samples, cells, fits=25)
        width.append((high - low).mean())
    assert fit.residual.mean() > 1
    assert width[1] > 1.5 * width[0]


def test_a_type_of_few_cells_has_a_wider_interval_than_the_same_type_of_many():
    cells = reference(np.random.default_rng(4))
    mixed = mixtures(cells, EVEN)
    order = np.flatnonzero(cells.obs["cell_type"] != "b"), np.flatnonzero(cells.obs["cell_type"] == "b")
    few = cells[np.concatenate([order[0], order[1][:4]])].copy()
    (_, low, high), (_, few_low, few_high) = intervals(mixed, cells), intervals(mixed, few)
    assert (few_high - few_low)[0, 1] > 1.5 * (high - low)[0, 1]
    assert (few_high - few_low)[0, 1] > (few_high - few_low)[0, [0, 2]].max()


def test_a_single_cell_makes_no_certain_type():
    """The cells of a type cannot be drawn anew where there is one."""
    cells = reference(np.random.default_rng(4), sizes=(80, 60, 1))
    mixed = mixtures(reference(np.random.default_rng(4)), EVEN)
    np.testing.assert_allclose(errors(mixed, cells)[0, 2], laboratory.OF_ONE_CELL, rtol=0.3)
    assert errors(mixed, cells)[0, 2] > 3 * errors(mixed, cells)[0, 0]


def test_the_spread_is_that_of_the_genes_and_no_few_wrong_ones_change_it():
    rng = np.random.default_rng(0)
    mean = rng.uniform(20, 200, (3, 500))
    noise = np.exp(rng.normal(0, 0.3, mean.shape))
    noise[0] = 1
    noise[2, :20] = 50
    found = spread(sp.csr_matrix(mean * noise), mean / 7)
    np.testing.assert_allclose(found, [0, 0.3, 0.3], atol=0.04)


def test_a_spread_of_few_clear_genes_counts_as_the_largest():
    mean = np.full((1, 500), 0.2)
    mean[0, :5] = 100
    assert spread(sp.csr_matrix(mean), mean) == LARGEST_SPREAD
    assert spread(sp.csr_matrix((1, 500)), mean) == LARGEST_SPREAD


def test_the_error_of_types_grows_with_the_spread_up_to_a_limit():
    cells = reference(np.random.default_rng(2))
    mixed = mixtures(cells, EVEN)
    none, some, much, more = (errors(distorted(mixed, size), cells).mean() for size in (0, 0.2, 1.5, 3))
    assert none < some < much
    assert more == pytest.approx(much)


def test_a_known_mrna_content_has_the_smallest_error_and_an_unknown_one_the_largest():
    cells = reference(np.random.default_rng(2))
    mixed = mixtures(cells, EVEN)
    given, counted = errors(mixed, cells, given=True), errors(mixed, cells)
    bare = reference(np.random.default_rng(2), counts=False)
    unknown = errors(mixed, bare)
    assert (given < counted).all()
    assert (counted < unknown).all()
    assert (unknown >= laboratory.UNKNOWN_CONTENT).all()
    np.testing.assert_array_equal(errors(mixed, bare, given=True), given)


def test_genes_that_the_bulk_lacks_count_as_they_differ_between_types():
    """All expression of type c is in shared genes, and a tenth of that of the others."""
    values = np.full((30, 60), 1e4 / 60)
    values[:20, :30], values[20:, :30] = 1e3 / 30, 1e4 / 30
    values[:20, 30:], values[20:, 30:] = 9e3 / 30, 0
    cells = ad.AnnData(sp.csr_matrix(np.log1p(values)))
    cells.obs["cell_type"] = np.repeat(["a", "b", "c"], 10)
    mean = np.full((1, 60), 50.0)
    names = list(cells.var_names)
    whole, part = (
        type_error(sp.csr_matrix(mean), mean, cells, shared, content_is_given=True) for shared in (names, names[:30])
    )
    expected = np.std(np.log([0.1, 0.1, 1]))
    np.testing.assert_allclose(part**2 - whole**2, expected**2, rtol=1e-5)


def test_disturbed_proportions_sum_to_one_and_leave_no_type_out_or_certain():
    proportions = np.tile([0.9, 0.1, 0.0], (4000, 2, 1))
    found = disturbed(proportions, np.array([[0.5, 0.5, 0.5], [0.0, 0.0, 0.0]]), np.random.default_rng(0))
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    np.testing.assert_allclose(found[:, 1], proportions[:, 1], atol=1e-12)
    low, high = np.quantile(found[:, 0], [0.025, 0.975], axis=0)
    assert low[1] < 0.05 < 0.2 < high[1]
    assert low[2] == 0 < 0.05 < high[2]
    assert np.median(found[:, 0, 0]) == pytest.approx(0.9, abs=0.05)


def test_bounds_of_a_group_come_from_its_draws():
    """Two types that cannot be told apart have wide intervals, and their sum a narrow one."""
    part = np.random.default_rng(0).uniform(0, 0.6, 500)
    drawn = np.stack([part, 0.6 - part, np.full(500, 0.4)], axis=-1)[:, None]
    low, high = bounds(drawn, np.array([[0.3, 0.3, 0.4]]))
    assert (high - low)[0, 0] > 0.5
    merged = bounds(drawn[..., :2].sum(axis=-1, keepdims=True), np.array([[0.65]]))
    np.testing.assert_allclose(np.ravel(merged), [0.6, 0.65])
