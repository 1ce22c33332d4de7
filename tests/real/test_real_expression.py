"""Floors of expression by cell type and sample on a cohort of islets from five technologies.

`make bench-cohort` prints the same figures for more sets.
"""

import pytest
from bench.cases import known_expression
from bench.cases.bulks import ISLETS
from bench.commands.expression import of_methods, of_pipeline, of_types
from bench.page.expression import BULK, OWN, REFERENCE, TIMES


@pytest.fixture(scope="module")
def case(data):
    return known_expression.simulate(data, ISLETS)


@pytest.fixture(scope="module")
def found(case):
    return of_pipeline(case)


def test_resolvable_genes_follow_the_truth_better_than_bulk_and_reference_do(case, found):
    rows = {row["method"]: row.get("resolvable") for row in of_methods(case, found, has_bmind=False)}
    assert rows[OWN] > 0.7
    assert rows[OWN] > rows[BULK]
    assert rows[OWN] > rows[TIMES] + 0.05
    assert rows[REFERENCE] == pytest.approx(0, abs=1e-9)


def test_intervals_hold_the_truth(case, found):
    whole = of_types(case, found)[-1]
    assert whole["resolvable genes"] > 500
    assert 0.85 <= whole["in interval"] <= 0.99
    assert 0.85 <= whole["in interval, all genes"] <= 0.99
