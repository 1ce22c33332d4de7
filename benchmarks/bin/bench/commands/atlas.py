"""Measure large references: what more cells of a type gain, and time and memory of reading an atlas and training.

The curve thins real references (half of their cells; the other half makes bulks and judges generated cells) and an
atlas that fits into memory, drawn from a real reference with noise. The costs are those of the scripts NORMALIZE and
TRAIN_VAE on simulated atlases, which are written to the folder of results and removed afterwards. Keeps atlas_*.csv
and writes docs/benchmarks/atlas.md.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
from bulk2space.contract.tables import TRAINING

from ..cases import atlas, bulks, data_sets
from ..cases.known_bulk import as_bulk, sums
from ..judges import thinned
from ..judges.likeness import choose_genes
from ..page import atlas as page
from ..runner.start import script
from .common import as_they_come, keep, options, publish

SETS = ("sc_pbmc3k_10x", "sc_mob_tepe")
"""Real references whose types have enough cells."""
LEVELS = (50, 200, 500, 1_000, 2_000)
"""Cells of a type that are tried, as far as a set has a type of more."""
SEEDS = 2  # of the choice of cells
THREADS = 2


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    parser = options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000], help="cells of the atlases")
    parser.add_argument("--cells", type=int, default=40_000, help="cells of the atlas whose curve is measured; 0: none")
    parser.add_argument("--only", choices=[*page.TABLES, "page"], help="measure this alone; other tables are kept")
    args = parser.parse_args()
    source, folder = data_sets.path(args.data), args.results / "atlas"
    measured = {
        "curve": (row for each in sets(args, source, folder) for row in curve(*each)),
        "generator": (row for each in sets(args, source, folder) for row in generator(*each)),
        "costs": costs(source, folder, args.sizes),
    }
    for name, rows in measured.items():
        if args.only in (None, name):
            keep(as_they_come(rows, table_of(args, name)), table_of(args, name), digits=4)
    publish(args.docs, "atlas", page.text(*(page.read(table_of(args, name)) for name in page.TABLES)))


def table_of(args: argparse.Namespace, name: str) -> Path:
    """Return the path of a table."""
    return args.results / f"atlas_{name}.csv"


def sets(args: argparse.Namespace, source: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield folder and name of each set; the atlas is made and removed."""
    for name in SETS:
        data_sets.path(args.data, name)
        yield args.data, name
    if args.cells:
        made = folder / f"atlas_of_{args.cells}.h5ad"
        atlas.write(source, made, args.cells)
        yield folder, made.stem
        made.unlink()


def levels(reference: ad.AnnData) -> list[int | None]:
    """Return the numbers of cells of a type that leave some cells out, and None for all cells."""
    largest = int(np.unique(bulks.labels_of(reference), return_counts=True)[1].max())
    return [*(level for level in LEVELS if level < largest), None]


def curve(data: Path, name: str) -> Iterator[dict]:
    """Yield markers' and proportions' rows, one per number of cells of a type and seed."""
    whole, held_out = bulks.halves(data, name, 0)
    samples, numbers = sums(held_out, name)
    bulk, truth = as_bulk(samples, whole), numbers / numbers.sum(axis=1, keepdims=True)
    of_all = thinned.found(whole, bulk)
    for most in levels(whole):
        parts = [thinned.thinned(whole, most, seed) for seed in range(SEEDS if most else 1)]
        found = [thinned.found(part, bulk) for part in parts] if most else [of_all]
        for seed, (part, own) in enumerate(zip(parts, found, strict=True)):
            row = {"set": name, "cells of a type": most or page.ALL, "seed": seed, "cells": part.n_obs}
            row |= thinned.error(own, truth) | thinned.between(own, of_all, page.FROM_ALL)
            yield row | thinned.between(own, found[seed - 1], page.BETWEEN)


def generator(data: Path, name: str) -> Iterator[dict]:
    """Yield one row of generated cells per number of cells of a type."""
    whole, held_out = bulks.halves(data, name, 0)
    genes = whole.var_names[choose_genes(whole)[0]]
    for most in levels(whole):
        part = thinned.thinned(whole, most, 0)
        row = {"set": name, "cells of a type": most or page.ALL, "cells": part.n_obs}
        yield row | thinned.generated(part, genes, held_out, 0)


def costs(source: Path, folder: Path, sizes: list[int]) -> Iterator[dict]:
    """Yield time and memory of reading an atlas of each size and of training on what is kept."""
    for size in sizes:
        made = folder / f"atlas_{size}.h5ad"
        atlas.write(source, made, size)
        read = script(
            "normalize", folder, "reference", id="atlas", matrix=made.name, output="reference.h5ad",
            findings="findings.json", library_threads=THREADS,
        )  # fmt: skip
        megabytes = made.stat().st_size / 1e6
        made.unlink()
        trained = script(
            "train_vae", folder, reference="reference.h5ad", output="vae.pt", history="training.csv",
            threads=THREADS, library_threads=THREADS,
        )  # fmt: skip
        yield {
            "cells": size,
            "file, MB": megabytes,
            **page.kept_of(folder / "findings.json"),
            "NORMALIZE, s": read.seconds,
            "processor, s": read.processor,
            "NORMALIZE, GiB": read.peak / 1024,
            "epochs": len(TRAINING.read(folder / "training.csv")),
            "TRAIN_VAE, s": trained.seconds,
            "its processor, s": trained.processor,
            "TRAIN_VAE, GiB": trained.peak / 1024,
            "within": "yes" if fits(read.seconds + trained.seconds, max(read.peak, trained.peak)) else "no",
        }


def fits(seconds: float, mib: float) -> bool:
    """Tell whether time and memory are within what a large reference may take."""
    return seconds <= 60 * page.MINUTES and mib <= 1024 * page.GIB


if __name__ == "__main__":
    main()
