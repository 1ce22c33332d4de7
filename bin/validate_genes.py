#!/usr/bin/env python3
"""Leave genes of an image section's panel out, predict them from the others, and correlate with what was measured."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import seeds
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.problems import InputError
from bulk2space.contract.tables import HELD_OUT_GENES
from bulk2space.images import validate
from bulk2space.images.mappers import MAPPERS

log = logging.getLogger("validate_genes")

MOST_CELLS = 5_000  # imaged, and generated: sampling moves a correlation by a hundredth or two, and time stays bounded
MOST_GENES = 300  # left out one by one; a larger panel is left out in five parts alone


def main() -> None:
    """Read generated cells and section; write the table of genes."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--sample", required=True, help="id of the sample, which the random draws depend on")
    options.add_argument("--mapper", choices=list(MAPPERS), default="neighbors", help="how to find neighbours")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="genes.csv")
    args = options.parse_args()

    cells, section = read_h5ad(args.cells), read_h5ad(args.section)
    genes = shared_genes(section, cells)
    if len(genes) < 2:
        raise InputError(
            f"{args.section.name}: {len(genes)} genes are shared with {args.cells.name}, leaving genes out needs two "
            "or more; check gene names, or run without --validate_genes"
        )
    rng = seeds.generator(args.seed, "validate_genes", args.sample)
    cells, section = at_most(cells, "generated", rng), at_most(section, "imaged", rng)
    schemes = [validate.LEAVE_ONE_OUT, validate.FIVE_FOLD]
    if len(genes) > MOST_GENES:
        log.info("%d genes are more than %d: they are left out in five parts only", len(genes), MOST_GENES)
        schemes = [validate.FIVE_FOLD]
    mapper = MAPPERS[args.mapper]
    tables = [validate.held_out_genes(cells, section, mapper, scheme, rng) for scheme in schemes]
    if tables[0].empty:
        raise InputError(f"{args.section.name}: no gene varies between cells, check its values")
    for scheme, table in zip(schemes, tables, strict=True):
        mean = table[["pcc", "shuffled_pcc"]].mean()
        log.info("%s: %d genes, mean PCC %.3f, shuffled %.3f", scheme, len(table), mean.pcc, mean.shuffled_pcc)
    if len(tables[0]) < len(genes):
        log.warning(
            "%d of %d genes do not vary in the section: they have no row", len(genes) - len(tables[0]), len(genes)
        )
    HELD_OUT_GENES.write(pd.concat(tables), args.output)


def at_most(adata: ad.AnnData, what: str, rng: np.random.Generator) -> ad.AnnData:
    """Return the cells, or a random part where there are many."""
    if adata.n_obs <= MOST_CELLS:
        return adata
    log.info("%d of %d %s cells take part, drawn at random", MOST_CELLS, adata.n_obs, what)
    return adata[np.sort(rng.choice(adata.n_obs, MOST_CELLS, replace=False))].copy()


if __name__ == "__main__":
    run(main)
