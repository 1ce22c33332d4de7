#!/usr/bin/env python3
"""Cut an annotated set into a reference and held-out cells, and make bulks of the held-out ones."""

import logging
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bench.cases import noise, splits
from bench.cases.sections import MEASURED
from bulk2space.contract import seeds
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import has_counts
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Obs
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.annotate import leiden
from bulk2space.numerics.scaling import log_normalize

log = logging.getLogger("split_reference")


def main() -> None:
    """Write the reference, the one that methods are given, the held-out cells, the bulk and its ground truth."""
    args = arguments()
    cells = read_h5ad(args.cells)
    labels = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    if args.technologies:
        if "tech" not in cells.obs:
            raise InputError(f"{args.cells.name}: obs has no column 'tech' to tell technologies apart")
        known, held = splits.between(cells.obs["tech"].to_numpy(dtype=str), labels, *args.technologies)
    else:
        known, held = splits.halves(cells.n_obs, most=args.max_cells)
    values = sp.csr_matrix(cells.X, dtype=np.float32)
    genes = splits.variable_genes(values[known], args.max_genes)
    values, names = values[:, genes], cells.var_names[genes]
    log.info("%d reference cells, %d held-out cells, %d genes", len(known), len(held), len(genes))

    def table(matrix: sp.csr_matrix, obs_names: pd.Index | list[str], **columns: np.ndarray) -> ad.AnnData:
        return ad.AnnData(matrix, obs=pd.DataFrame(columns, index=obs_names), var=pd.DataFrame(index=names))

    given, given_labels = disturbed(values[known], labels[known], args)
    as_reference(table(values[known], cells.obs_names[known], cell_type=labels[known]), args.output / "reference.h5ad")
    as_reference(table(given, cells.obs_names[known], cell_type=given_labels), args.output / "given.h5ad")
    held_out = table(values[held], cells.obs_names[held], cell_type=labels[held])
    as_reference(held_out, args.output / "held_out.h5ad")
    keep_as_measured(args.output / "held_out.h5ad", held_out)

    drawn = splits.compositions(labels[held], args.compositions)
    sums = sp.vstack([sp.csr_matrix(values[held[rows]].sum(axis=0)) for rows in drawn.values()], format="csr")
    through_door(table(sums, list(drawn)), args.output / "bulk.h5ad", door.bulk)
    types = np.unique(labels[held])
    numbers = [np.bincount(np.searchsorted(types, labels[held[rows]]), minlength=len(types)) for rows in drawn.values()]
    truth = pd.DataFrame(np.array(numbers) / len(held), index=list(drawn), columns=types).rename_axis("sample")
    truth = truth.melt(var_name="cell_type", value_name="proportion", ignore_index=False).reset_index()
    truth.to_csv(args.output / "truth.csv", index=False, float_format="%.8g")


def arguments() -> Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="h5ad with obs['cell_type']")
    options.add_argument(
        "--technologies", nargs=2, metavar=("REFERENCE", "HELD_OUT"), help="values of obs['tech'] to set apart"
    )
    options.add_argument("--compositions", nargs="+", required=True, help="bulks to make; 'own' is that of the cells")
    options.add_argument("--disturb", choices=["nothing", "labels", "expression", "annotation"], default="nothing")
    options.add_argument("--share", type=float, default=0.0, help="proportion of the reference's cells to disturb")
    options.add_argument("--max-cells", type=int, help="cells to use in all")
    options.add_argument("--max-genes", type=int, help="genes to use: those that vary most in the reference")
    options.add_argument("--seed", type=int, default=0, help="seed of the disturbance")
    options.add_argument("--output", type=Path, required=True, help="folder to write to")
    return options.parse_args()


def disturbed(values: sp.csr_matrix, labels: np.ndarray, args: Namespace) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return the reference's values, cells × genes, and types as methods are given them."""
    rng = seeds.generator(args.seed, "split_reference", args.disturb)
    if args.disturb == "labels":
        return values, noise.mislabelled(labels, args.share, rng)
    if args.disturb == "expression":
        return noise.noisy(values, args.share, rng), labels
    if args.disturb == "annotation":
        return values, leiden(log_normalize(values), seed=args.seed)
    return values, labels


def as_reference(cells: ad.AnnData, path: Path) -> None:
    """Write cells as NORMALIZE writes a reference."""
    through_door(cells, path, lambda raw: door.reference(raw, None))


def keep_as_measured(path: Path, raw: ad.AnnData) -> None:
    """Add the cells' values as they were measured, where they are no whole counts: sums of cells are made of these.

    The pipeline's reader scales such cells to one sum. Then a large cell would add no more mRNA to a spot than a small
    one.
    """
    cells = read_h5ad(path)
    if not has_counts(cells):
        cells.layers[MEASURED] = raw[cells.obs_names, cells.var_names].X
        write_h5ad(cells, path)


def through_door(raw: ad.AnnData, path: Path, read: Callable[[Path], ad.AnnData]) -> None:
    """Write a matrix as the pipeline's own reader reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        entry = Path(folder) / path.name
        raw.write_h5ad(entry)
        write_h5ad(read(entry), path)


if __name__ == "__main__":
    run(main)
