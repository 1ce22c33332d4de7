#!/usr/bin/env python3
"""Generate cells from disturbed latent vectors: the posterior's spread scaled, or the prior in its place."""

from pathlib import Path

import torch
from bench.rivals.latent import perturb
from bulk2space.contract import seeds
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.tables import ESTIMATES
from bulk2space.generator.cell_numbers import whole_cells
from bulk2space.generator.checkpoint import load
from bulk2space.generator.generate import CellGenerator


def main() -> None:
    """Generate the cells of one bulk sample with the network disturbed."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--proportions", type=Path, required=True, help="estimates.csv of the bulk")
    options.add_argument("--bulk-column", required=True, help="name of the sample in the bulk")
    options.add_argument("--vae", type=Path, required=True, help="vae.pt")
    options.add_argument("--level", required=True, help="'prior', or the factor of the posterior's spread")
    options.add_argument("--cells", type=int, required=True, help="how many cells to generate")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="cells.h5ad")
    args = options.parse_args()
    torch.set_num_threads(args.threads)

    table = ESTIMATES.read(args.proportions).query("sample == @args.bulk_column")
    numbers = whole_cells(table["proportion"].to_numpy(), table["ci_high"].to_numpy(), args.cells)
    reference, trained = read_h5ad(args.reference), load(args.vae)
    perturb(trained.model, args.level)
    cells = CellGenerator(trained, reference, list(reference.var_names)).generate(
        dict(zip(table["cell_type"], numbers.tolist(), strict=True)),
        rng=seeds.generator(args.seed, "perturb_latent", args.level),
        sample=args.bulk_column,
    )
    write_h5ad(cells, args.output)


if __name__ == "__main__":
    run(main)
