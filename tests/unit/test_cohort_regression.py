"""Linear models of many responses: the same numbers as statsmodels, and p values that hold."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from bulk2space.cohort import log_ratios, of_proportions
from bulk2space.cohort.design import Design, Term
from bulk2space.cohort.moderation import prior_of_variances
from bulk2space.cohort.regression import fit


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(20), np.arange(20) % 3 == 0, rng.normal(size=20)])
    responses = rng.normal(size=(20, 2)) * [1, 5] + design @ [[1, 0], [2, 0], [0, 3]]
    return responses, design, rng.uniform(0.5, 2, (20, 2))


@pytest.mark.parametrize("weighted", [False, True])
def test_effects_and_the_larger_standard_error_are_those_of_statsmodels(model, weighted):
    responses, design, weights = model
    found = fit(responses, design, weights if weighted else None)  # two responses: nothing to moderate with
    for place in range(2):
        one = sm.WLS(responses[:, place], design, weights[:, place] if weighted else 1.0).fit()
        for term in range(3):
            assert found[term].effect[place] == pytest.approx(one.params[term])
            larger = max(one.bse[term], one.HC3_se[term])
            assert found[term].error[place] == pytest.approx(larger)
            if larger == one.bse[term]:
                assert found[term].p[place] == pytest.approx(one.pvalues[term])


def test_blocks_of_responses_change_nothing(model, monkeypatch):
    responses, design, _ = model
    many = np.tile(responses, 5)
    whole = fit(many, design)[1]
    monkeypatch.setattr("bulk2space.cohort.regression.MOST_VALUES", 20 * 3 * 3)
    parts = fit(many, design)[1]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other)


def test_a_response_that_does_not_vary_has_p_of_1(model):
    _, design, _ = model
    found = fit(np.zeros((20, 1)), design)[1]
    assert (found.effect[0], found.p[0]) == (0, 1)


def test_the_prior_of_variances_is_found_again():
    rng = np.random.default_rng(0)
    variances = 2.0 / (rng.chisquare(8, 20_000) / 8) * rng.chisquare(5, 20_000) / 5
    prior = prior_of_variances(variances, 5)
    assert prior.variance == pytest.approx(2.0, rel=0.05)
    assert prior.freedom == pytest.approx(8, rel=0.1)


def against_unchanged(proportions, design):
    """Return the change of every type with the design's second column."""
    offset = log_ratios.offsets(proportions, proportions + 0.02)
    return log_ratios.against_unchanged(proportions, offset, design, 1)


def compositions(rng, n, fold):
    base = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    group = np.arange(n) < n // 3
    parts = np.where(group[:, None] & (np.arange(5) == 0), base * 2.0**fold, base)
    drawn = np.array([rng.dirichlet(40 * row / row.sum()) for row in parts])
    return drawn, np.column_stack([np.ones(n), group])


@pytest.mark.parametrize("n", [12, 40])
def test_permuted_labels_find_nothing(n):
    """At most 6 % of the tests at 5 %, with groups of unequal size."""
    rng = np.random.default_rng(n)
    found = []
    for _ in range(60):
        drawn, design = compositions(rng, n, 0)
        found += [against_unchanged(drawn, rng.permutation(design)).p for _ in range(2)]
    assert (np.concatenate(found) < 0.05).mean() <= 0.06


def test_one_type_that_falls_is_found_and_does_not_raise_the_others():
    rng = np.random.default_rng(0)
    changed, others = [], []
    for _ in range(40):
        drawn, design = compositions(rng, 40, -1.5)
        found = against_unchanged(drawn, design)
        changed.append(found.effect[0] if found.p[0] < 0.05 else 0)
        others.append(found.p[1:] < 0.05)
    assert np.mean(changed) == pytest.approx(-1.5, abs=0.2)
    assert np.mean(others) <= 0.08


def test_none_of_a_type_is_as_much_as_its_interval_leaves_room_for():
    proportions = np.array([[0.0, 1.0], [0.1, 0.9], [0.5, 0.5]])
    found = log_ratios.offsets(proportions, np.full((3, 2), 0.04))
    np.testing.assert_allclose(found, [0.02, log_ratios.LEAST_OFFSET])
    wide = log_ratios.offsets(proportions, np.full((3, 2), 0.9))
    assert wide[0] == 0.05  # half of the median, not of the interval


def drawn_around(rng, base, n, fold, absent):
    """Return proportions of n samples whose first half has more of the first type by a log2 fold."""
    parts = np.array(base) * 2 ** rng.normal(0, 0.25, (n, len(base)))
    parts[: n // 2, 0] *= 2**fold
    parts[rng.random(parts.shape) < absent] = 0
    return parts / parts.sum(axis=1, keepdims=True), np.column_stack([np.ones(n), np.arange(n) < n // 2])


@pytest.mark.parametrize(
    ("base", "absent"),
    [
        ([0.3, 0.25, 0.2, 0.15, 0.1, 0.003, 0.001], 0),  # rare types
        ([0.3, 0.25, 0.2, 0.15, 0.1, 0.02, 0.02], [0, 0, 0, 0, 0, 0.15, 0.3]),  # types that some samples lack
    ],
)
def test_a_type_that_rises_does_not_raise_rare_types(base, absent):
    """The others fall by as much as it rises; a rare type falls with them, and its logarithm hardly follows."""
    rng = np.random.default_rng(0)
    effects, found = [], []
    for _ in range(60):
        estimates = against_unchanged(*drawn_around(rng, base, 20, 1.5, absent))
        effects.append(estimates.effect)
        found.append(estimates.p < 0.05)
    np.testing.assert_allclose(np.mean(effects, axis=0), [1.5] + [0] * 6, atol=0.08)
    assert np.mean(found, axis=0)[1:].max() <= 0.13
    assert np.mean(found, axis=0)[1:].mean() <= 0.07


def test_types_that_no_sample_has_are_not_tested_and_change_nothing():
    rng = np.random.default_rng(0)
    values, matrix = drawn_around(rng, [0.3, 0.25, 0.2, 0.15, 0.1], 20, 1.5, 0)
    model, table = Design(matrix, [Term("condition[b]", "a", 1)]), pd.DataFrame(values, columns=list("ABCDE"))
    (alone,) = of_proportions.compare(table, table + 0.05, model)
    wider = table.assign(**dict.fromkeys("VWXYZ", 0.0))
    (beside,) = of_proportions.compare(wider, wider + 0.05, model)
    pd.testing.assert_frame_equal(alone, beside)
    assert of_proportions.nowhere(wider) == list("VWXYZ")


def test_of_two_types_each_changes_by_the_ratio_of_both():
    """Measured against a mean that holds the type itself, it would be half of it."""
    rng = np.random.default_rng(0)
    found = against_unchanged(*drawn_around(rng, [0.5, 0.5], 40, 1.0, 0))
    np.testing.assert_allclose(found.effect, [1, -1], atol=0.2)


def test_a_type_alone_is_compared_with_nothing():
    table = pd.DataFrame({"A": np.ones(6), "B": np.zeros(6)})
    model = Design(np.column_stack([np.ones(6), np.arange(6) % 2]), [Term("condition[b]", "a", 1)])
    assert of_proportions.compare(table, table, model) == []


def test_a_small_group_that_varies_more_finds_nothing_either():
    """Equal variances would find three times as many as they should."""
    rng = np.random.default_rng(0)
    group = np.arange(40) < 10
    spread = np.where(group, 2.5, 1.0)[:, None]
    responses = rng.normal(size=(40, 4000)) * spread
    found = fit(responses, np.column_stack([np.ones(40), group]))[1]
    assert (found.p < 0.05).mean() <= 0.065
