"""Measure the tests between samples: what they find where nothing differs, and where something does.

Bulk samples are sums of cells of one half of a set; the other half is the reference, and the pipeline estimates the
proportions and the expression of the types. Keeps differences_permuted.csv, differences_true.csv and
differences_expression.csv, and writes docs/benchmarks/differences.md.
"""

import logging
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from bulk2space.cohort import of_expression
from bulk2space.composition.bulk import proportions_with_intervals
from bulk2space.composition.cohort_data import CohortData, cohort_data
from bulk2space.composition.expression_file import write_expression
from bulk2space.contract import seeds

from ..cases import differing_cohorts, differing_expression, pairs
from ..cases.bulks import ISLETS
from ..cases.data_sets import BLOOD
from ..cases.differing_expression import DifferingExpression
from ..judges import differences
from ..judges import differing_expression as differing_expression_judge
from ..page import differences as page
from .common import keep, options, publish

SETS = (BLOOD, ISLETS)
SIZES, SEEDS = (12, 40, 77), (0, 1)


def main() -> None:
    """Test all cohorts, print and keep the tables, write the page."""
    args = options(__doc__).parse_args()
    logging.disable(logging.WARNING)
    rows = [proportions(args.data, name) for name in SETS]
    permuted = keep([row for nothing, _ in rows for row in nothing], args.results / "differences_permuted.csv")
    true = keep([row for _, something in rows for row in something], args.results / "differences_true.csv")
    genes = keep(expression(args.data), args.results / "differences_expression.csv", digits=4)
    publish(args.docs, "differences", page.text(permuted, true, genes))


def proportions(data: Path, name: str) -> tuple[list[dict], list[dict]]:
    """Return the rows of cohorts in which nothing differs, and of those in which a type falls."""
    pool = differing_cohorts.simulate(data, name)
    rng, start = differences.generator(name), {"set": name}
    return [start | row for row in differences.permuted(pool, rng)], [
        start | row for row in differences.true(pool, rng)
    ]


def expression(data: Path) -> Iterator[dict]:
    """Yield a row for each cohort in which a condition changes the expression of genes."""
    same = product(SETS, SIZES, (False, True), (False,), SEEDS)
    for name, samples, shifted, other, seed in (*same, *product(SETS, SIZES[1:2], (True,), (True,), SEEDS)):
        case = differing_expression.simulate(data, name, samples, shifted=shifted, other_laboratory=other, seed=seed)
        start = {
            "set": name, "samples": samples, "composition": "differs too" if shifted else "alike",
            "reference": "other laboratory" if other else "same", "seed": seed,
        }  # fmt: skip
        with TemporaryDirectory() as folder:
            path = Path(folder) / "expression.h5ad"
            write_expression(data_of(case, name), {one: one for one in case.bulk.obs_names}, path)
            found = of_expression.read(path, list(case.bulk.obs_names))
        yield start | differing_expression_judge.judged(case, found, differences.generator(f"{name} {samples} {seed}"))


def data_of(case: DifferingExpression, name: str) -> CohortData:
    """Return what the pipeline's model of expression is given: the proportions are estimated."""
    reference = pairs.with_markers(case.reference)
    estimates = proportions_with_intervals(
        case.bulk, case.reference, reference.ranking, source=name, markers_per_type=100, method="negative_binomial",
        mrna_content=None, rng=seeds.generator(0, "estimate_proportions"),
    )  # fmt: skip
    return cohort_data(case.bulk, case.reference, estimates)


if __name__ == "__main__":
    main()
