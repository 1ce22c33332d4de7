#!/usr/bin/env python3
"""Judge the cells that one method generated for one bulk; without cells, write the row that says so."""

import json
import logging
from pathlib import Path

import anndata as ad
import pandas as pd
from bench import likeness, step_one
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad, read_table
from bulk2space.generator.configuration import PRESETS

log = logging.getLogger("judge_cells")

COLUMNS = ["cell_type", "n", "gated", "metric", "value", "ceiling"]


def main() -> None:
    """Read cells and truth; write one row a type and metric."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, help="cells.h5ad, missing where the time limit left none")
    options.add_argument("--given", type=Path, required=True, help="the reference that the method was given")
    options.add_argument("--reference", type=Path, required=True, help="the same without disturbance")
    options.add_argument("--held-out", type=Path, required=True)
    options.add_argument("--bulk", type=Path, required=True)
    options.add_argument("--truth", type=Path, required=True, help="table sample,cell_type,proportion")
    options.add_argument("--bulk-column", required=True)
    options.add_argument("--training", type=Path, help="training.csv of TRAIN_VAE, or training.json of a rival")
    options.add_argument("--model", choices=list(PRESETS), help="of the network, to tell whether it was cut")
    options.add_argument("--row", required=True, help="JSON: columns that say which run this is")
    options.add_argument("--repeats", type=int, default=5, help="forests over which the AUC is averaged")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--output", type=Path, required=True, help="csv")
    args = options.parse_args()

    table = pd.DataFrame([{"cell_type": step_one.ALL}], columns=COLUMNS)
    went = {"epochs": None, "cut": None, "seconds": None}
    if args.training:
        went |= trained(args.training, args.model)
    if args.cells:
        names = ("cells", "given", "reference", "held_out")
        table = judged(*(read_h5ad(getattr(args, name)) for name in names), args)
    row = json.loads(args.row) | went | {"status": "done" if args.cells else "timeout"}
    table.assign(**row)[[*row, *COLUMNS]].to_csv(args.output, index=False, float_format="%.6g")


def judged(cells: ad.AnnData, given: ad.AnnData, reference: ad.AnnData, held_out: ad.AnnData, args) -> pd.DataFrame:
    """Return the rows of all metrics."""
    cells = step_one.with_true_types(cells, given, reference)
    cells = cells[:, reference.var_names].copy()
    truth = read_table(args.truth).query("sample == @args.bulk_column").set_index("cell_type")["proportion"]
    bulk = read_h5ad(args.bulk)[:, reference.var_names]
    paper = pd.concat(
        [
            step_one.expression(cells, reference, held_out, step_one.log_bulk(bulk, args.bulk_column)),
            step_one.composition(cells, truth),
        ]
    )
    held = held_out.obs["cell_type"].astype(str).value_counts()
    paper["gated"] = paper["cell_type"].map(held).fillna(likeness.GATE) >= likeness.GATE
    alike = likeness.judge(cells, reference, held_out, seed=args.seed, repeats=args.repeats)
    return pd.concat([paper, alike], ignore_index=True)


def trained(path: Path, model: str | None) -> dict[str, float | bool]:
    """Return epochs, whether the time limit cut them, and seconds, of either kind of record."""
    if path.suffix == ".json":
        return json.loads(path.read_text())
    history, config = pd.read_csv(path), PRESETS[model]
    watched = "validation_loss" if config.held_out else "train_loss"
    epochs, best = len(history), int(history[watched].idxmin()) + 1
    cut = epochs < config.epochs and epochs - best < config.patience
    return {"epochs": epochs, "cut": cut, "seconds": round(history["seconds"].sum(), 2)}


if __name__ == "__main__":
    run(main)
