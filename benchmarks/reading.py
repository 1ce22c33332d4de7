#!/usr/bin/env python3
"""Print how long the door takes to read a large reference, and how much memory.

A simulated reference of 30 000 genes × 20 000 cells is written once, as csv.gz and as 10x h5, and kept in the cache.
Each line of the table is a process of its own. The last lines set the pipeline's reader of tables beside pandas, on the
first genes of the same table, since the whole one would not fit into the memory of a laptop with pandas.
"""

import argparse
import gzip
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))

TYPES, GENES_AT_ONCE = 10, 500
MEAN, SHAPE = 0.25, 0.2  # of the genes' rates: a tenth of the values is not 0, as in a 10x run
SOME_GENES = 1500
GIB = 1024**3


def main() -> None:
    """Make what is missing, time each reader in a process of its own, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--genes", type=int, default=30_000)
    options.add_argument("--cells", type=int, default=20_000)
    options.add_argument("--cache", type=Path, default=ROOT / ".cache" / "bench-io")
    options.add_argument("--child", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    args = options.parse_args()
    folder = args.cache / f"{args.genes}x{args.cells}"
    if args.child:
        what, path = args.child
        simulate(Path(path), args.genes, args.cells) if what == "simulate" else timed(what, Path(path))
        return
    table, some, h5 = folder / "counts.csv.gz", folder / "some.csv.gz", folder / "counts.h5"
    size = ["--genes", str(args.genes), "--cells", str(args.cells)]
    if not h5.exists():  # in a process of its own, since a child's peak starts from its parent's
        print(f"Simulating {args.genes} genes × {args.cells} cells, once", flush=True)
        subprocess.run([sys.executable, __file__, *size, "--child", "simulate", folder], check=True)
    print(f"{args.genes} genes × {args.cells} cells, {os.cpu_count()} CPUs")
    print(f"{'what':<58}{'file, MB':>10}{'seconds':>10}{'peak, GiB':>11}")
    steps = [("reading the table", "table", table), ("reading and normalising it (NORMALIZE)", "door", table)]
    steps += [("reading the same counts as 10x h5", "h5", h5)]
    steps += [(f"the first {SOME_GENES} genes: our reader", "table", some), ("the same: pandas", "pandas", some)]
    seconds = {}
    for words, how, path in steps:
        said = subprocess.run(
            [sys.executable, __file__, "--child", how, path], capture_output=True, text=True, check=True
        ).stdout.split()
        seconds[how] = float(said[0])
        size = path.stat().st_size / 1e6
        print(f"{words:<58}{size:>10.0f}{seconds[how]:>10.1f}{int(said[1]) * 1024 / GIB:>11.2f}", flush=True)
    print(f"pandas takes {seconds['pandas'] / seconds['table']:.1f} times as long as our reader on the same table")


def timed(how: str, path: Path) -> None:
    """Read a file and print seconds and peak memory in KiB."""
    from bulk2space.inputs import door
    from bulk2space.inputs.formats import tables, tenx

    started = time.perf_counter()
    if how == "table":
        tables.read_numbers(path)
    elif how == "h5":
        tenx.read_h5(path)
    elif how == "door":
        door.reference(path, path.with_name("meta.csv"))
    else:
        import pandas as pd

        sp.csr_matrix(pd.read_csv(path, index_col=0).T.to_numpy(dtype=np.float32))
    print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def simulate(folder: Path, genes: int, cells: int) -> None:
    """Write counts as sparse as those of a 10x run, and a cell type for each cell."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    digits = np.array([str(number) for number in range(10_000)], dtype=object)
    names = [f"cell{number}" for number in range(cells)]
    blocks = []
    with (
        gzip.open(folder / "counts.csv.gz", "wt", compresslevel=1) as table,
        gzip.open(folder / "some.csv.gz", "wt", compresslevel=1) as some,
    ):
        for first in range(0, genes, GENES_AT_ONCE):
            number = min(GENES_AT_ONCE, genes - first)
            rates = rng.gamma(SHAPE, MEAN / SHAPE, (number, 1))
            values = np.minimum(rng.poisson(rng.gamma(0.5, rates / 0.5, (number, cells))), len(digits) - 1)
            blocks.append(sp.csr_matrix(values, dtype=np.int32))
            rows = [",".join([f"gene{first + row}", *digits[values[row]]]) for row in range(number)]
            for file in (table, some) if first < SOME_GENES else (table,):
                file.write((",".join(["gene", *names]) + "\n" if not first else "") + "\n".join(rows) + "\n")
    counts = sp.csc_matrix(sp.vstack(blocks))
    kinds = [f"type{number % TYPES}" for number in range(cells)]
    rows = "".join(f"{name},{kind}\n" for name, kind in zip(names, kinds, strict=True))
    (folder / "meta.csv").write_text("Cell,Cell_type\n" + rows)
    with h5py.File(folder / "counts.h5", "w") as file:
        matrix = file.create_group("matrix")
        for part in ("data", "indices", "indptr", "shape"):
            matrix.create_dataset(part, data=getattr(counts, part), compression=None if part == "shape" else "gzip")
        matrix.create_dataset("barcodes", data=np.array(names, dtype="S"))
        features = matrix.create_group("features")
        for part in ("id", "name"):
            features.create_dataset(part, data=np.array([f"gene{number}" for number in range(genes)], dtype="S"))
        features.create_dataset("feature_type", data=np.array(["Gene Expression"] * genes, dtype="S"))


if __name__ == "__main__":
    main()
