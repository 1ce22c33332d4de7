#!/usr/bin/env python3
"""Make the demo input out of the 700 annotated PBMCs that the scanpy package carries (Zheng et al. 2017).

One half of the cells is the reference. The other half, unseen by the method, becomes two bulk samples, a spot-based
section and an image-based section, whose true composition is written in the layout that `--truth` takes.

    python tools/make_demo.py assets/demo
"""

import argparse
import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

from bulk2space.inputs.unit.units import inverse, recover_counts

TYPES = {
    "CD4+/CD25 T Reg": "T cell",
    "CD8+ Cytotoxic T": "T cell",
    "CD8+/CD45RA+ Naive Cytotoxic": "T cell",
    "CD4+/CD45RO+ Memory": "T cell",
    "CD4+/CD45RA+/CD25- Naive T": "T cell",
    "CD14+ Monocyte": "CD14+ monocyte",
    "CD19+ B": "B cell",
    "CD56+ NK": "NK cell",
    "CD34+": "CD34+ progenitor",
    "Dendritic": "Dendritic cell",
}
# Shares of cells in the zones of the tissue: round follicles of B cells, a T zone around them, a sinus at the border.
ZONES = pd.DataFrame(
    {
        "follicle": {"B cell": 0.75, "T cell": 0.15, "Dendritic cell": 0.10},
        "T zone": {"T cell": 0.65, "NK cell": 0.10, "Dendritic cell": 0.20, "CD34+ progenitor": 0.05},
        "sinus": {"CD14+ monocyte": 0.60, "Dendritic cell": 0.25, "T cell": 0.10, "NK cell": 0.05},
    }
).fillna(0.0)
SPACING = 100.0  # micrometres between the centres of two spots
SPOT_DIAMETER = 55.0  # micrometres
CELLS_PER_SPOT = 10
BULK_CELLS = 2000
IMAGED_CELLS = 400
PANEL_GENES = 150


def annotated_counts() -> ad.AnnData:
    """Return the cells with integer counts and merged labels."""
    packaged = sc.datasets.pbmc68k_reduced()
    recovered = recover_counts(inverse(sp.csr_matrix(packaged.raw.X), np.e))
    if not recovered.is_exact:
        raise SystemExit(f"the packaged cells are not counts: largest deviation {recovered.largest:.2f}")
    labels = packaged.obs["bulk_labels"].astype(str).map(TYPES)
    cells = ad.AnnData(
        recovered.counts, obs=pd.DataFrame({"cell_type": labels}), var=pd.DataFrame(index=packaged.raw.var_names)
    )
    return cells[:, np.asarray(cells.X.sum(axis=0)).ravel() > 0].copy()


def split_halves(cells: ad.AnnData, rng: np.random.Generator) -> tuple[ad.AnnData, ad.AnnData]:
    """Split every cell type into two halves."""
    order = pd.Series(rng.permutation(cells.n_obs))
    rank_in_type = order.groupby(cells.obs["cell_type"].to_numpy()).rank(method="first").to_numpy()
    first = rank_in_type % 2 == 1
    return cells[first].copy(), cells[~first].copy()


def zone_of(places: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """Return the zone of each place (n × 2, micrometres) in a tissue of the given extent."""
    unit = places / extent
    centres = np.array([[0.3, 0.35], [0.7, 0.65]])
    to_follicle = np.linalg.norm((unit[:, None] - centres) * [1.0, extent[1] / extent[0]], axis=2).min(axis=1)
    to_border = np.minimum(unit, 1 - unit).min(axis=1)
    return np.where(to_follicle < 0.17, "follicle", np.where(to_border < 0.1, "sinus", "T zone"))


def draw_types(shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one type for each row of shares (n × types, types in the order of ``ZONES``)."""
    return np.asarray(ZONES.index)[(rng.random(len(shares))[:, None] > shares.cumsum(axis=1)).sum(axis=1)]


def draw_cells(types: np.ndarray, pool: ad.AnnData, rng: np.random.Generator) -> np.ndarray:
    """Draw one row of the pool for each wanted type, with replacement."""
    rows = np.empty(len(types), dtype=int)
    for cell_type in ZONES.index:
        wanted = types == cell_type
        rows[wanted] = rng.choice(np.flatnonzero(pool.obs["cell_type"] == cell_type), wanted.sum())
    return rows


def measure(counts: sp.csr_matrix, *, depth: float, gene_sigma: float, rng: np.random.Generator) -> sp.csr_matrix:
    """Measure counts on another platform: log-normal factors for the genes, then binomial thinning to ``depth``."""
    capture = np.clip(depth * rng.lognormal(0, gene_sigma, counts.shape[1]), 0, 1)
    counts = sp.coo_matrix(counts)
    seen = rng.binomial(counts.data.astype(int), capture[counts.col])
    return sp.csr_matrix((seen, (counts.row, counts.col)), shape=counts.shape, dtype=np.float32)


def summed(rows: np.ndarray, groups: np.ndarray, n_groups: int, pool: ad.AnnData) -> sp.csr_matrix:
    """Sum the pool's rows by group (groups × genes)."""
    members = sp.csr_matrix((np.ones(len(rows)), (groups, rows)), shape=(n_groups, pool.n_obs))
    return sp.csr_matrix(members @ pool.X)


def composition(types: np.ndarray, totals: np.ndarray, groups: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return true shares: cells and mRNA of each type in each group, long, every group × type."""
    cells = pd.DataFrame({"group": groups, "cell_type": types, "n_cells": 1, "rna": totals})
    table = cells.groupby(["group", "cell_type"])[["n_cells", "rna"]].sum()
    every = pd.MultiIndex.from_product([range(len(names)), sorted(ZONES.index)], names=["group", "cell_type"])
    table = table.reindex(every, fill_value=0).astype({"n_cells": int})
    sums = table.groupby("group").transform("sum").replace(0, 1)
    table["proportion"] = (table["n_cells"] / sums["n_cells"]).round(6)
    table["rna_fraction"] = (table["rna"] / sums["rna"]).round(6)
    table = table.reset_index()
    table.insert(0, "name", np.asarray(names)[table.pop("group")])
    return table.drop(columns="rna")


def write_bulk(sections: dict[str, np.ndarray], pool: ad.AnnData, folder: Path, rng: np.random.Generator) -> None:
    """Write two bulk samples, each of the mean composition of the zones of its section, and their truth."""
    columns = {}
    for sample, zones in sections.items():
        shares = ZONES[zones].to_numpy().mean(axis=1)
        types = draw_types(np.tile(shares, (BULK_CELLS, 1)), rng)
        rows = draw_cells(types, pool, rng)
        counts = summed(rows, np.zeros(BULK_CELLS, dtype=int), 1, pool)
        columns[sample] = measure(counts, depth=0.8, gene_sigma=0.2, rng=rng).toarray()[0].astype(int)
        totals = np.asarray(pool.X.sum(axis=1)).ravel()[rows]
        truth = composition(types, totals, np.zeros(BULK_CELLS, dtype=int), [sample])
        write_truth(truth.rename(columns={"name": "sample"}), folder, sample, "proportions")
    pd.DataFrame(columns, index=pd.Index(pool.var_names, name="gene")).to_csv(folder / "bulk.csv")


def write_spots(sample: str, places: np.ndarray, zones: np.ndarray, pool: ad.AnnData, folder: Path, rng) -> None:
    """Write the spot section: ten cells in each spot of the tissue, two spots beside it empty."""
    names = [f"spot_{number:03d}" for number in range(1, len(places) + 1)]
    filled = np.ones(len(places), dtype=bool)
    filled[[0, len(places) - 1]] = False
    spots = np.repeat(np.flatnonzero(filled), CELLS_PER_SPOT)
    shares = np.vstack([rng.dirichlet(ZONES[zone] * 8 + 1e-6) for zone in zones])
    types = draw_types(shares[spots], rng)
    rows = draw_cells(types, pool, rng)
    counts = measure(summed(rows, spots, len(places), pool), depth=0.5, gene_sigma=0.3, rng=rng)
    section = ad.AnnData(counts, obs=pd.DataFrame(index=names), var=pd.DataFrame(index=pool.var_names))
    section.obsm["spatial"] = places
    section.uns["spot_diameter"] = SPOT_DIAMETER
    section.uns["coordinate_unit"] = "µm"
    section.write_h5ad(folder / "spots.h5ad", compression="gzip")
    truth = composition(types, np.asarray(pool.X.sum(axis=1)).ravel()[rows], spots, names)
    truth = truth.rename(columns={"name": "spot"})
    where = pd.DataFrame(places, index=names, columns=["x", "y"])
    truth = truth.join(where, on="spot").assign(sample=sample)
    write_truth(truth, folder, sample, "spots")


def write_image(sample: str, extent: np.ndarray, pool: ad.AnnData, folder: Path, rng: np.random.Generator) -> None:
    """Write the image section: single cells in place, a panel of the most variable genes, tables as published."""
    places = rng.uniform(0, 1, (IMAGED_CELLS, 2)) * extent
    types = draw_types(ZONES[zone_of(places, extent)].to_numpy().T, rng)
    rows = draw_cells(types, pool, rng)
    log_values = pool.X.log1p().toarray()
    panel = np.sort(np.argsort(-log_values.var(axis=0), kind="stable")[:PANEL_GENES])
    counts = measure(pool.X[rows][:, panel], depth=0.4, gene_sigma=0.5, rng=rng)
    names = [f"cell_{number:03d}" for number in range(1, IMAGED_CELLS + 1)]
    genes = pd.Index(pool.var_names[panel], name="gene")
    pd.DataFrame(counts.toarray().T.astype(int), index=genes, columns=names).to_csv(folder / "image.csv")
    meta = pd.DataFrame({"Cell": names, "xcoord": places[:, 0].round(2), "ycoord": places[:, 1].round(2)})
    meta.iloc[rng.permutation(len(meta))].to_csv(folder / "image_meta.csv", index=False)
    write_truth(pd.DataFrame({"cell": names, "cell_type": types}), folder, sample, "image")


def write_truth(table: pd.DataFrame, folder: Path, sample: str, name: str) -> None:
    """Write one table of the truth folder, columns in the order of the pipeline's own tables."""
    order = ["cell", "sample", "spot", "x", "y", "cell_type", "proportion", "rna_fraction", "n_cells"]
    path = folder / "truth" / sample / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table[[column for column in order if column in table]].to_csv(path, index=False)


def main() -> None:
    """Write the whole demo into one folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)

    reference, pool = split_halves(annotated_counts(), rng)
    reference.write_h5ad(folder / "reference.h5ad", compression="gzip")

    row, column = (axis.ravel() for axis in np.mgrid[0:10, 0:10])
    lattice = np.column_stack([column + 0.5 * (row % 2), row * np.sqrt(3) / 2]) * SPACING
    places = (lattice + SPACING / 2).round(2)
    extent = places.max(axis=0) + SPACING / 2
    zones = zone_of(places, extent)

    write_spots("tissue_a", places, zones, pool, folder, rng)
    write_image("tissue_b", extent, pool, folder, rng)
    grid = np.column_stack([axis.ravel() for axis in np.mgrid[0:1:50j, 0:1:50j]]) * extent
    write_bulk({"tissue_a": zones, "tissue_b": zone_of(grid, extent)}, pool, folder, rng)

    pd.DataFrame(
        {
            "sample": ["tissue_a", "tissue_b"],
            "bulk": "bulk.csv",
            "bulk_column": ["tissue_a", "tissue_b"],
            "reference": "reference.h5ad",
            "reference_meta": "",
            "spatial": ["spots.h5ad", "image.csv"],
            "spatial_meta": ["", "image_meta.csv"],
            "platform": ["spot", "image"],
            "cells_per_spot": [CELLS_PER_SPOT, ""],
            "condition": ["spots", "imaged cells"],
        }
    ).to_csv(folder / "samplesheet.csv", index=False)


if __name__ == "__main__":
    main()
