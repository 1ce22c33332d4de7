#!/usr/bin/env python3
"""Place generated cells in the spots of a section: composition of each spot, scores, assignment, places."""

import argparse
import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import bulk_and_section, markers, smoothing, spots
from bulk2space.composition.bulk import METHODS
from bulk2space.composition.profile import reference_profile
from bulk2space.contract import nuclei, remarks, seeds, tables
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.expression import has_counts, shared_genes
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Obs, Obsm, Uns
from bulk2space.contract.mrna_content import read_mrna_content
from bulk2space.contract.problems import InputError
from bulk2space.numerics.scaling import totals
from bulk2space.numerics.shares import largest_remainder, rows_to_one
from bulk2space.spots import cells_per_spot, places
from bulk2space.spots.assign import BlockAssigner, Placement, spot_shares
from bulk2space.spots.marker_space import marker_expression
from bulk2space.spots.scorers import SCORERS

log = logging.getLogger("map_spots")

FEW_COUNTS = 30  # of a typical spot in marker genes: with fewer, fits are mostly noise, and noise above zero


def main() -> None:
    """Read cells, reference and section; write the placed cells and the table of compositions."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--proportions", type=Path, required=True, help="proportions.csv of the sample")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--markers-per-type", type=int, default=100, help="best genes of each type to work on")
    options.add_argument("--method", choices=METHODS, default="negative_binomial", help="how spots are fitted")
    options.add_argument(
        "--composition", choices=["section", "bulk", "both"], default="section", help="whose shares of types"
    )
    options.add_argument("--smoothing", type=float, default=0.0, help="weight of a spot's neighbours, 0 to 1")
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content (default: from counts)")
    options.add_argument("--cells-per-spot", type=int, default=10, help="cells of every spot, or of an average one")
    options.add_argument("--cells-by", choices=["number", "auto"], default="number", help="auto: by nuclei or counts")
    options.add_argument("--scorer", choices=list(SCORERS), default="deep_forest", help="how to score pairs")
    options.add_argument("--max-cell-reuse", type=int, default=10, help="how often a cell may be placed")
    options.add_argument("--spot-diameter", type=float, help="in coordinate units (default: from the section)")
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="spatial.h5ad")
    options.add_argument("--table", type=Path, required=True, help="spots.csv")
    args = options.parse_args()
    check(args)
    rng = seeds.generator(args.seed, "map_spots", args.sample)

    cells, reference, section = read_h5ad(args.cells), read_h5ad(args.reference), read_h5ad(args.section)
    ranking = tables.MARKERS.read(args.markers)
    shared = shared_genes(reference, cells, section)
    genes = markers.select(ranking, shared, per_type=args.markers_per_type)

    profile = reference_profile(reference, genes, mrna_content=read_mrna_content(args.mrna_content))
    types = profile.types
    codes = pd.Categorical(cells.obs[Obs.CELL_TYPE].astype(str), categories=types).codes
    if (codes < 0).any():
        unknown = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)[codes < 0][0]
        raise InputError(
            f"{args.cells.name}: cell type {unknown} is not in {args.reference.name}, give the reference of these cells"
        )
    size, by_counts = first_sizes(section, args)
    filled = size > 0
    fit = spots.of_spots(section, reference, profile, size, method=args.method)
    centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    smooth = smoothing.smoothed(fit.proportion, centres, filled, args.smoothing)
    share = spot_shares(smooth, types, codes, filled)
    if by_counts:  # anew, now that it is known how much mRNA the cells of each spot hold
        size = cells_per_spot.by_counts(section, filled, args.cells_per_spot, share @ profile.mrna_content)
    of_bulk = tables.PROPORTIONS.read(args.proportions).set_index("cell_type").reindex(types, fill_value=0.0)
    share, apart = to_bulk(share, size, of_bulk, types, args.composition)
    rna = rows_to_one(share * profile.mrna_content)
    quotas = largest_remainder(share, size)
    report_unplaced(share, size, quotas, types)

    counts = has_counts(cells) and has_counts(section)
    cell_side = marker_expression(cells, shared, genes, counts=counts)._replace(types=codes)
    spot_side = marker_expression(section[filled], shared, genes, counts=counts)  # empty spots would shift z-scores
    if counts and (typical := np.median(totals(spot_side.values))) < FEW_COUNTS:
        log.warning(
            "a spot has %.0f counts in marker genes (median), too few to trust its composition: rare types come out "
            "too large; bin neighbouring spots or read single ones with care",
            typical,
        )
    scorer = SCORERS[args.scorer](threads=args.threads).fit(cell_side, rng, counts=counts)
    placed = BlockAssigner(max_reuse=args.max_cell_reuse).assign(scorer, spot_side, cell_side, quotas[filled], rng)
    placed = placed._replace(spot=np.flatnonzero(filled)[placed.spot])

    diameter = args.spot_diameter or section.uns.get(Uns.SPOT_DIAMETER) or places.spot_diameter(centres)
    spatial = placed_cells(cells, section, placed)
    spatial.obsm[Obsm.SPATIAL] = places.scatter(centres[placed.spot], diameter=float(diameter), rng=rng)
    spatial.uns |= {Uns.SPOT_DIAMETER: float(diameter), Uns.PARAMETERS: parameters(args, len(genes))}
    spatial.uns[Uns.BULK_AND_SECTION] = {"distance": apart}
    spatial.uns[Uns.REMARKS] = remarks.dumps(collected(args.sample))
    write_h5ad(spatial, args.output)

    n_spots, n_types = quotas.shape
    table = {
        "sample": args.sample,
        "spot": np.repeat(section.obs_names, n_types),
        "x": np.repeat(centres[:, 0], n_types),
        "y": np.repeat(centres[:, 1], n_types),
        "cell_type": np.tile(types, n_spots),
        "proportion": share.ravel(),
        "rna_fraction": rna.ravel(),
        "n_cells": quotas.ravel(),
        "residual": np.repeat(fit.residual, n_types),
    }
    tables.SPOTS.write(pd.DataFrame(table), args.table)
    log.info("cells placed by type: %s", dict(zip(map(str, types), quotas.sum(axis=0).tolist(), strict=True)))
    log.info(
        "%d of %d spots are empty; %d cells placed, %d different ones, the busiest %d times; mean score %.3f",
        (~filled).sum(), n_spots, len(placed.cell), len(np.unique(placed.cell)),
        np.bincount(placed.cell).max(initial=0), placed.score.mean() if len(placed.score) else 0,
    )  # fmt: skip


def check(args: argparse.Namespace) -> None:
    """Refuse options out of range."""
    if args.cells_per_spot < 1:
        raise InputError(f"--cells-per-spot {args.cells_per_spot}: a spot holds at least one cell")
    if args.max_cell_reuse < 1:
        raise InputError(f"--max-cell-reuse {args.max_cell_reuse}: a cell is used at least once")
    if not 0 <= args.smoothing <= 1:
        raise InputError(f"--smoothing {args.smoothing:g}: the weight of a spot's neighbours lies between 0 and 1")
    if args.spot_diameter is not None and not args.spot_diameter > 0:
        raise InputError(f"--spot-diameter {args.spot_diameter}: a diameter is larger than zero")


def first_sizes(section: ad.AnnData, args: argparse.Namespace) -> tuple[np.ndarray, bool]:
    """Return the cells of each spot, (spots,), and whether they follow from its counts alone."""
    filled = totals(section.X) > 0
    if args.cells_by == "number":
        return cells_per_spot.fixed(filled, args.cells_per_spot), False
    try:
        counted = nuclei.nuclei(section.obs)
    except InputError as problem:
        raise InputError(f"{args.section.name}: {problem}") from None
    if counted is not None:
        return cells_per_spot.by_nuclei(counted, filled), False
    if not has_counts(section):
        raise InputError(f"{args.section.name}: {nuclei.NOTHING_TO_GO_BY}")
    return cells_per_spot.by_counts(section, filled, args.cells_per_spot), True


def to_bulk(
    share: np.ndarray, size: np.ndarray, of_bulk: pd.DataFrame, types: list[str], composition_of: str
) -> tuple[np.ndarray, float]:
    """Return the shares to place, rescaled to the bulk if asked for, and how far apart the two were.

    Parameters
    ----------
    share
        Of each spot, spots × types.
    size
        Cells of each spot, (spots,).
    of_bulk
        Table of the bulk's proportion, ci_low and ci_high, one row a type in the order of types.
    types
        Names of the types.
    composition_of
        ``section``, ``bulk`` or ``both``.
    """
    of_section = size @ share / max(size.sum(), 1)
    estimate = of_bulk["proportion"].to_numpy(dtype=float)
    apart = bulk_and_section.distance(of_section, estimate)
    log.info("bulk and section differ in %.3g of their cells' types", apart)
    if composition_of == "section":
        return share, apart
    target = estimate
    if composition_of == "both":
        low, high = of_bulk[["ci_low", "ci_high"]].to_numpy(dtype=float).T
        target = bulk_and_section.within(of_section, estimate, low, high)
    result = bulk_and_section.raked(share, size, target)
    if len(result.unreached):
        log.warning(
            "no spot shows %s, which the bulk has, or no cell of them was generated: the other types take their share "
            "(--composition section leaves the spots as they are)",
            ", ".join(types[code] for code in result.unreached),
        )
    removed = np.flatnonzero((of_section > 0) & (target == 0))
    if len(removed):
        log.warning(
            "the bulk has no %s, %.2g of the section's cells: they go to the other types (--composition section keeps "
            "them)",
            ", ".join(types[code] for code in removed), of_section[removed].sum(),
        )  # fmt: skip
    return result.shares, apart


def report_unplaced(share: np.ndarray, size: np.ndarray, quotas: np.ndarray, types: list[str]) -> None:
    """Warn of types of a cell or more in the section that come to a whole cell in no spot.

    Parameters
    ----------
    share, quotas
        Shares and whole cells, spots × types each.
    size
        Cells of each spot, (spots,).
    types
        Names of the types.
    """
    of_section = size @ share
    lost = np.flatnonzero((of_section >= 1) & (quotas.sum(axis=0) == 0))
    if len(lost):
        log.warning(
            "no spot holds a whole cell of %s, though their shares (spots.csv) come to %.0f cells over the section: "
            "raise --cells_per_spot or bin neighbouring spots to place them",
            ", ".join(types[code] for code in lost), of_section[lost].sum(),
        )  # fmt: skip


def placed_cells(cells: ad.AnnData, section: ad.AnnData, placed: Placement) -> ad.AnnData:
    """Return one row a placed cell, named `<spot>_<n>`, with the section's own metadata in `uns`."""
    spots = section.obs_names.to_numpy(dtype=str)[placed.spot]
    number = pd.Series(placed.spot).groupby(placed.spot).cumcount().to_numpy() + 1
    obs = pd.DataFrame(
        {
            "cell_type": cells.obs[Obs.CELL_TYPE].astype(str).to_numpy()[placed.cell],
            "spot": spots,
            "cell": cells.obs_names.to_numpy(dtype=str)[placed.cell],
            "source_cell": cells.obs[Obs.SOURCE_CELL].astype(str).to_numpy()[placed.cell],
            "score": placed.score,
            "margin": placed.margin,
        },
        index=np.char.add(np.char.add(spots, "_"), number.astype(str)),
    ).astype({"cell_type": "category", "spot": "category", "cell": "category", "source_cell": "category"})
    layers = {name: layer[placed.cell] for name, layer in cells.layers.items()}
    return ad.AnnData(cells.X[placed.cell], obs=obs, var=cells.var, layers=layers, uns=dict(section.uns))


def parameters(args: argparse.Namespace, n_genes: int) -> dict:
    """Return what the mapping was run with, for `uns`."""
    names = (
        "sample", "seed", "method", "composition", "smoothing", "scorer", "cells_by", "cells_per_spot",
        "max_cell_reuse", "markers_per_type",
    )  # fmt: skip
    return {name: getattr(args, name) for name in names} | {"n_marker_genes": n_genes}


if __name__ == "__main__":
    run(main)
