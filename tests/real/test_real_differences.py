"""Tests of expression by type on bulk of real islet cells, where the condition changes composition and expression."""

from bench.cases import differing_expression
from bench.cases.bulks import ISLETS
from bench.commands import differences
from bench.judges.differing_expression import judged
from bulk2space.cohort import of_expression
from bulk2space.composition.expression_file import write_expression
from bulk2space.contract import seeds


def test_composition_does_not_leak_into_expression(data, tmp_path):
    case = differing_expression.simulate(data, ISLETS, 40, shifted=True)
    path = tmp_path / "expression.h5ad"
    write_expression(differences.data_of(case, ISLETS), {name: name for name in case.bulk.obs_names}, path)
    expression = of_expression.read(path, list(case.bulk.obs_names))
    found = judged(case, expression, seeds.generator(0, "real differences"))
    assert found["found"] >= 20
    assert found["false"] <= 0.1
    assert found["changed ones found"] >= 0.5
    assert found["permuted, p below 0.05"] <= 0.06
    assert 0.8 <= found["effect over truth"] <= 1.2
    assert found["intervals hold"] >= 0.85
