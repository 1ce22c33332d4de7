#!/usr/bin/env python3
"""Place cells in the spots of sections by a rival method, given the cells that the pipeline put into each spot.

Some rivals place no cells and estimate the composition of the spots alone.
"""

import logging
import time
from argparse import Namespace
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bench.rivals import linear_assignment
from bench.rivals.classifiers import SCORERS
from bench.rivals.compositions import COMPOSITIONS
from bulk2space.composition import markers
from bulk2space.contract import seeds
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import has_counts, shared_genes
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Obs
from bulk2space.contract.tables import MARKERS, SPOTS
from bulk2space.spots.assign import BlockAssigner
from bulk2space.spots.marker_space import marker_expression

log = logging.getLogger("rival_spots")

ASSIGNMENT = "linear_assignment"


def main() -> None:
    """Learn once, then write placed cells and compositions, or compositions alone, of every section."""
    options = parser(__doc__)
    options.add_argument("--method", choices=[*SCORERS, ASSIGNMENT, *COMPOSITIONS], required=True)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--sections", type=Path, nargs="+", required=True, help="<id>.section.h5ad")
    options.add_argument(
        "--quotas", type=Path, nargs="+", required=True, help="<id>.<method>.spots.csv of map_spots.py"
    )
    options.add_argument("--markers-per-type", type=int, default=100, help="best genes of each type to work on")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="folder to write to")
    args = options.parse_args()
    rng = seeds.generator(args.seed, "rival_spots", args.method)
    args.output.mkdir(parents=True, exist_ok=True)
    sections = {path.name.removesuffix(".section.h5ad"): read_h5ad(path) for path in args.sections}
    if args.method in COMPOSITIONS:
        estimate(args, sections, rng)
    else:
        place(args, sections, rng)


def estimate(args: Namespace, sections: dict[str, ad.AnnData], rng: np.random.Generator) -> None:
    """Write the compositions of every section by a method that places no cells."""
    reference, ranking = read_h5ad(args.reference), MARKERS.read(args.markers)
    for name, section in sections.items():
        began = time.monotonic()
        found = COMPOSITIONS[args.method](reference, section, ranking, rng, per_type=args.markers_per_type)
        table = found.rename_axis("spot").reset_index().melt("spot", var_name="cell_type", value_name="proportion")
        write(table, args, name, time.monotonic() - began)


def place(args: Namespace, sections: dict[str, ad.AnnData], rng: np.random.Generator) -> None:
    """Write placed cells and compositions of every section by a scorer or by linear assignment."""
    cells, reference = read_h5ad(args.cells), read_h5ad(args.reference)
    shared = shared_genes(reference, cells, *sections.values())
    genes = markers.select(MARKERS.read(args.markers), shared, per_type=args.markers_per_type)
    types = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    codes = np.searchsorted(types, cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    counts = all(has_counts(each) for each in (cells, *sections.values()))
    cell_side = marker_expression(cells, shared, genes, counts=counts)._replace(types=codes)

    began = time.monotonic()
    if args.method in SCORERS:
        scorer = SCORERS[args.method](threads=args.threads).fit(cell_side, rng, counts=counts)
    training = time.monotonic() - began
    for name, section in sections.items():
        began = time.monotonic()
        (path,) = (path for path in args.quotas if path.name.startswith(f"{name}."))
        table = SPOTS.read(path)
        quotas = table.pivot(index="spot", columns="cell_type", values="n_cells")
        quotas = quotas.loc[section.obs_names, types].to_numpy()
        spot_side = marker_expression(section, shared, genes, counts=counts)
        if args.method in SCORERS:
            placed = BlockAssigner().assign(scorer, spot_side, cell_side, quotas, rng)
        else:
            placed = linear_assignment.assign(spot_side, cell_side, quotas, rng)
            table = composition(placed.spot, codes[placed.cell], section.obs_names, types)
        seconds = training + time.monotonic() - began
        log.info("%s: %d cells placed in %.1f s, mean fit %.3f", name, len(placed.cell), seconds, placed.fit.mean())
        spatial = cells[placed.cell].copy()
        spatial.obs[Obs.SPOT] = section.obs_names[placed.spot]
        spatial.obs_names = [f"placed_{row}" for row in range(spatial.n_obs)]
        write_h5ad(spatial, args.output / f"{name}.{args.method}.spatial.h5ad")
        write(table, args, name, seconds)


def write(table: pd.DataFrame, args: Namespace, name: str, seconds: float) -> None:
    """Write the composition of a section."""
    table = table.assign(seconds=round(seconds, 2))
    table.to_csv(args.output / f"{name}.{args.method}.spots.csv", index=False, float_format="%.8g")


def composition(spot: np.ndarray, code: np.ndarray, spots: pd.Index, types: np.ndarray) -> pd.DataFrame:
    """Return the composition of placed cells, one row per spot and type.

    Parameters
    ----------
    spot, code
        Spot and type of each placed cell, (cells,), as positions in the next two.
    spots, types
        Their names.
    """
    numbers = np.zeros((len(spots), len(types)), dtype=int)
    np.add.at(numbers, (spot, code), 1)
    proportions = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    columns = {"proportion": proportions.ravel(), "n_cells": numbers.ravel()}
    return pd.DataFrame({"spot": np.repeat(spots, len(types)), "cell_type": np.tile(types, len(spots)), **columns})


if __name__ == "__main__":
    run(main)
