"""Measure how often the 95 % intervals of proportions hold the truth, and how wide they are.

Bulks of known composition, real and simulated, by references of the same experiment and of other laboratories. Files of
ten and more samples, in which gene factors are fitted, are judged as such and divided into small files. Keeps
intervals.csv.
"""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

from bulk2space.composition import count_model

from ..cases import known_bulks
from ..judges.intervals import judged, ranked
from ..page import intervals
from ..rivals.estimators import ESTIMATORS
from .common import keep, options, publish

WITH_FACTORS = "negative_binomial"
METHODS = (WITH_FACTORS, "paper")
SAMPLES_OF_A_SMALL_FILE = 6


def main() -> None:
    """Judge all cases, print and keep the table, write the page."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # of sets that were read a hundred times
    warnings.simplefilter("ignore", RuntimeWarning)  # from genes that are equal in all cells
    table = keep(rows(args.data, judge=args.judge), args.results / "intervals.csv", digits=4)
    publish(args.docs, "intervals", intervals.text(table))


def rows(data: Path, *, judge: bool) -> Iterator[dict]:
    """Yield one row per case, kind of file and method."""
    for case in known_bulks.all_of(data, judge=judge):
        ranking = ranked(case)
        for method in METHODS:
            named = {"kind": case.kind, "case": case.name, "role": case.role, "method": method}
            most = case.bulk.n_obs
            yield named | {"samples": f"{most}"} | judged(case, ranking, ESTIMATORS[method], most=most)
            if most >= count_model.FEWEST_SAMPLES and method == WITH_FACTORS:
                small = SAMPLES_OF_A_SMALL_FILE
                found = judged(case, ranking, ESTIMATORS[method], most=small)
                yield named | {"samples": f"{most} in files of {small}"} | found


if __name__ == "__main__":
    main()
