#!/usr/bin/env python3
"""Generate the single cells of one bulk sample: whole cells of each type by its proportions."""

import logging
from pathlib import Path

import torch
from bulk2space.composition.residual import report_residuals
from bulk2space.contract import remarks, tables
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Obs, Uns
from bulk2space.contract.problems import InputError
from bulk2space.generator.checkpoint import load
from bulk2space.generator.generate_sample import generate_sample

log = logging.getLogger("generate_cells")


def main() -> None:
    """Read the proportions and the network; write the cells and the sample's own table."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--bulk-column", required=True, help="name of the sample in the bulk")
    options.add_argument("--proportions", type=Path, required=True, help="estimates.csv of the bulk")
    options.add_argument("--vae", type=Path, required=True, help="vae.pt")
    options.add_argument("--sample", required=True, help="name of the sample in the results")
    options.add_argument("--cells", type=int, required=True, help="number of cells to generate")
    options.add_argument("--calibrate", action="store_true", help="choose source cells so that their sum fits the bulk")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--table", type=Path, required=True, help="proportions.csv of the sample")
    args = options.parse_args()
    torch.set_num_threads(args.threads)

    estimates = tables.ESTIMATES.read(args.proportions)
    own = estimates[estimates["sample"] == args.bulk_column]
    if own.empty:
        raise InputError(f"{args.proportions.name}: has no sample {args.bulk_column}, check the bulk column's name")
    report_residuals(own["residual"].to_numpy()[:1], [args.bulk_column])
    trained = load(args.vae)
    cells, table = generate_sample(
        trained,
        read_h5ad(args.reference),
        read_h5ad(args.bulk),
        estimates,
        column=args.bulk_column,
        sample=args.sample,
        n_cells=args.cells,
        calibrated=args.calibrate,
        seed=args.seed,
    )
    cells.uns[Uns.REMARKS] = remarks.dumps([*trained.remarks, *collected(args.sample)])
    write_h5ad(cells, args.output)
    tables.PROPORTIONS.write(table, args.table)
    log.info("%d cells, %d genes, %d source cells", *cells.shape, cells.obs[Obs.SOURCE_CELL].nunique())


if __name__ == "__main__":
    run(main)
