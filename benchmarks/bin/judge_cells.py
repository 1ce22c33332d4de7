#!/usr/bin/env python3
"""Judge the cells that one method generated for one bulk; without cells, write the row that says so."""

import json
from pathlib import Path

import pandas as pd
from bench.judges import cells, expression
from bench.judges.tables import read_table
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.generator.configuration import PRESETS

COLUMNS = ["cell_type", "n", "gated", "metric", "value", "ceiling"]


def main() -> None:
    """Read cells and ground truth; write one row per type and metric."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, help="cells.h5ad, missing where the time limit left none")
    options.add_argument("--given", type=Path, required=True, help="the reference that the method was given")
    options.add_argument("--reference", type=Path, required=True, help="the same without disturbance")
    options.add_argument("--held-out", type=Path, required=True, help="cells that no method was given")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--truth", type=Path, required=True, help="table sample,cell_type,proportion")
    options.add_argument("--bulk-column", required=True, help="name of the bulk sample")
    options.add_argument("--training", type=Path, help="training.csv of TRAIN_VAE, or training.json of a rival")
    options.add_argument("--model", choices=list(PRESETS), help="name of the network, to tell how its training ended")
    options.add_argument("--row", required=True, help="JSON: columns that say which run this is")
    options.add_argument("--repeats", type=int, default=5, help="number of forests over which the AUC is averaged")
    options.add_argument(
        "--expression-only", action="store_true", help="judge expression and composition, and not each cell"
    )
    options.add_argument("--seed", type=int, default=0, help="seed of the forests")
    options.add_argument("--output", type=Path, required=True, help="csv")
    args = options.parse_args()

    table = pd.DataFrame([{"cell_type": expression.ALL}], columns=COLUMNS)
    went = {"epochs": None, "cut": None, "seconds": None}
    if args.training:
        went |= cells.training(args.training, args.model)
    if args.cells:
        truth = read_table(args.truth).query("sample == @args.bulk_column").set_index("cell_type")["proportion"]
        generated, given, reference, held_out = (
            read_h5ad(path) for path in (args.cells, args.given, args.reference, args.held_out)
        )
        bulk = expression.log_bulk(read_h5ad(args.bulk)[:, reference.var_names], args.bulk_column)
        table = cells.judge(
            generated, given, reference, held_out, bulk=bulk, truth=truth, seed=args.seed,
            repeats=0 if args.expression_only else args.repeats,
        )  # fmt: skip
    row = json.loads(args.row) | went | {"status": "done" if args.cells else "timeout"}
    table.assign(**row)[[*row, *COLUMNS]].to_csv(args.output, index=False, float_format="%.6g")


if __name__ == "__main__":
    run(main)
