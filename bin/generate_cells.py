#!/usr/bin/env python3
"""Generate the single cells of one bulk sample: whole cells of each type by its proportions."""

import logging
from pathlib import Path

import torch
from bulk2space.composition.residual import report_residuals
from bulk2space.contract import remarks, seeds, tables
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Obs, Uns
from bulk2space.contract.problems import InputError
from bulk2space.generator.calibrate import Calibration, calibrate
from bulk2space.generator.cell_numbers import whole_cells
from bulk2space.generator.checkpoint import load
from bulk2space.generator.generate import generate
from bulk2space.numerics.scaling import normalize_total

log = logging.getLogger("generate_cells")


def main() -> None:
    """Read the proportions and the network; write the cells and the sample's own table."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad, for its genes")
    options.add_argument("--bulk-column", required=True, help="name of the sample in the bulk")
    options.add_argument("--proportions", type=Path, required=True, help="proportions.csv of the bulk")
    options.add_argument("--vae", type=Path, required=True, help="vae.pt")
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--cells", type=int, required=True, help="how many cells to generate")
    options.add_argument("--calibrate", action="store_true", help="choose source cells so that their sum fits the bulk")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--table", type=Path, required=True, help="proportions.csv of the sample")
    args = options.parse_args()
    torch.set_num_threads(args.threads)

    every = tables.ESTIMATES.read(args.proportions)
    table = every[every["sample"] == args.bulk_column].reset_index(drop=True)
    if table.empty:
        raise InputError(f"{args.proportions.name}: has no sample {args.bulk_column}, check the bulk column's name")
    if args.cells < 1:
        raise InputError(f"--cells {args.cells}: is not a positive number of cells")
    report_residuals(table.pop("residual").to_numpy()[:1], [args.bulk_column])
    table["sample"] = args.sample
    table["n_cells"] = whole_cells(table["proportion"].to_numpy(), table["ci_high"].to_numpy(), args.cells)
    log.info("cells per type: %s", dict(zip(table["cell_type"], table["n_cells"].tolist(), strict=True)))

    reference, bulk, trained = read_h5ad(args.reference), read_h5ad(args.bulk), load(args.vae)
    genes = shared_genes(reference, bulk)
    log.info(
        "%d genes shared by the reference's %d and the bulk's %d are written", len(genes), reference.n_vars, bulk.n_vars
    )
    fitted = calibration(reference, bulk, genes, every, args.bulk_column, args.seed) if args.calibrate else None
    cells = generate(
        trained,
        reference,
        dict(zip(table["cell_type"], table["n_cells"].tolist(), strict=True)),
        rng=seeds.generator(args.seed, "generate_cells", args.sample),
        genes=genes,
        sample=args.sample,
        weights=None if fitted is None else fitted.weights,
    )
    cells.uns[Uns.PARAMETERS] = {
        "sample": args.sample,
        "seed": args.seed,
        "likelihood": trained.model.config.likelihood,
        "beta": trained.model.config.beta,
        "library": "X is scaled to 10 000 over all genes of the network, not only those written",
    }
    if fitted is not None:
        cells.uns[Uns.CALIBRATION] = {
            "used": fitted.used,
            "error": fitted.error,
            "n_genes": fitted.n_genes,
            "effective_cells": fitted.effective.rename_axis("cell_type").reset_index(name="share"),
        }
    cells.uns[Uns.REMARKS] = remarks.dumps(collected(args.sample))
    write_h5ad(cells, args.output)
    tables.PROPORTIONS.write(table, args.table)
    log.info("%d cells, %d genes, %d source cells", *cells.shape, cells.obs[Obs.SOURCE_CELL].nunique())


def calibration(reference, bulk, genes, table, column, seed) -> Calibration:
    """Weight the reference's cells for one sample of the bulk; the file's other samples show what its platform does."""
    fractions = table.pivot(index="sample", columns="cell_type", values="rna_fraction").loc[bulk.obs_names]
    return calibrate(
        reference,
        genes,
        normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)].toarray().astype(float),
        fractions.sort_index(axis=1).to_numpy(),
        bulk.obs_names.get_loc(column),
        seed=seeds.integer(seed, "calibrate"),
    )


if __name__ == "__main__":
    run(main)
