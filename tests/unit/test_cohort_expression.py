"""Which type a change of the bulk belongs to, and expression against a condition."""

import numpy as np
import pandas as pd
import pytest
from bulk2space.cohort import of_expression
from bulk2space.cohort.agreed_fractions import agreed
from bulk2space.cohort.design import Design, Term
from bulk2space.cohort.of_expression import Expression
from bulk2space.cohort.type_changes import type_changes

SAMPLES, TYPES, GENES = 60, list("ABC"), 200
EVERYTHING = np.ones((GENES, len(TYPES)), dtype=bool)
CASE = (np.arange(SAMPLES) % 5 < 2).astype(float)
CONSTANT = np.ones((SAMPLES, 1))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def mixed(fractions, means, rng, *, changed=None, log2_fold=1.3):
    """Return the bulk of samples; in cases, all genes of one type rise by a fold."""
    expression = np.repeat(means[:, None], len(fractions), axis=1)
    if changed is not None:
        expression[changed] *= 2 ** (log2_fold * CASE[:, None])
    return np.einsum("st,tsg->sg", fractions, expression) * np.exp(rng.normal(0, 0.05, expression.shape[1:]))


def compared(bulk, fractions, means, tested=EVERYTHING, factor=CASE):
    genes = [f"g{number}" for number in range(bulk.shape[1])]
    expression = Expression(
        pd.DataFrame(bulk, columns=genes), pd.DataFrame(fractions, columns=TYPES), pd.DataFrame(means, TYPES, genes),
        pd.DataFrame(tested, genes, TYPES),
    )  # fmt: skip
    model = Design(np.column_stack([CONSTANT, factor]), [Term("condition[case]", "control", 1)])
    return pd.concat(of_expression.compare(expression, model, TYPES), ignore_index=True)


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_a_change_is_given_to_the_type_whose_share_it_follows_with_its_size(changed, rng):
    fractions, means, age = (
        rng.dirichlet([3.0, 3, 3], SAMPLES),
        rng.gamma(2.0, 5.0, (3, GENES)),
        rng.normal(50, 10, SAMPLES),
    )
    bulk = mixed(fractions, means, rng, changed=changed) * np.exp(0.03 * (age - 50))[:, None]
    found = type_changes(
        bulk,
        fractions,
        means * bulk.mean(axis=0) / (fractions @ means).mean(axis=0),
        CASE,
        np.column_stack([CONSTANT, age]),
    )
    supplied = means[changed] / means.sum(axis=0) > 0.3
    assert (found.told(EVERYTHING, of_expression.CLEARLY)[supplied] == changed).mean() > 0.9
    assert np.median(found.effect[supplied, changed]) == pytest.approx(1.3, abs=0.3)


def test_an_effect_is_per_unit_of_a_number(rng):
    fractions, means, age = (
        rng.dirichlet([3.0, 3, 3], SAMPLES),
        rng.gamma(2.0, 5.0, (3, GENES)),
        rng.normal(50, 10, SAMPLES),
    )
    bulk = mixed(fractions, means, rng) * 2 ** (0.02 * (age - 50))[:, None]
    years, other = (type_changes(bulk, fractions, means, factor, CONSTANT) for factor in (age, 1e-9 * age + 3))
    assert other.effect == pytest.approx(1e9 * years.effect, rel=1e-4)
    assert other.estimates(EVERYTHING).p == pytest.approx(years.estimates(EVERYTHING).p, rel=1e-3)
    assert (years.effect > 0).mean() > 0.95


def test_no_type_is_told_where_all_samples_hold_the_same_shares(rng):
    fractions, means = np.tile([0.4, 0.3, 0.3], (SAMPLES, 1)), rng.gamma(2.0, 5.0, (3, GENES))
    rows = compared(mixed(fractions, means, rng, changed=0), fractions, means)
    assert (rows["follows"] == "").all()
    assert (rows["p_adjusted"] == 1).all()
    assert (rows["p"] < 0.05).mean() > 0.5


def test_an_adjusted_p_is_small_in_the_type_that_the_change_follows_alone(rng):
    fractions, means = rng.dirichlet([3.0, 3, 3], SAMPLES), rng.gamma(2.0, 5.0, (3, GENES))
    rows = compared(mixed(fractions, means, rng, changed=1), fractions, means)
    sure = rows["p_adjusted"] < 0.05
    assert (rows["follows"] == rows["cell_type"])[sure].all()
    assert sure.groupby(rows["cell_type"]).mean()["B"] > 0.5
    assert sure[rows["cell_type"] != "B"].mean() < 0.02
    assert ((rows["ci_low"] > 0) | (rows["ci_high"] < 0))[sure].all(), "an interval does not reach across 0"


def test_a_wrong_mean_is_no_change_of_expression_where_the_composition_goes_with_the_condition(rng):
    """The reference lacks what a type expresses of each gene, and cases hold half as much of the type."""
    fractions, means = rng.dirichlet([3.0, 3, 3], SAMPLES), rng.gamma(2.0, 5.0, (3, GENES))
    fractions[:, 2] *= np.where(CASE == 1, 0.4, 1)
    fractions /= fractions.sum(axis=1, keepdims=True)
    wrong = means * np.array([[1.0], [1], [0.3]])
    rows = compared(mixed(fractions, means, rng), fractions, wrong)
    assert (rows["p"] < 0.05).mean() <= 0.08
    assert (rows["p_adjusted"] < 0.05).mean() < 0.01


@pytest.mark.parametrize("samples", [12, SAMPLES])
def test_labels_dealt_at_random_find_nothing(samples, rng):
    found = []
    for _ in range(10):
        fractions, means = rng.dirichlet([3.0, 3, 3], samples), rng.gamma(2.0, 5.0, (3, GENES))
        bulk = mixed(fractions, means * rng.lognormal(0, 0.3, means.shape), rng)
        case = rng.permutation(np.arange(samples) < 0.4 * samples).astype(float)
        found.append(type_changes(bulk, fractions, means, case, CONSTANT[:samples]).estimates(EVERYTHING).p)
    assert np.mean(np.array(found) < 0.05) <= 0.06


def test_a_gene_that_no_type_may_be_tested_in_has_no_row(rng):
    fractions, means = rng.dirichlet([3.0, 3, 3], SAMPLES), rng.gamma(2.0, 5.0, (3, GENES))
    tested = EVERYTHING.copy()
    tested[:, 0] = False
    tested[1:, 1] = False
    assert set(compared(mixed(fractions, means, rng), fractions, means, tested)["cell_type"]) == {"C"}, "B has one gene"


def test_proportions_agree_with_most_genes_and_not_with_those_that_changed(rng):
    truth, means = rng.dirichlet([3.0, 3, 3], SAMPLES), rng.gamma(0.5, 20.0, (3, 1000))
    bulk = mixed(truth, means, rng)
    bulk[CASE == 1, :80] *= 4
    estimated = truth * np.array([1.0, 1, 1]) * np.where(CASE[:, None] == 1, [1.3, 1, 1], 1)
    found = agreed(bulk, estimated, means)
    assert np.abs(found - truth).max() < 0.25 * np.abs(estimated - truth).max()


def test_few_genes_leave_the_proportions_as_they_are(rng):
    fractions, means = rng.dirichlet([3.0, 3, 3], 10), rng.gamma(2.0, 5.0, (3, 30))
    assert agreed(fractions @ means, 1.2 * fractions, means) == pytest.approx(1.2 * fractions)
