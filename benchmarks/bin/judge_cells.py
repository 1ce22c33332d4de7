#!/usr/bin/env python3
"""Judge the cells that one method generated, of one run or more; for a run without cells, write the row that says so.

A run is one bulk and one seed. All runs are of one reference and are compared with the same held-out cells.
"""

import json
from pathlib import Path

import pandas as pd
from bench.judges import by_type, cells, expression
from bench.judges.tables import read_table
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad

COLUMNS = ["cell_type", "n", "gated", "metric", "value", "ceiling"]


def main() -> None:
    """Read cells and ground truth; write one row per type and metric."""
    options = parser(__doc__)
    options.add_argument(
        "--runs",
        type=Path,
        required=True,
        help="JSON list of runs: cells and training (numbers of the files of these options, from 0, or null where the "
        "time limit left none), bulk_column, model (a network of the pipeline, or null) and row (columns of the run)",
    )
    options.add_argument("--cells", type=Path, nargs="*", default=[], help="cells.h5ad, or expression.h5ad")
    options.add_argument(
        "--training", type=Path, nargs="*", default=[], help="training.csv of TRAIN_VAE, or a rival's json"
    )
    options.add_argument("--given", type=Path, required=True, help="the reference that the method was given")
    options.add_argument("--reference", type=Path, required=True, help="the same without disturbance")
    options.add_argument("--held-out", type=Path, required=True, help="cells that no method was given")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--truth", type=Path, required=True, help="table sample,cell_type,proportion")
    options.add_argument(
        "--repeats",
        type=int,
        default=5,
        help="number of forests over which the AUC is averaged; 0 judges expression and composition alone",
    )
    options.add_argument("--seed", type=int, default=0, help="seed of the forests")
    options.add_argument("--output", type=Path, required=True, help="csv")
    args = options.parse_args()

    given, reference, held_out, bulk = map(read_h5ad, (args.given, args.reference, args.held_out, args.bulk))
    truth, bulk = read_table(args.truth), bulk[:, reference.var_names]
    tables = []
    for asked in json.loads(args.runs.read_text()):
        table = pd.DataFrame([{"cell_type": expression.ALL}], columns=COLUMNS)
        went: dict[str, float | bool | None] = {"epochs": None, "cut": None, "seconds": None}
        if asked["training"] is not None:
            went |= cells.training(args.training[asked["training"]], asked["model"])
        if asked["cells"] is not None:
            column = asked["bulk_column"]
            table = cells.judge(
                by_type.read_cells(args.cells[asked["cells"]], column), given, reference, held_out,
                bulk=expression.log_bulk(bulk, column),
                truth=truth[truth["sample"] == column].set_index("cell_type")["proportion"],
                seed=args.seed, repeats=args.repeats,
            )  # fmt: skip
        row = asked["row"] | went | {"status": "timeout" if asked["cells"] is None else "done"}
        tables.append(table.assign(**row)[[*row, *COLUMNS]])
    pd.concat(tables).to_csv(args.output, index=False, float_format="%.6g")


if __name__ == "__main__":
    run(main)
