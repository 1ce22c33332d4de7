"""What tests of expression by type find, beside what was changed."""

import numpy as np
import pandas as pd
from bulk2space.cohort import of_expression
from bulk2space.cohort.design import Design, Term
from bulk2space.cohort.of_expression import Expression

from ..cases.differing_expression import DifferingExpression

PERMUTATIONS = 8
LEVEL = 0.05


def judged(case: DifferingExpression, expression: Expression, rng: np.random.Generator) -> dict:
    """Return the row of a cohort: permuted labels, and the true ones."""
    permuted = pd.concat([_tested(expression, case, rng.permutation(case.cases)) for _ in range(PERMUTATIONS)])
    table = _tested(expression, case, case.cases)
    changed, anywhere = table["fold"] != 0, table["anywhere"]
    found, own = table["p_adjusted"] < LEVEL, changed & (table["follows"] == table["cell_type"])
    holds = (table["ci_low"] <= table["fold"]) & (table["fold"] <= table["ci_high"])
    return {
        "tests": len(table),
        "permuted, p below 0.05": np.mean(permuted["p"] < LEVEL),
        "permuted, found": np.sum(permuted["p_adjusted"] < LEVEL) / PERMUTATIONS,
        "no type changed, p below 0.05": np.mean(table.loc[~anywhere, "p"] < LEVEL),
        "found": int(found.sum()),
        "false": _part(found & ~changed, found),
        "changed in no type": _part(found & ~anywhere, found),
        "changed ones found": _part(found & changed, changed),
        "cannot be told": _part((table["p"] < LEVEL) & (table["follows"] == ""), table["p"] < LEVEL),
        "effect over truth": (table["effect"] / table["fold"])[own].median(),
        "intervals hold": _part(own & holds, own),
    }


def _part(some: pd.Series, of: pd.Series) -> float:
    return some.sum() / of.sum() if of.any() else np.nan


def _tested(expression: Expression, case: DifferingExpression, cases: np.ndarray) -> pd.DataFrame:
    """Return the tests with the true change of each row, and whether the gene changed in any type."""
    model = Design(np.column_stack([np.ones(len(cases)), cases.astype(float)]), [Term("condition[case]", "control", 1)])
    table = pd.concat(of_expression.compare(expression, model, case.types), ignore_index=True)
    genes = case.bulk.var_names.get_indexer(table["gene"])
    types = [case.types.index(name) for name in table["cell_type"]]
    return table.assign(fold=case.log2_folds[types, genes], anywhere=(case.log2_folds[:, genes] != 0).any(axis=0))
