"""Measure how long placing cells in spots takes, how the time grows, and what is lost against scoring every pair.

Sections and cells are simulated. First the two steps, fit and placing, run as
processes of their own on two threads. Then, on a small
section, the default is compared with scoring in full as published: the cascade forest on spot, cell and difference of
all markers, for every cell and spot, with one call per spot. Keeps mapping.csv and mapping_in_full.csv and writes
docs/benchmarks/mapping.md.
"""

import tempfile
import time
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.contract.keys import Obs
from bulk2space.spots.assign import BlockAssigner
from bulk2space.spots.marker_space import marker_expression
from bulk2space.spots.pairs import Pairs
from bulk2space.spots.scorers import DeepForest, Random, Scorer

from ..cases import data_sets, growing_sections
from ..cases.growing_sections import CELLS_PER_SPOT
from ..judges.sections import spot_correlations
from ..page import mapping as page
from ..rivals.full_scoring import EveryPair, InFull
from ..runner.steps import Steps
from .common import keep, options, publish

SIZES = ((500, 2_600), (1_000, 10_000), (5_000, 10_000), (20_000, 10_000))  # spots and cells
SMALL = (60, 2_600)  # spots and cells of the comparison with scoring in full
MARKERS_PER_TYPE, THREADS = 100, 2
SCORERS: dict[str, type[Scorer]] = {
    "default": DeepForest, "default, every pair": EveryPair, "in full": InFull, "random": Random,
}  # fmt: skip
SCORING_JUDGES = ("default, every pair", "in full")


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    args = options(__doc__).parse_args()
    reference, ranking = growing_sections.prepared(data_sets.path(args.data))
    sizes = keep([timed(reference, ranking, *size) for size in SIZES], args.results / "mapping.csv")
    full = keep(in_full(reference, ranking, *SMALL), args.results / "mapping_in_full.csv")
    publish(args.docs, "mapping", page.text(sizes, full))


def timed(reference: ad.AnnData, ranking: pd.DataFrame, spots: int, cells: int) -> dict:
    """Run the step on a simulated section; return its time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        growing_sections.write(reference, ranking, spots, cells, Path(folder))
        steps = Steps(Path(folder), threads=THREADS)
        fitted = steps.fit_spots(markers_per_type=MARKERS_PER_TYPE, cells_per_spot=CELLS_PER_SPOT)
        placed = steps.place("mapped")
    seconds = fitted.seconds + placed.seconds
    return {
        "spots": spots, "cells": cells, "seconds": seconds, "seconds per spot": seconds / spots,
        "peak memory, MiB": max(fitted.peak, placed.peak),
    }  # fmt: skip


def in_full(reference: ad.AnnData, ranking: pd.DataFrame, n_spots: int, n_cells: int) -> list[dict]:
    """Place the cells of a section by the default, by it without a shortlist, and by the forest in full."""
    generated, section, quotas = growing_sections.simulated(reference, n_spots, n_cells)
    shared = list(reference.var_names)
    genes = markers.select(ranking, shared, per_type=MARKERS_PER_TYPE)
    rest = [gene for gene in shared if gene not in set(genes)]
    types = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(str))
    codes = np.searchsorted(types, generated.obs[Obs.CELL_TYPE].to_numpy(str))
    cells = marker_expression(generated, shared, genes, counts=True)._replace(types=codes)
    spots = marker_expression(section, shared, genes, counts=True)
    rows, scorers, placements = [], {}, {}
    for name, scorer in SCORERS.items():
        rng = np.random.default_rng(0)
        scorers[name] = scorer(threads=THREADS).fit(cells, rng)
        started = time.perf_counter()
        placed = placements[name] = BlockAssigner().assign(scorers[name], spots, cells, quotas, rng)
        seconds = time.perf_counter() - started
        result = generated[placed.cell].copy()
        result.obs[Obs.SPOT] = section.obs_names[placed.spot].to_numpy()
        correlation = float(spot_correlations(section, result, rest).mean())
        rows.append({"scored by": name, "seconds per spot": seconds / n_spots, "PCC of a spot": correlation})
    for row in rows:
        placed = placements[row["scored by"]]
        for judge in SCORING_JUDGES:
            pairs = Pairs(placed.spot, placed.cell)
            own = placements[judge].fit.sum()
            row[f"total score of '{judge}'"] = float(scorers[judge].score(spots, cells, pairs).sum() / own)
    return rows


if __name__ == "__main__":
    main()
