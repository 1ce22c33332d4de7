#!/usr/bin/env python3
"""Print how long training and generating take, how that grows, and how long the published network takes.

Every line is the pipeline's own scripts in processes of their own, on two CPU threads. The published network's early
stopping would end it hours later: its seconds an epoch are measured on the same cells, the number of its epochs on a
small part of them, and the product is marked as extrapolated. The table is kept for docs/benchmarks.md.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks" / "bin")]

from bench import data_sets  # noqa: E402

THREADS = 2
GENERATED = 2600
SIZES = (1_000, 10_000, 100_000)
SCALE_EPOCHS = 3  # of each size: what is compared is the cost of one
SMALL = (300, 1000)  # cells and genes on which the published network runs until it stops by itself
MIB = 1024  # KiB


def main() -> None:
    """Take the folder of data from the command line; print each line as it is measured, and keep the table."""
    options = data_sets.options(__doc__)
    options.add_argument("--minutes", type=float, default=4, help="longest training of the published network")
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="cells of the references compared")
    options.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--cells", type=int, help=argparse.SUPPRESS)
    options.add_argument("--genes", type=int, help=argparse.SUPPRESS)
    args = options.parse_args()
    source = data_sets.path(args.data)
    if args.prepare:
        prepare(source, args.prepare, args.cells, args.genes)
        return
    table = Table(args.results)

    whole = made(source, args.results / "training" / "whole")
    ours = table.add("the default, all cells and genes", train(whole), generate(whole))
    published = train(whole, "--model", "published", "--minutes", args.minutes)
    table.add("the published network, cut by the limit", published)
    small = made(source, args.results / "training" / "small", *SMALL)
    alone = train(small, "--model", "published", "--minutes", args.minutes)
    table.add(f"the published network, {SMALL[0]} cells and {SMALL[1]} genes", alone)
    epochs, how = alone["epochs"], "its own stopping there" if alone["stopped"] else "the limit there"
    extrapolated = published["seconds_an_epoch"] * max(epochs, published["epochs"])
    table.add(
        f"the published network, all cells: extrapolated to {max(epochs, published['epochs'])} epochs, by {how}",
        {"seconds": extrapolated, "epochs": max(epochs, published["epochs"])},
    )
    table.note(f"times as long as the default takes to train ({how})", extrapolated / ours["training"])
    for size in args.sizes:
        folder = made(source, args.results / "training" / f"resampled-{size}", size)
        costs = train(folder, "--epochs", SCALE_EPOCHS), generate(folder, size)
        table.add(f"{size} reference cells, {SCALE_EPOCHS} epochs, as many generated", *costs)
    gpu(table, whole)
    table.write()


class Table:
    """Lines of measurements, printed as they come."""

    def __init__(self, results: Path):
        self.path, self.rows = results / "training.csv", []
        print(f"{'what':<84}{'epochs':>8}{'s/epoch':>10}{'train, s':>10}{'generate, s':>12}{'peak, MiB':>11}")

    def add(self, what: str, training: dict, generating: dict | None = None) -> dict:
        """Print and keep a line; return its figures."""
        row = {
            "what": what,
            "epochs": training.get("epochs"),
            "seconds an epoch": training.get("seconds_an_epoch"),
            "training, s": training["seconds"],
            "generating, s": generating["seconds"] if generating else None,
            "peak memory, MiB": max(
                (part["peak"] for part in (training, generating) if part and "peak" in part), default=None
            ),
        }
        self.rows.append(row)
        words = [
            f"{value:.2f}" if isinstance(value, float) else "–" if value is None else str(value)
            for value in list(row.values())[1:]
        ]
        print(
            f"{what:<84}" + "".join(f"{word:>{width}}" for word, width in zip(words, (8, 10, 10, 12, 11), strict=True)),
            flush=True,
        )
        return {"training": training["seconds"]}

    def note(self, what: str, value: float) -> None:
        """Print and keep a single figure."""
        self.rows.append({"what": f"{value:.0f} {what}"})
        print(f"{value:.0f} {what}", flush=True)

    def write(self) -> None:
        """Keep the lines as a table."""
        pd.DataFrame(self.rows).to_csv(self.path, index=False, float_format="%.4g")
        print(f"Kept in {self.path}")


def made(source: Path, folder: Path, cells: int | None = None, genes: int | None = None) -> Path:
    """Return a folder with reference.h5ad, bulk.h5ad and proportions.csv, made by a process of its own once."""
    if not (folder / "proportions.csv").exists():
        folder.mkdir(parents=True, exist_ok=True)
        size = [
            part for name, value in (("--cells", cells), ("--genes", genes)) if value for part in (name, str(value))
        ]
        subprocess.run([sys.executable, __file__, "--data", source.parent, "--prepare", folder, *size], check=True)
    return folder


def prepare(source: Path, folder: Path, cells: int | None, genes: int | None) -> None:
    """Write a reference as the pipeline normalises it, its sum as a bulk, and its shares of types.

    More cells than there are, or fewer, are drawn with replacement, their counts anew from a Poisson distribution.
    """
    import anndata as ad
    import scipy.sparse as sp
    from bulk2space.contract.io import write_h5ad
    from bulk2space.inputs import door
    from bulk2space.numerics.scaling import log_normalize

    reference = door.reference(source, None)
    rng = np.random.default_rng(0)
    if cells:
        if genes:
            totals = np.asarray(reference.layers["counts"].sum(axis=0)).ravel()
            reference = reference[:, np.sort(np.argsort(-totals)[:genes])]
        drawn = rng.choice(reference.n_obs, cells)
        counts = sp.csr_matrix(reference.layers["counts"], dtype=np.float32)[drawn]
        counts.data = rng.poisson(counts.data).astype(np.float32)
        counts.eliminate_zeros()
        obs = pd.DataFrame(
            {"cell_type": reference.obs["cell_type"].to_numpy()[drawn]}, index=[f"c{n}" for n in range(cells)]
        )
        reference = ad.AnnData(log_normalize(counts), obs=obs, var=reference.var[[]], layers={"counts": counts})
    write_h5ad(reference, folder / "reference.h5ad")
    total = sp.csr_matrix(np.asarray(reference.layers["counts"].sum(axis=0), dtype=np.float32))
    write_h5ad(ad.AnnData(total, obs=pd.DataFrame(index=["bulk"]), var=reference.var[[]]), folder / "bulk.h5ad")
    share = reference.obs["cell_type"].astype(str).value_counts(normalize=True).sort_index()
    table = pd.DataFrame({"sample": "bulk", "cell_type": share.index, "proportion": share.to_numpy()})
    for column in ("ci_low", "ci_high", "rna_fraction"):
        table[column] = table["proportion"]
    table.assign(residual=0.0).to_csv(folder / "proportions.csv", index=False)


def train(folder: Path, *options) -> dict:
    """Train on a folder's reference; return epochs, seconds an epoch and in all, peak memory in MiB."""
    from bulk2space.generator.configuration import PRESETS

    form = options[options.index("--model") + 1] if "--model" in options else "counts"
    name = "vae.pt" if form == "counts" else "published.pt"
    measured = run(
        "train_vae.py", "--reference", folder / "reference.h5ad", "--threads", THREADS, *options,
        "--output", folder / name, "--history", folder / "training.csv",
    )  # fmt: skip
    history, config = pd.read_csv(folder / "training.csv"), PRESETS[form]
    best = int(history["validation_loss" if config.held_out else "train_loss"].idxmin()) + 1
    return measured | {
        "epochs": len(history),
        "seconds_an_epoch": float(history["seconds"].median()),
        "stopped": len(history) - best >= config.patience,
    }


def generate(folder: Path, cells: int = GENERATED) -> dict:
    """Generate cells with a folder's network; return seconds and peak memory."""
    return run(
        "generate_cells.py", "--reference", folder / "reference.h5ad", "--bulk", folder / "bulk.h5ad",
        "--bulk-column", "bulk", "--proportions", folder / "proportions.csv", "--vae", folder / "vae.pt",
        "--sample", "sample", "--cells", cells, "--calibrate", "--threads", THREADS,
        "--output", folder / "cells.h5ad", "--table", folder / "table.csv",
    )  # fmt: skip


def run(script: str, *arguments) -> dict:
    """Run one of the pipeline's scripts; return its wall seconds and peak memory in MiB."""
    command = [sys.executable, ROOT / "bin" / script, *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": str(THREADS)}
    started = time.perf_counter()
    child = subprocess.Popen(list(map(str, command)), env=environment, stderr=subprocess.PIPE, text=True)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(said)
    return {"seconds": time.perf_counter() - started, "peak": usage.ru_maxrss / MIB}


def gpu(table: Table, folder: Path) -> None:
    """Add the same training on a GPU, where there is one."""
    import torch

    if not torch.cuda.is_available():
        print("No GPU on this machine: nothing measured on one.")
        return
    table.add(f"the default on {torch.cuda.get_device_name()}", train(folder, "--device", "gpu"))
    limit = ("--model", "published", "--device", "gpu", "--epochs", 20)
    table.add(f"the published network on {torch.cuda.get_device_name()}", train(folder, *limit))


if __name__ == "__main__":
    main()
