"""Measure time and peak memory of the steps on a section of Visium HD, and how both grow with its bins.

A section of bins of two cells is simulated from a real reference and written as Space Ranger writes it. Then the
pipeline's own scripts run one after the other, each as a process of its own on two threads. Where there is a GPU, the
spots are fitted on it, too. Keeps hd.csv, in which a size that is measured again replaces its rows, and writes
docs/benchmarks/hd.md from all sizes in it.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import torch
from bulk2space.composition.composition_file import read_fitted
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
ON_GPU = "gpu.composition.h5ad"
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
        page.FIT: lambda: steps.fit_spots(cells_per_spot=CELLS_PER_BIN),
        "MAP_SPOTS": lambda: steps.place("placed", expected="spots.h5ad"),
        "PLOT_SAMPLE": lambda: steps.plot("placed"),
    }
    if torch.cuda.is_available():
        on_gpu = f"{page.FIT_ON}{torch.cuda.get_device_name()}"
        runs[on_gpu] = lambda: steps.fit_spots(ON_GPU, cells_per_spot=CELLS_PER_BIN, device="gpu")
    else:
        print(page.NO_GPU, flush=True)
    rows = []
    for name, run in runs.items():
        load = os.getloadavg()[0]
        used = run()
        row = {"bins": bins, "step": name, "seconds": used.seconds, "CPU seconds": used.processor}
        row |= {"peak memory, GB": used.peak * 2**20 / 1e9, "load before": load}
        if name.startswith(page.FIT_ON):
            row[page.DIFFERENCE] = difference(folder / "composition.h5ad", folder / ON_GPU)
        rows.append(row)
        print(row, flush=True)
    return rows


def difference(one: Path, other: Path) -> float:
    """Return the largest difference of a spot's proportion between two fits."""
    fits = [read_fitted(path).fit.proportion for path in (one, other)]
    return float(np.abs(fits[0] - fits[1]).max())


if __name__ == "__main__":
    main()
