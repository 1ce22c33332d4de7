#!/usr/bin/env python3
"""Generate cells by a rival method, for every bulk sample of a table of proportions."""

import json
import logging
import time
from pathlib import Path

import torch
from bench.rivals.generators import RIVALS, Mixed
from bulk2space.contract import seeds
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.tables import ESTIMATES
from bulk2space.generator.cell_numbers import whole_cells

log = logging.getLogger("rival_cells")


def main() -> None:
    """Train once; write ``<sample>.cells.h5ad`` of each sample, and training.json, which says how the training went."""
    options = parser(__doc__)
    options.add_argument("--method", choices=list(RIVALS), required=True)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--proportions", type=Path, required=True, help="estimates.csv of the bulk")
    options.add_argument("--cells", type=int, required=True, help="how many cells to generate for each sample")
    options.add_argument("--limit", type=float, required=True, help="seconds after which the training ends")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="folder to write to")
    args = options.parse_args()
    torch.set_num_threads(args.threads)

    reference, mixed = read_h5ad(args.reference), Mixed(read_h5ad(args.bulk), ESTIMATES.read(args.proportions))
    seed, began = seeds.integer(args.seed, "rival_cells", args.method), time.monotonic()
    rival = RIVALS[args.method]().fit(reference, mixed, seconds=args.limit, seed=seed)
    seconds = time.monotonic() - began
    log.info("%s: %d epochs in %.1f s%s", args.method, rival.epochs, seconds, ", cut by the limit" * rival.cut)
    args.output.mkdir(parents=True, exist_ok=True)
    for sample, table in mixed.estimates.groupby("sample", sort=True):
        numbers = whole_cells(table["proportion"].to_numpy(), table["ci_high"].to_numpy(), args.cells)
        wanted = dict(zip(table["cell_type"], numbers.tolist(), strict=True))
        cells = rival.cells(sample, wanted, seeds.generator(args.seed, "rival_cells", args.method, sample))
        write_h5ad(cells, args.output / f"{sample}.cells.h5ad")
    went = {"epochs": rival.epochs, "cut": rival.cut, "seconds": round(seconds, 2)}
    (args.output / "training.json").write_text(json.dumps(went) + "\n")


if __name__ == "__main__":
    run(main)
