"""Expression by type and sample: a known cohort comes back, and what cannot be told stays at the prior."""

import numpy as np
import pytest
from bulk2space.composition.cohort_data import cohort_data, gene_factors
from bulk2space.composition.steady_fractions import steady_fractions
from bulk2space.composition.type_expression import RESOLVABLE, expression_by_type
from bulk2space.composition.type_profiles import type_profiles
from bulk2space.composition.variation_patterns import SCALES, Patterns
from bulk2space.contract.problems import InputError
from bulk2space.numerics.metrics import pcc_of_rows
from bulk2space.numerics.scaling import TARGET_SUM
from known_cohort import CHANGED, CHANGED_IN, GENES, known_cohort

OWN = (CHANGED_IN[CHANGED], np.arange(CHANGED.start, CHANGED.stop))  # type and gene of each change


class Found:
    """The result of a cohort as whole arrays."""

    def __init__(self, cohort, rows=None):
        self.data = cohort_data(cohort.bulk, cohort.reference, cohort.estimates)
        blocks = list(expression_by_type(self.data, np.arange(cohort.bulk.n_obs) if rows is None else rows))
        self.mean = np.concatenate([block.mean for block in blocks], axis=2)
        self.sd = np.concatenate([block.sd for block in blocks], axis=2)
        self.correlation = np.concatenate([block.correlation for block in blocks], axis=1)


@pytest.fixture(scope="module")
def cohort():
    return known_cohort(40)


@pytest.fixture(scope="module")
def found(cohort):
    return Found(cohort)


def over_samples(values, truth):
    """Return the correlation over the samples of each change."""
    return pcc_of_rows(values[OWN[0], :, OWN[1]], truth[OWN[0], :, OWN[1]])


def test_changes_of_one_type_come_back_better_than_the_bulk_shows_them(cohort, found):
    bulk = np.repeat(found.data.bulk.toarray()[None], 3, axis=0)
    fraction = found.data.fractions.estimated.T[:, :, None]
    own = over_samples(found.mean, cohort.truth).mean()
    assert own > 0.75
    assert own > over_samples(bulk, cohort.truth).mean() + 0.1
    assert own > over_samples(bulk * fraction, cohort.truth).mean() + 0.1


def test_genes_that_vary_in_a_type_are_resolvable_in_it_and_others_are_not(found):
    resolvable = found.correlation >= RESOLVABLE
    assert resolvable[OWN].mean() > 0.6
    resolvable[OWN] = False
    assert resolvable.mean() < 0.02


def test_the_expected_correlation_promises_no_more_than_is_kept(cohort, found):
    sure = found.correlation[OWN] >= RESOLVABLE
    true = over_samples(found.mean, cohort.truth)[sure].mean()
    assert true > found.correlation[OWN][sure].mean() > RESOLVABLE


def test_intervals_hold_the_truth(cohort, found):
    inside = np.abs(found.mean - cohort.truth) <= 1.96 * found.sd
    assert 0.85 < inside.mean() <= 1
    assert 0.85 < np.moveaxis(inside, 1, 2)[OWN].mean() < 0.995


def test_fractions_times_expression_are_near_the_bulk(found):
    together = np.einsum("st,tsg->sg", found.data.fractions.steady, found.mean)
    bulk = found.data.bulk.toarray()
    assert np.corrcoef(np.log(together.ravel() + 1), np.log(bulk.ravel() + 1))[0, 1] > 0.99


def test_more_of_a_type_means_a_smaller_standard_deviation(found):
    for number, own in enumerate(np.array([OWN[1][OWN[0] == t] for t in range(3)])):
        fraction = found.data.fractions.estimated[:, number]
        high, low = (found.sd[number][rows][:, own].mean() for rows in (fraction > 0.45, fraction < 0.25))
        assert high < low


def test_more_samples_tell_the_mean_of_a_type_better():
    few, many = (Found(known_cohort(number)).sd[:, 0, 60:].mean() for number in (5, 40))
    assert many < few


def test_a_type_that_is_absent_keeps_what_the_reference_says():
    cohort = known_cohort(20, absent=1)
    found = Found(cohort)
    expected = found.data.means[1]
    assert np.ptp(found.mean[1], axis=0).max() == 0
    assert np.median(np.abs(found.mean[1][0] - expected) / (expected + 1)) < 0.05
    assert found.correlation[1].max() == 0
    assert found.sd[1].mean() > found.sd[0].mean()


@pytest.mark.parametrize("samples", [1, 3])
def test_few_samples_give_values_near_the_truth_and_no_false_promise(samples):
    cohort = known_cohort(samples)
    found = Found(cohort)
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.sd).all()
    same = found.mean[:, :, 60:], cohort.truth[:, :, 60:]
    assert np.corrcoef(np.log1p(same[0]).ravel(), np.log1p(same[1]).ravel())[0, 1] > 0.97
    assert (found.correlation[:, 60:] >= RESOLVABLE).mean() < 0.02


def test_only_the_samples_asked_for_are_given_but_all_take_part(cohort, found):
    some = Found(cohort, rows=np.array([7, 2]))
    np.testing.assert_array_equal(some.mean, found.mean[:, [7, 2]])
    np.testing.assert_array_equal(some.sd, found.sd[:, [7, 2]])


def test_estimates_are_matched_to_the_bulk_by_name(cohort, found):
    shuffled = cohort._replace(estimates=cohort.estimates.sample(frac=1, random_state=0))
    np.testing.assert_array_equal(Found(shuffled).mean, found.mean)


def test_what_the_platform_does_to_a_gene_is_in_the_expression_of_all_types(cohort):
    factors = np.ones(GENES)
    factors[100:120] = 4.0
    bulk = cohort.bulk.copy()
    bulk.X = (bulk.X.toarray() * factors).round()
    plain, changed = Found(cohort), Found(cohort._replace(bulk=bulk))
    ratio = changed.mean[:, :, 100:120].mean(axis=(0, 1)) / plain.mean[:, :, 100:120].mean(axis=(0, 1))
    whole = bulk.X.sum() / cohort.bulk.X.sum()
    assert np.median(ratio) == pytest.approx(4 / whole, rel=0.15)


def test_gene_factors_need_several_samples():
    values, expected = np.full((3, 2), 8.0), np.full((3, 2), 2.0)
    assert not gene_factors(values, expected).any()
    assert np.all(gene_factors(np.repeat(values, 4, axis=0), np.repeat(expected, 4, axis=0)) > 1)


def test_uncertain_differences_of_fractions_are_drawn_to_the_mean():
    sure, unsure = (steady_fractions(known_cohort(20, width=width).estimates) for width in (0.001, 0.4))
    np.testing.assert_allclose(sure.steady, sure.estimated, atol=1e-3)
    assert (unsure.steady.std(axis=0) < 0.95 * sure.steady.std(axis=0)).all()
    np.testing.assert_allclose(unsure.steady.mean(axis=0), sure.estimated.mean(axis=0))
    assert (unsure.variance > sure.variance).all()


def test_a_single_sample_keeps_its_fractions():
    found = steady_fractions(known_cohort(1, width=0.4).estimates)
    np.testing.assert_array_equal(found.steady, found.estimated)
    assert (found.variance > 0).all()


def test_genes_that_the_bulk_lacks_leave_fractions_and_profiles_that_sum_to_their_whole(cohort):
    data = cohort_data(cohort.bulk[:, :200].copy(), cohort.reference, cohort.estimates)
    np.testing.assert_allclose(data.fractions.steady.sum(axis=1), 1)
    np.testing.assert_allclose(data.bulk.sum(axis=1), TARGET_SUM, rtol=1e-5)
    profiles = type_profiles(cohort.reference, data.genes)
    np.testing.assert_allclose(profiles.means.sum(axis=1), TARGET_SUM)
    assert (profiles.part < 1).all()


def test_a_gene_unseen_in_few_cells_is_not_certainly_absent(cohort):
    few = cohort.reference[list(range(3)) + list(range(100, 300))].copy()
    profiles = type_profiles(few, list(few.var_names))
    unseen = profiles.means[0] == 0
    assert unseen.any()
    assert (profiles.variance[0, unseen] > 0).all()


def test_a_sample_without_expression_in_shared_genes_is_refused(cohort):
    bulk = cohort.bulk.copy()
    values = bulk.X.toarray()
    values[3] = 0
    bulk.X = values
    with pytest.raises(InputError, match="bulk sample column 3 has no expression"):
        cohort_data(bulk, cohort.reference, cohort.estimates)


def test_patterns_are_none_one_type_or_all():
    patterns = Patterns.of(3)
    varying = (patterns.scales > patterns.scales.min()).sum(axis=1)
    assert np.bincount(varying).tolist() == [1, 3 * len(SCALES), 0, len(SCALES)]
    assert patterns.prior().sum() == pytest.approx(1)
    assert patterns.pooled(np.random.default_rng(0).random((len(varying), 9))).sum() == pytest.approx(1)
