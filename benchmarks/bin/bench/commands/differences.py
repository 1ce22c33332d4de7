"""Measure the tests between samples: what they find where nothing differs, and where something does.

Bulk samples are sums of cells of one half of a set; the other half is the reference, and the pipeline estimates the
proportions. Cohorts are drawn from them. Keeps differences_permuted.csv and differences_true.csv, and writes
docs/benchmarks/differences.md.
"""

import logging
from pathlib import Path

from ..cases import differing_cohorts
from ..cases.bulks import ISLETS
from ..cases.data_sets import BLOOD
from ..judges import differences
from ..page import differences as page
from .common import keep, options, publish

SETS = (BLOOD, ISLETS)


def main() -> None:
    """Test all cohorts, print and keep the tables, write the page."""
    args = options(__doc__).parse_args()
    logging.disable(logging.WARNING)
    rows = [proportions(args.data, name) for name in SETS]
    permuted = keep([row for nothing, _ in rows for row in nothing], args.results / "differences_permuted.csv")
    true = keep([row for _, something in rows for row in something], args.results / "differences_true.csv")
    publish(args.docs, "differences", page.text(permuted, true))


def proportions(data: Path, name: str) -> tuple[list[dict], list[dict]]:
    """Return the rows of cohorts in which nothing differs, and of those in which a type falls."""
    pool = differing_cohorts.simulate(data, name)
    rng, start = differences.generator(name), {"set": name}
    return [start | row for row in differences.permuted(pool, rng)], [
        start | row for row in differences.true(pool, rng)
    ]


if __name__ == "__main__":
    main()
