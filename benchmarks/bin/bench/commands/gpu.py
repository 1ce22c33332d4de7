"""Measure training and the fit of spots on a GPU and on the CPU of the same machine, and compare their results.

The pipeline's own scripts run as processes of their own. Without a GPU nothing is measured, and the page stays as it
is. Keeps gpu.csv and writes docs/benchmarks/gpu.md.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from bulk2space.composition.composition_file import read_fitted
from bulk2space.contract.device import CPU, GPU
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.tables import TRAINING

from ..cases import data_sets, large_section, resampled
from ..cases.large_section import CELLS_PER_BIN
from ..page import gpu as page
from ..runner.steps import Steps
from .common import as_they_come, keep, options, publish

THREADS = 8  # of the CPU: about what a task with much work gets on a cluster
BINS = (25_000, 100_000)
PUBLISHED_EPOCHS = 5


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    parser.add_argument("--bins", type=int, nargs="*", default=BINS, help="sizes of the section")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("ERROR: PyTorch sees no GPU on this machine, run the command where there is one")
    args.results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.results) as folder:
        rows = as_they_come(measured(data_sets.path(args.data), Path(folder), args.bins), args.results / "gpu.csv")
    publish(args.docs, "gpu", page.text(keep(rows, args.results / "gpu.csv")))


def measured(source: Path, folder: Path, bins: list[int]) -> Iterator[dict]:
    """Yield the rows of the table; each names the machine."""
    machine = {
        "GPU": torch.cuda.get_device_name(), "threads of the CPU": min(THREADS, os.cpu_count() or 1),
        "PyTorch": torch.__version__,
    }  # fmt: skip
    resampled.write(source, folder)
    steps = Steps(folder, seed=0, threads=machine["threads of the CPU"])
    steps.rank_markers()
    yield trained("all cells and genes, until it stops", steps) | machine
    yield trained(f"the published network, {PUBLISHED_EPOCHS} epochs", steps, "published", PUBLISHED_EPOCHS) | machine
    for size in bins:
        yield fitted(steps, size) | machine


def trained(what: str, steps: Steps, model: str = "counts", epochs: int | None = None) -> dict:
    """Train on both; the difference is that of the best held-out losses, relative to the CPU's."""
    seconds, losses = {}, {}
    for device in (GPU, CPU):
        used = steps.train(f"{device}.pt", model=model, epochs=epochs, device=device)
        history = TRAINING.read(steps.folder / "training.csv")
        column = "validation_loss" if history["validation_loss"].notna().any() else "train_loss"
        seconds[device], losses[device] = used.seconds, float(history[column].min())
        seconds[f"{device} epoch"] = float(history["seconds"].median())
    return {
        "step": page.TRAIN, "what": what, "GPU, s": seconds[GPU], "CPU, s": seconds[CPU],
        "epoch on the GPU, s": seconds[f"{GPU} epoch"], "epoch on the CPU, s": seconds[f"{CPU} epoch"],
        "difference": abs(losses[GPU] / losses[CPU] - 1),
    }  # fmt: skip


def fitted(steps: Steps, bins: int) -> dict:
    """Fit a simulated section on both; the difference is the largest one of a proportion of a spot."""
    matrix = large_section.write(read_h5ad(steps.folder / "reference.h5ad"), bins, steps.folder / str(bins))
    steps.normalize_section(matrix)
    seconds = {}
    for device in (GPU, CPU):
        used = steps.fit_spots(f"{device}.h5ad", bulk="bulk.h5ad", cells_per_spot=CELLS_PER_BIN, device=device)
        seconds[device] = used.seconds
    one, other = (read_fitted(steps.folder / f"{device}.h5ad").fit.proportion for device in (GPU, CPU))
    return {
        "step": page.FIT, "what": f"{bins:,} bins", "GPU, s": seconds[GPU], "CPU, s": seconds[CPU],
        "difference": float(np.abs(one - other).max()),
    }  # fmt: skip


if __name__ == "__main__":
    main()
