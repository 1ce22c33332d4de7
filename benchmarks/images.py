#!/usr/bin/env python3
"""Print how well the ways of mapping onto imaged cells predict genes that were not measured, and cell types.

Halves of a section with many genes: one half, with all genes, stands for the generated cells; of the other half some
genes are measured, the others predicted. Pearson correlation of each gene over the imaged cells, and the share of cells
whose type the vote finds. Where a section has few genes, or another reference, the genes are left out in five parts.
With ``--scale``: time and peak memory of the step itself on simulated data of a large section, and of the search.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks" / "bin")]

from bench import data_sets  # noqa: E402
from bulk2space.images.mappers import MAPPERS  # noqa: E402
from bulk2space.images.neighbors import nearest  # noqa: E402
from bulk2space.images.states import states  # noqa: E402
from bulk2space.images.validate import FIVE_FOLD, correlations, folds  # noqa: E402
from bulk2space.images.vote import vote  # noqa: E402
from bulk2space.numerics.scaling import log_normalize  # noqa: E402

SECTION, PANEL = "img_starmap_v1_1020", 150
PAIR = "sc_hypothalamus_ref_merfishgenes", "img_merfish_hypothalamus_rctd"
JUDGED = "img_osmfish_ssctx"
SEEDS = range(5)
SIGMA, DEPTH = 0.7, 0.3  # of the distorted reference: log-normal factors of genes, and the part of molecules kept
SCALE = {"imaged cells": 100_000, "generated cells": 10_000, "genes": 15_000, "genes of the panel": 300}
EXPRESSED = 0.1  # share of a cell's genes that are not zero
CASES = ("halves", "distorted", "unequal")


class Task(NamedTuple):
    """What a mapper is given, and what it is judged by.

    Attributes
    ----------
    cells
        Counts of the reference, cells × genes.
    types
        Their types, (cells,).
    section
        Counts of the section, imaged cells × genes.
    truth
        Types of the imaged cells, (imaged cells,); None where unknown.
    measured
        Columns that are measured; the others are predicted, or those of ``predicted``.
    predicted
        Columns to predict.
    """

    cells: np.ndarray
    types: np.ndarray
    section: np.ndarray
    truth: np.ndarray | None
    measured: np.ndarray
    predicted: np.ndarray


def by_mapper(name: str) -> Callable[[Task, np.random.Generator], sp.csr_matrix]:
    """Return a function from a task to the neighbours' weights by one of the pipeline's mappers."""

    def neighbors(task: Task, rng: np.random.Generator) -> sp.csr_matrix:
        cells = log_normalize(task.cells)
        panel = log_normalize(task.section[:, task.measured])
        return MAPPERS[name]().fit(cells[:, task.measured], panel, states(cells, task.types)).neighbors_

    return neighbors


def shuffled(task: Task, rng: np.random.Generator) -> sp.csr_matrix:
    """Return the default's neighbours, dealt out to the imaged cells at random."""
    return by_mapper("neighbors")(task, rng)[rng.permutation(len(task.section))]


def mean_of_all(task: Task, rng: np.random.Generator) -> sp.csr_matrix:
    """Return equal weights of all cells."""
    return sp.csr_matrix(np.full((len(task.section), len(task.cells)), 1 / len(task.cells)))


WAYS = {
    "default": by_mapper("neighbors"),
    "published": by_mapper("combat"),
    "shuffled neighbours": shuffled,
    "mean of all": mean_of_all,
}


@cache
def read(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Return counts, dense, and types where there are any."""
    adata = ad.read_h5ad(data_sets.path(path.parent, path.name))
    types = adata.obs["cell_type"].to_numpy(dtype=str) if "cell_type" in adata.obs else None
    return sp.csr_matrix(adata.X).toarray(), types


def halves(path: Path, seed: int, case: str) -> Task:
    """Split a section: reference with all genes, section with a random panel.

    Parameters
    ----------
    path
        A section with many genes and types.
    seed
        Of the split and whatever the case draws.
    case
        ``halves`` as they are; ``distorted``: the reference's genes are multiplied by log-normal factors and thinned;
        ``unequal``: of each type another part of the reference's cells is there.
    """
    counts, types = read(path)
    rng = np.random.default_rng(seed)
    first, second = np.array_split(rng.permutation(len(counts)), 2)
    measured = np.sort(rng.permutation(counts.shape[1])[:PANEL])
    if case == "unequal":
        names, codes = np.unique(types, return_inverse=True)
        first = first[rng.random(len(first)) < rng.uniform(0.1, 1, len(names))[codes[first]]]
    cells = counts[first]
    if case == "distorted":
        factors = np.exp(rng.normal(0, SIGMA, counts.shape[1]))
        cells = rng.binomial(np.rint(cells * factors).astype(np.int64), DEPTH).astype(float)
    others = np.setdiff1d(np.arange(counts.shape[1]), measured)
    return Task(cells, types[first], counts[second], types[second], measured, others)


def left_out(
    cells: np.ndarray, types: np.ndarray, section: np.ndarray, truth: np.ndarray | None, seed: int
) -> Iterator[Task]:
    """Leave the genes out in five parts."""
    genes = np.arange(cells.shape[1])
    for part in folds(list(genes), FIVE_FOLD, np.random.default_rng(seed)):
        yield Task(cells, types, section, truth, np.setdiff1d(genes, part), np.array(part))


def shared_columns(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
    """Return counts and types of the pair's reference and counts of its section, in the genes that both have."""
    names = [ad.read_h5ad(data / f"{name}.h5ad", backed="r").var_names for name in PAIR]
    genes = names[0].intersection(names[1])
    (cells, types), (section, _) = (read(data / f"{name}.h5ad") for name in PAIR)
    return cells[:, names[0].get_indexer(genes)], types, section[:, names[1].get_indexer(genes)], None


def judge(tasks: list[Task], way: str, seed: int) -> dict[str, float]:
    """Return mean and median correlation over the predicted genes of all tasks, and the mean accuracy of types."""
    found, right = [], []
    for task in tasks:
        neighbors = WAYS[way](task, np.random.default_rng(seed))
        predicted = neighbors @ log_normalize(task.cells)[:, task.predicted].toarray()
        found.append(correlations(predicted, log_normalize(task.section)[:, task.predicted].toarray()))
        if task.truth is not None:
            right.append((vote(neighbors, task.types).cell_type == task.truth).mean())
    pcc = np.concatenate(found)
    return {"mean PCC": pcc.mean(), "median PCC": np.median(pcc), "accuracy": np.mean(right) if right else np.nan}


def tasks_of(data: Path, *, judging: bool) -> Iterator[tuple[str, int, list[Task]]]:
    """Yield name, seed and tasks of each set."""
    for case in CASES:
        for seed in SEEDS:
            yield f"{SECTION}, {case}", seed, [halves(data / f"{SECTION}.h5ad", seed, case)]
    pair = shared_columns(data)
    for seed in SEEDS:
        yield f"{PAIR[1]}, five-fold", seed, list(left_out(*pair, seed))
    if judging:
        counts, types = read(data / f"{JUDGED}.h5ad")
        for seed in SEEDS:
            one, other = np.array_split(np.random.default_rng(seed).permutation(len(counts)), 2)
            yield (
                f"{JUDGED}, five-fold",
                seed,
                list(left_out(counts[one], types[one], counts[other], types[other], seed)),
            )


def main() -> None:
    """Take the folder of data from the command line; print the table, and keep it."""
    options = data_sets.options(__doc__)
    options.add_argument("--judge", action="store_true", help="the set kept for judging, too")
    options.add_argument("--scale", action="store_true", help="measure time and memory instead")
    options.add_argument("--simulate", type=Path, help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.simulate:
        simulate(args.simulate)
        return
    args.results.mkdir(parents=True, exist_ok=True)
    if args.scale:
        scale()
        return
    for name in (SECTION, *PAIR, *([JUDGED] if args.judge else [])):
        read(args.data / f"{name}.h5ad")
    rows = [
        {"set": name, "seed": seed, "way": way} | judge(tasks, way, seed)
        for name, seed, tasks in tasks_of(args.data, judging=args.judge)
        for way in WAYS
    ]
    table = pd.DataFrame(rows)
    table.to_csv(args.results / "images.csv", index=False, float_format="%.4f")
    print(f"{'set':<48}{'way':<22}{'mean PCC':>10}{'median PCC':>12}{'accuracy':>10}{'above published':>17}")
    wanted = ["mean PCC", "median PCC", "accuracy"]
    for (name, way), part in table.groupby(["set", "way"], sort=False):
        published = table[(table["set"] == name) & (table["way"] == "published")]
        above = (part[wanted].to_numpy() > published[wanted].to_numpy()) | part[wanted].isna().to_numpy()
        mean = part[wanted].mean()
        accuracy = "–" if np.isnan(mean["accuracy"]) else f"{mean['accuracy']:.3f}"
        seeds = f"{above.all(axis=1).sum()} of {len(part)} seeds"
        print(f"{name:<48}{way:<22}{mean['mean PCC']:>10.3f}{mean['median PCC']:>12.3f}{accuracy:>10}{seeds:>17}")
    print(f"Kept in {args.results / 'images.csv'}")


def simulate(folder: Path) -> None:
    """Write generated cells of ten types and a section, as sparse as those of a 10x run."""
    from bulk2space.contract.io import write_h5ad

    rng = np.random.default_rng(0)
    imaged, generated, n_genes, panel = SCALE.values()
    genes = [f"gene{number}" for number in range(n_genes)]
    rates = rng.gamma(EXPRESSED, 1, (10, n_genes)).astype(np.float32)
    measured = np.argsort(-rates.sum(axis=0))[:panel]

    def drawn(types: np.ndarray, columns: np.ndarray | slice) -> sp.csr_matrix:
        parts = [
            sp.csr_matrix(rng.poisson(rates[part][:, columns]).astype(np.float32))
            for part in np.array_split(types, -(-len(types) // 1_000))
        ]
        return sp.csr_matrix(sp.vstack(parts, format="csr"))

    for name, number, columns in (("cells", generated, slice(None)), ("section", imaged, measured)):
        types = rng.integers(10, size=number)
        made = ad.AnnData(log_normalize(drawn(types, columns)))
        made.obs_names = [f"{name}{n}" for n in range(number)]
        made.var_names = np.array(genes)[columns]
        if name == "cells":
            made.obs["cell_type"] = pd.Categorical(types.astype(str))
        else:
            made.obsm["spatial"] = rng.random((number, 2))
        write_h5ad(made, folder / f"{name}.h5ad")


def scale() -> None:
    """Print time and peak memory of the step on a large section, and the seconds of an exact and another search."""
    print(", ".join(f"{number:,} {what}" for what, number in SCALE.items()))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, __file__, "--simulate", folder], check=True)
        cells = sp.csr_matrix(ad.read_h5ad(folder / "cells.h5ad").X)
        print(f"share of the cells' values that are not zero: {cells.nnz / np.prod(cells.shape):.2f}", flush=True)
        for assignment in ("neighbors", "one_to_one"):
            output = folder / "spatial.h5ad"
            command = [sys.executable, ROOT / "bin" / "map_cells.py", "--sample", "one", "--assignment", assignment]
            command += ["--cells", folder / "cells.h5ad", "--section", folder / "section.h5ad", "--output", output]
            started = time.perf_counter()
            child = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True)
            said = child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            if status:
                raise SystemExit(said)
            seconds, peak = time.perf_counter() - started, usage.ru_maxrss / 1024**2
            size = output.stat().st_size / 1e9
            print(f"map_cells.py, {assignment}: {seconds:.0f} s, peak {peak:.1f} GiB, file {size:.1f} GB", flush=True)
    rng = np.random.default_rng(0)
    coordinates = [rng.normal(size=(number, 40)).astype(np.float32) for number in list(SCALE.values())[1::-1]]
    started = time.perf_counter()
    exact = nearest(*coordinates, 50, np.zeros(len(coordinates[1]), dtype=bool))[1]
    print(f"exact search: {time.perf_counter() - started:.0f} s", flush=True)
    from pynndescent import NNDescent

    NNDescent(coordinates[0][:1000], n_neighbors=50).query(coordinates[1][:10], k=50)  # compiles what is timed below
    started = time.perf_counter()
    index = NNDescent(coordinates[0], n_neighbors=50, random_state=0)
    found = index.query(coordinates[1], k=50)[0]
    seconds = time.perf_counter() - started
    recall = np.mean([len(np.intersect1d(*pair)) / 50 for pair in zip(exact[:1000], found[:1000], strict=True)])
    print(f"NN-descent: {seconds:.0f} s, finds {recall:.0%} of the neighbours")


if __name__ == "__main__":
    main()
