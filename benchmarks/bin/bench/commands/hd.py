"""Measure time and peak memory of the steps on a section of Visium HD, and how both grow with its bins.

A section of bins of two cells is simulated from a real reference and written as Space Ranger writes it. Then the
pipeline's own scripts run one after the other, each as a process of its own on two threads. Keeps hd.csv, in which a
size that is measured again replaces its rows, and writes docs/benchmarks/hd.md from all sizes in it.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import pandas as pd
from bulk2space.contract.io import read_h5ad
from bulk2space.inputs.sheet.plan import Options

from ..cases import data_sets, large_section, resampled
from ..cases.large_section import CELLS_PER_BIN
from ..page import hd as page
from ..runner.start import Ended
from ..runner.steps import Steps
from .common import keep, options, publish

SIZES = (25_000, 50_000, 100_000, 400_000)  # bins
THREADS, EPOCHS = 2, 2  # the network's quality has no part in time and memory
SHARED = ("reference.h5ad", "bulk.h5ad", "estimates.csv", "markers.csv", "vae.pt", "training.csv")


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    parser = options(__doc__)
    parser.add_argument("--bins", type=int, nargs="+", default=SIZES, help="sizes of the section")
    args = parser.parse_args()
    kept = args.results / "hd.csv"
    args.results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.results) as name:
        prepare(data_sets.path(args.data), Path(name))
        for bins in args.bins:
            with tempfile.TemporaryDirectory(dir=name) as folder:
                rows = pd.DataFrame(measured(Path(name), Path(folder), bins))
            before = pd.read_csv(kept) if kept.exists() else pd.DataFrame({"bins": []})
            table = pd.concat([before[before["bins"] != bins], rows]).sort_values("bins", kind="stable")
            publish(args.docs, "hd", page.text(keep(table, kept)))


def prepare(source: Path, folder: Path) -> None:
    """Write what all sections share: reference, its sum as a bulk, proportions, markers and a network."""
    resampled.write(source, folder)
    steps = Steps(folder, seed=0, threads=THREADS)
    steps.rank_markers()
    steps.train(epochs=EPOCHS)


def measured(shared: Path, folder: Path, bins: int) -> list[dict]:
    """Run the steps on a section of some bins; return a row for each."""
    for name in SHARED:
        (folder / name).symlink_to(shared / name)
    reference: ad.AnnData = read_h5ad(folder / "reference.h5ad")
    outs = large_section.write(reference, bins, folder)
    steps = Steps(folder, seed=0, threads=THREADS)
    pool = min(max(reference.n_obs, bins * CELLS_PER_BIN), Options.max_cells)
    del reference
    runs: dict[str, Callable[[], Ended]] = {
        "NORMALIZE": lambda: steps.normalize_section(outs),
        "GENERATE_CELLS": lambda: steps.generate(resampled.SAMPLE, pool),
        "JUDGE_FIT": steps.judge,
        "FIT_SPOTS": lambda: steps.fit_spots(cells_per_spot=CELLS_PER_BIN),
        "MAP_SPOTS": lambda: steps.place("placed", expected="spots.h5ad"),
        "PLOT_SAMPLE": lambda: steps.plot("placed"),
    }
    rows = []
    for name, run in runs.items():
        load = os.getloadavg()[0]
        used = run()
        row = {"bins": bins, "step": name, "seconds": used.seconds, "CPU seconds": used.processor}
        row |= {"peak memory, GB": used.peak * 2**20 / 1e9, "load before": load}
        rows.append(row)
        print(row, flush=True)
    return rows


if __name__ == "__main__":
    main()
