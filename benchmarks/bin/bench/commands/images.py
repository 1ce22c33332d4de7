"""Measure how well genes of imaged cells that were not measured, and their types, are predicted.

A section with many genes is cut into halves of its cells. One half with all genes is the reference. In the other half
some genes are measured and the others are predicted. Where a section has few genes, or a reference of its own, a fifth
of the genes is held out at a time. Each is done with the reference's own cells and with cells that the pipeline
generates from them. Keeps images.csv and writes docs/benchmarks/images.md.
With --sets or --without: the table goes to images_part.csv, and the page stays as it is.
With --scale: time and peak memory of the step on simulated data of a large section, and of the search for neighbours.
"""

import logging
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp
import torch
from bulk2space.images.neighbors import nearest

from ..cases import imaged, large_image
from ..cases.data_sets import path
from ..cases.imaged_generated import through_generator
from ..judges.images import MEAN, METRICS, judge
from ..page import images as page
from ..rivals.mappers import predictions
from ..runner.start import script
from .common import keep, options, publish

PROCESSES = 2  # settings that are measured at once
NEIGHBOURS, AXES = 50, 40  # of the search for neighbours
RECALLED = 1_000  # imaged cells by which NN-descent is judged
WARM_UP = 1_000, 10  # generated and imaged cells of a search that only compiles NN-descent


def main() -> None:
    """Read the options; print, keep and publish the table, or print the costs of a large section."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the set kept for judging")
    parser.add_argument("--sets", nargs="+", metavar="TEXT", help="only sets whose name contains one of these texts")
    parser.add_argument(
        "--without", choices=imaged.SINGLE, help="also measure the default without this mapper, and what it gains"
    )
    parser.add_argument("--scale", action="store_true", help="measure time and memory instead")
    args = parser.parse_args()
    if args.scale:
        scale()
        return
    wanted = imaged.named(imaged.settings(judging=args.judge), args.sets)
    if not wanted:
        raise SystemExit(f"ERROR: --sets: no set has {' or '.join(args.sets)} in its name")
    for name in imaged.data_sets(wanted):
        path(args.data, name)
    part = bool(args.sets or args.without)
    table = keep(measured(args.data, wanted, args.without), args.results / f"images{'_part' if part else ''}.csv")
    print(table.groupby(["set", "method"], sort=False)[METRICS].mean().to_string(float_format="{:.3f}".format))
    if args.without:
        print("\n" + page.gained(table, args.without))
    if not part:
        publish(args.docs, "images", page.text(table))


def measured(data: Path, settings: list[imaged.Setting], without: str | None) -> list[dict]:
    """Return the rows of all settings; each setting is printed when it is there."""
    found = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for number, rows in enumerate(pool.map(rows_of, repeat(data), settings, repeat(without)), start=1):
            values = "; ".join(f"{row['method']} {row[MEAN]:.3f}" for row in rows)
            print(f"{number} of {len(settings)}: {rows[0]['set']}, seed {rows[0]['seed']}: {values}", flush=True)
            found += rows
    return found


def rows_of(data: Path, setting: imaged.Setting, without: str | None) -> list[dict]:
    """Return one row per method of a setting."""
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    tasks = imaged.tasks(data, setting)
    if setting.generated:
        tasks = through_generator(tasks, setting.seed)
    found = [predictions(task, setting.seed, without=without) for task in tasks]
    about = {"set": setting.name, "role": setting.role, "seed": setting.seed}
    return [about | {"method": name} | judge(tasks, [one[name] for one in found]) for name in found[0]]


def scale() -> None:
    """Print time and peak memory of the step on a large section, and the seconds of an exact and another search."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large_image.write(folder)
        cells = sp.csr_matrix(ad.read_h5ad(folder / "cells.h5ad").X)
        print(f"values of the cells that are not zero: {cells.nnz / np.prod(cells.shape):.0%}", flush=True)
        for assignment in ("neighbors", "one_to_one"):
            used = script(
                "map_cells", folder, sample="one", assignment=assignment, cells="cells.h5ad", section="section.h5ad",
                reference="cells.h5ad", output="spatial.h5ad",
            )  # fmt: skip
            size = (folder / "spatial.h5ad").stat().st_size / 1e9
            costs = f"{used.seconds:.0f} s, peak {used.peak / 1024:.1f} GiB, file {size:.1f} GB"
            print(f"map_cells.py, {assignment}: {costs}", flush=True)
    search()


def search() -> None:
    """Print the seconds of the exact search for neighbours and of NN-descent."""
    from pynndescent import NNDescent

    rng = np.random.default_rng(0)
    generated, section = (
        rng.normal(size=(number, AXES)).astype(np.float32) for number in (large_image.GENERATED, large_image.IMAGED)
    )
    started = time.perf_counter()
    exact = nearest(generated, section, NEIGHBOURS, np.zeros(len(section), dtype=bool))[1]
    print(f"exact search: {time.perf_counter() - started:.0f} s", flush=True)
    NNDescent(generated[: WARM_UP[0]], n_neighbors=NEIGHBOURS).query(section[: WARM_UP[1]], k=NEIGHBOURS)
    started = time.perf_counter()
    index = NNDescent(generated, n_neighbors=NEIGHBOURS, random_state=0)
    found = index.query(section, k=NEIGHBOURS)[0]
    seconds = time.perf_counter() - started
    pairs = zip(exact[:RECALLED], found[:RECALLED], strict=True)
    recall = np.mean([len(np.intersect1d(*pair)) / NEIGHBOURS for pair in pairs])
    print(f"NN-descent: {seconds:.0f} s, finds {recall:.0%} of the neighbours")


if __name__ == "__main__":
    main()
