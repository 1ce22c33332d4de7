#!/usr/bin/env python3
"""Compare estimators of proportions on bulk samples of known composition."""

import logging
from pathlib import Path

import pandas as pd
from bench.judges.proportions import ALL, PROTOCOLS
from bench.rivals.estimators import ESTIMATORS
from bulk2space.contract.command import parser, run

COLUMNS = ["task", "set", "role", "protocol", "method", "cell_type", "metric", "value", "seconds"]


def main() -> None:
    """Run one protocol; write one row per set, method, type and metric, and print them side by side."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    options.add_argument("--protocol", choices=list(PROTOCOLS), required=True)
    options.add_argument("--methods", nargs="+", choices=list(ESTIMATORS), default=["negative_binomial", "paper"])
    options.add_argument("--set", help="for the protocol 'paired': name of a data set without its ending")
    options.add_argument("--seed", type=int, default=0, help="seed of the bulks")
    options.add_argument("--output", type=Path, required=True, help="csv")
    args = options.parse_args()

    logging.getLogger("bulk2space").setLevel(logging.ERROR)  # counts and warnings of every fit
    chosen = {name: ESTIMATORS[name] for name in args.methods}
    table = pd.DataFrame(PROTOCOLS[args.protocol](args.data, chosen, args.seed, args.set))
    table = table.assign(protocol=args.protocol)[COLUMNS]
    table.to_csv(args.output, index=False, float_format="%.6g")
    print(side_by_side(table))


def side_by_side(table: pd.DataFrame) -> str:
    """Return the table with one row per set and method and one column per metric."""
    metric = table["metric"].where(table["cell_type"] == ALL, table["metric"] + " " + table["cell_type"])
    wide = table.assign(metric=metric).pivot_table("value", ["set", "method"], "metric", sort=False)
    return wide.round(3).to_string(na_rep="")


if __name__ == "__main__":
    run(main)
