#!/usr/bin/env python3
"""Estimate what share of the cells of each bulk sample belongs to each cell type of a reference."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.composition.bulk import METHODS, estimate
from bulk2space.composition.intervals import bootstrap
from bulk2space.composition.profile import reference_profile
from bulk2space.contract import seeds, tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.mrna_content import read_mrna_content
from bulk2space.contract.problems import InputError
from bulk2space.numerics.scaling import normalize_total

log = logging.getLogger("estimate_proportions")


def main() -> None:
    """Read the bulk, the reference and its markers; write one row a sample and type."""
    options = parser(__doc__)
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--markers-per-type", type=int, default=100, help="best genes of each type to fit on")
    options.add_argument("--method", choices=METHODS, default="negative_binomial", help="how to fit")
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content (default: from counts)")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="proportions.csv")
    args = options.parse_args()

    bulk, reference = read_h5ad(args.bulk), read_h5ad(args.reference)
    ranking = tables.MARKERS.read(args.markers)
    genes = markers.select(ranking, shared_genes(reference, bulk), per_type=args.markers_per_type)
    content = read_mrna_content(args.mrna_content)
    expression = normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)]

    profile = reference_profile(reference, genes, mrna_content=content)
    fit = estimate(expression, profile, method=args.method)
    samples = list(bulk.obs_names)
    empty = [name for name, total in zip(samples, fit.proportion.sum(axis=1), strict=True) if total == 0]
    if empty:
        raise InputError(
            f"{args.bulk.name}: sample {empty[0]} matches no cell type of the reference in {len(genes)} marker genes, "
            "check its values and gene names"
        )
    rng = seeds.generator(args.seed, "estimate_proportions")
    low, high = bootstrap(expression, reference, genes, fit, method=args.method, mrna_content=content, rng=rng)
    n_samples, n_types = fit.proportion.shape
    table = pd.DataFrame(
        {
            "sample": np.repeat(samples, n_types),
            "cell_type": np.tile(profile.types, n_samples),
            "proportion": fit.proportion.ravel(),
            "ci_low": low.ravel(),
            "ci_high": high.ravel(),
            "rna_fraction": fit.rna_fraction.ravel(),
            "residual": np.repeat(fit.residual, n_types),
        }
    )
    tables.ESTIMATES.write(table, args.output)
    log.info("%d samples, %d cell types", n_samples, n_types)


if __name__ == "__main__":
    run(main)
