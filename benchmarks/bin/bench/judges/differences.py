"""How often tests between samples find something where nothing differs, and what they find where something does."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from bulk2space.cohort import of_proportions
from bulk2space.cohort.design import Design, Term
from bulk2space.contract import seeds

from ..cases.differing_cohorts import AGE, AGE_SD, COMMON, NONE, RARE, Pool

SIZES = ((12, 4), (40, 13), (77, 30))  # samples, and those of them in the smaller group
COHORTS = 200  # of each kind
LEVEL = 0.05
NO_COVARIATE, AGE_IN_MODEL = "condition alone", "condition and age"
AGE_FOLLOWS, AGE_IGNORED = (
    "condition that goes with age, and age", "condition that goes with age, age left out",
)  # fmt: skip
PULL = 1.5  # log odds of the condition per standard deviation of age, where the two go together


def permuted(pool: Pool, rng: np.random.Generator) -> Iterator[dict]:
    """Yield how often conditions that change nothing are found, by size and model."""
    alike = np.flatnonzero(pool.falls == NONE)
    for n, small in SIZES:
        for model in (NO_COVARIATE, AGE_IN_MODEL, AGE_FOLLOWS, AGE_IGNORED):
            tests = [_null(pool, rng.choice(alike, n, replace=False), small, model, rng) for _ in range(COHORTS)]
            p = np.concatenate([table["p"] for table in tests])
            yield {
                "samples": n, "smaller group": small, "model": model, "tests": len(p),
                "p below 0.05": np.mean(p < LEVEL),
                "cohorts with a finding": np.mean([(table["p_adjusted"] < LEVEL).any() for table in tests]),
            }  # fmt: skip


def _null(pool: Pool, members: np.ndarray, small: int, model: str, rng: np.random.Generator) -> pd.DataFrame:
    """Return the tests of a condition that was dealt at random, or by age alone."""
    age = (pool.age[members] - AGE) / AGE_SD
    keys = rng.gumbel(size=len(members)) + (PULL * age if model in (AGE_FOLLOWS, AGE_IGNORED) else 0)
    cases = np.zeros(len(members), dtype=bool)
    cases[np.argsort(-keys)[:small]] = True
    return _tested(pool, members, cases, with_age=model in (AGE_IN_MODEL, AGE_FOLLOWS))


def true(pool: Pool, rng: np.random.Generator) -> Iterator[dict]:
    """Yield how often a type that falls in one condition is found, and how often others are, by size."""
    for kind in (COMMON, RARE):
        name, changed = pool.changed[kind], np.flatnonzero(pool.falls == kind)
        for n, small in SIZES:
            tests = [_true(pool, changed, n, small, rng).set_index("cell_type") for _ in range(COHORTS)]
            own = pd.DataFrame([table.loc[name] for table in tests])
            others = pd.concat([table.drop(index=name) for table in tests])
            false = [(table.drop(index=name)["p_adjusted"] < LEVEL).sum() for table in tests]
            every = [(table["p_adjusted"] < LEVEL).sum() for table in tests]
            yield {
                "falls": f"{name} ({kind})", "samples": n, "smaller group": small,
                "found": np.mean(own["p_adjusted"] < LEVEL), "effect": own["effect"].mean(),
                "others found": np.mean(others["p_adjusted"] < LEVEL),
                "false discoveries": np.mean(np.array(false) / np.maximum(every, 1)),
            }  # fmt: skip


def _true(pool: Pool, changed: np.ndarray, n: int, small: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the tests of a cohort whose cases have less of a type."""
    controls = rng.choice(np.flatnonzero(pool.falls == NONE), n - small, replace=False)
    members = np.concatenate([rng.choice(changed, small, replace=False), controls])
    return _tested(pool, members, np.arange(n) < small, with_age=True)


def _tested(pool: Pool, members: np.ndarray, cases: np.ndarray, *, with_age: bool) -> pd.DataFrame:
    """Return the tests of a condition as the pipeline makes them."""
    columns = [np.ones(len(members)), cases.astype(float)] + ([pool.age[members]] if with_age else [])
    model = Design(np.column_stack(columns), [Term("condition[case]", "control", 1)])
    return of_proportions.compare(pool.proportion.iloc[members], pool.high.iloc[members], model)[0]


def generator(name: str) -> np.random.Generator:
    """Return the source of a set's cohorts."""
    return seeds.generator(0, "differences", name)
