#!/usr/bin/env python3
"""Print how long placing cells in spots takes, how that grows, and what is lost against scoring every pair in full.

Sections and cells are simulated: cells of a reference drawn again with Poisson noise, spots as sums of ten of them.
First the step itself, in a process of its own on two threads. Then, on a small section, the default against scoring in
full as published: the cascade forest on spot, cell and difference of all markers, every cell for every spot, one call
a spot.
"""

import sys
import tempfile
import time
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("bin", "benchmarks", "benchmarks/bin")]

from bench import data_sets  # noqa: E402
from bulk2space.composition import markers  # noqa: E402
from bulk2space.contract.io import write_h5ad  # noqa: E402
from bulk2space.inputs import door  # noqa: E402
from bulk2space.numerics.scaling import log_normalize  # noqa: E402
from bulk2space.spots.assign import BlockAssigner  # noqa: E402
from bulk2space.spots.marker_space import Expression, marker_expression  # noqa: E402
from bulk2space.spots.pairs import Pairs  # noqa: E402
from bulk2space.spots.scorers import DeepForest, PublishedForest, Random  # noqa: E402
from spots import show, spot_correlations  # noqa: E402
from training import THREADS, run  # noqa: E402

SIZES = ((500, 2_600), (1_000, 10_000), (5_000, 10_000), (20_000, 10_000))  # spots and cells
GENES, MARKERS, CELLS = 3_000, 100, 10
SMALL = (60, 2_600)  # spots and cells of the comparison with scoring in full


def main() -> None:
    """Take the folder of data from the command line; print each line as it is measured, and keep the table."""
    args = data_sets.options(__doc__).parse_args()
    source = data_sets.path(args.data)
    args.results.mkdir(parents=True, exist_ok=True)
    reference, ranking = prepared(source)
    rows = [timed(reference, ranking, *size) for size in SIZES]
    show(rows, args.results / "mapping.csv")
    show(in_full(reference, ranking), args.results / "mapping_in_full.csv")


def prepared(source: Path) -> tuple[ad.AnnData, pd.DataFrame]:
    """Return a reference of its most expressed genes, and their ranking as markers."""
    reference = door.reference(source, None)
    totals = np.asarray(reference.layers["counts"].sum(axis=0)).ravel()
    reference = reference[:, np.sort(np.argsort(-totals)[:GENES])].copy()
    return reference, markers.rank(reference.X, reference.obs["cell_type"].to_numpy(str), list(reference.var_names))


def simulated(reference: ad.AnnData, spots: int, cells: int) -> tuple[ad.AnnData, ad.AnnData, np.ndarray]:
    """Return cells drawn again with Poisson noise, spots as sums of ten others, and each spot's cells of each type.

    Cells come from one half of the reference, spots from the other: no cell has its twin in a spot.
    """
    rng = np.random.default_rng(0)
    order = rng.permutation(reference.n_obs)
    halves = order[::2], order[1::2]
    types = np.unique(reference.obs["cell_type"].to_numpy(str))

    def drawn(number: int, half: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
        rows = rng.choice(half, number)
        counts = sp.csr_matrix(reference.layers["counts"], dtype=np.float32)[rows]
        counts.data = rng.poisson(counts.data).astype(np.float32)
        counts.eliminate_zeros()
        return counts, rows

    counts, rows = drawn(cells, halves[0])
    labels = reference.obs["cell_type"].to_numpy(str)
    generated = ad.AnnData(
        log_normalize(counts),
        obs=pd.DataFrame(
            {"cell_type": labels[rows], "source_cell": reference.obs_names[rows].astype(str)},
            index=[f"sample_{n}" for n in range(cells)],
        ),
        var=reference.var[[]],
        layers={"counts": counts},
    )
    members, chosen = drawn(spots * CELLS, halves[1])
    sums = sp.csr_matrix((np.ones(spots * CELLS, np.float32), np.arange(spots * CELLS), np.arange(spots + 1) * CELLS))
    counts = sp.csr_matrix(sums @ members, dtype=np.float32)
    side = int(np.ceil(np.sqrt(spots)))
    section = ad.AnnData(
        log_normalize(counts),
        obs=pd.DataFrame(index=[f"spot{n}" for n in range(spots)]),
        var=reference.var[[]],
        obsm={"spatial": np.column_stack(np.divmod(np.arange(spots), side)).astype(float)},
        layers={"counts": counts},
    )
    codes = np.searchsorted(types, labels[chosen]).reshape(spots, CELLS)
    return generated, section, np.array([np.bincount(row, minlength=len(types)) for row in codes])


def timed(reference: ad.AnnData, ranking: pd.DataFrame, spots: int, cells: int) -> dict:
    """Run the step on a simulated section; return its time and memory."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        generated, section, _ = simulated(reference, spots, cells)
        for name, adata in (("reference", reference), ("cells", generated), ("section", section)):
            write_h5ad(adata, folder / f"{name}.h5ad")
        ranking.to_csv(folder / "markers.csv", index=False)
        shares = reference.obs["cell_type"].value_counts(normalize=True)
        shares.rename_axis("cell_type").rename("proportion").to_csv(folder / "proportions.csv")
        found = run(
            "map_spots.py", "--cells", folder / "cells.h5ad", "--reference", folder / "reference.h5ad",
            "--section", folder / "section.h5ad", "--proportions", folder / "proportions.csv",
            "--markers", folder / "markers.csv", "--markers-per-type", MARKERS, "--cells-per-spot", CELLS,
            "--sample", "sample", "--threads", THREADS,
            "--output", folder / "spatial.h5ad", "--table", folder / "spots.csv",
        )  # fmt: skip
    return {"spots": spots, "cells": cells, "seconds": found["seconds"], "seconds a spot": found["seconds"] / spots,
            "peak memory, MiB": found["peak"]}  # fmt: skip


class InFull(PublishedForest):
    """The forest on all markers, one call for all cells of a spot."""

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the scores of the pairs, (pairs,)."""
        order = np.argsort(pairs.spot, kind="stable")
        ends = np.flatnonzero(np.diff(pairs.spot[order])) + 1
        scores = np.empty(len(order))
        for part in np.split(order, ends):
            scores[part] = super().score(spots, cells, Pairs(pairs.spot[part], pairs.cell[part]))
        return scores


class EveryPair(DeepForest):
    """The default's forest, for every cell and spot instead of a shortlist."""

    exhaustive = True


def in_full(reference: ad.AnnData, ranking: pd.DataFrame) -> list[dict]:
    """Place the cells of a small section by the default, by it without a shortlist, and by the forest in full."""
    generated, section, quotas = simulated(reference, *SMALL)
    shared = list(reference.var_names)
    genes = markers.select(ranking, shared, per_type=MARKERS)
    types = np.unique(reference.obs["cell_type"].to_numpy(str))
    codes = np.searchsorted(types, generated.obs["cell_type"].to_numpy(str))
    cells = marker_expression(generated, shared, genes, counts=True)._replace(types=codes)
    spots = marker_expression(section, shared, genes, counts=True)
    rest = [gene for gene in shared if gene not in set(genes)]
    rows, scorers, placements = [], {}, {}
    for name, scorer in (
        ("default", DeepForest),
        ("default, every pair", EveryPair),
        ("in full", InFull),
        ("random", Random),
    ):
        rng = np.random.default_rng(0)
        scorers[name] = scorer(threads=THREADS).fit(cells, rng)
        started = time.perf_counter()
        placed = placements[name] = BlockAssigner().assign(scorers[name], spots, cells, quotas, rng)
        seconds = time.perf_counter() - started
        result = generated[placed.cell].copy()
        result.obs["spot"] = section.obs_names[placed.spot].to_numpy()
        rows.append({"scored by": name, "seconds a spot": seconds / SMALL[0],
                     "PCC of a spot": float(spot_correlations(section, result, rest).mean())})  # fmt: skip
    for row in rows:
        placed = placements[row["scored by"]]
        for judge in ("default, every pair", "in full"):
            pairs = Pairs(placed.spot, placed.cell)
            own = placements[judge].score.sum()
            row[f"total score of '{judge}'"] = float(scorers[judge].score(spots, cells, pairs).sum() / own)
    return rows


if __name__ == "__main__":
    main()
