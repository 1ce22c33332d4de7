"""Which type a change of the bulk belongs to, and expression against a condition."""

import numpy as np
import pytest
from bulk2space.cohort import of_expression
from bulk2space.cohort.attribution import follows
from bulk2space.cohort.regression import fit


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_a_change_is_given_to_the_type_whose_share_it_follows(changed):
    rng = np.random.default_rng(changed)
    fractions, means = rng.dirichlet([3.0, 3, 3], 60), rng.gamma(2.0, 5.0, (3, 200))
    case, age = (np.arange(60) < 25).astype(float), rng.normal(size=60)
    expression = np.repeat(means[:, None], 60, axis=1)
    expression[changed] *= np.where(case[:, None] == 1, 2.5, 1)
    bulk = np.einsum("st,tsg->sg", fractions, expression) * np.exp(rng.normal(0, 0.05, (60, 200)) + 0.1 * age[:, None])
    found = follows(bulk, fractions, means, case, np.column_stack([np.ones(60), age]))
    supplied = means[changed] / means.sum(axis=0) > 0.2
    assert (found[supplied] == changed).mean() > 0.95


def test_values_drawn_to_their_mean_find_nothing_with_permuted_labels():
    """A posterior mean varies less the less a sample says: labels that change nothing are still found in 5 %."""
    rng = np.random.default_rng(0)
    says = rng.uniform(0.1, 1, (40, 1))
    values = 10 * np.exp(says * rng.normal(0, 0.5, (40, 3000)))
    design = np.column_stack([np.ones(40), rng.permutation(np.arange(40) < 13)])
    found = fit(of_expression.logarithms(values), design)[1]
    assert (found.p < 0.05).mean() <= 0.06
