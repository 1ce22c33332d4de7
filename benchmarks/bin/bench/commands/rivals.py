"""Measure every method that the paper compares itself with on one small case, or say why it cannot be here.

The figures show that a row is there. They rank nothing: the case is small, the classifiers learn from few pseudo-spots
and the networks train on few cells. Methods in Python run in environments of their own (`make bench-tools`), programs
in R where R has their package. Keeps rivals.csv and writes docs/benchmarks/rivals.md.
"""

import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from bulk2space.composition import markers
from bulk2space.contract import seeds
from bulk2space.contract.expression import linear, shared_genes
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Obs
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.scaling import normalize_total
from bulk2space.spots.assign import BlockAssigner
from bulk2space.spots.placing import both_sides

from ..cases import small_case
from ..cases.sections import TRUE_CELLS
from ..cases.small_case import SmallCase
from ..judges import expression
from ..judges.spots import Judge
from ..page import rivals as page
from ..rivals import bmind, r_compositions
from ..rivals.classifiers import SCORERS
from ..rivals.compositions import COMPOSITIONS
from ..rivals.generators import RIVALS, Mixed
from ..runner.start import other_tool, r_script
from .common import as_they_come, keep, options, publish

PSEUDO_SPOTS, MARKERS = 40, 20  # of a classifier; of each type
SECONDS, CELLS = 1800, 200  # of training of a network, at most; generated cells of each type
SHARED = {"stereoscope": "scvi"}  # tools in the environment of another
MEAN, PLACED, COMPOSED = "pcc_mean", "pcc_expression", "pcc_whole"
Measured = tuple[str, float] | tuple[str, float, str]  # metric, its value, and a note on it


class AbsentError(Exception):
    """A method that cannot run here; the text says why."""


def main() -> None:
    """Measure all rows, print and keep the table, write the page."""
    parser = options(__doc__)
    parser.add_argument("--rows", nargs="+", default=[], help="measure these alone; others are as measured before")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore", message="Observation names are not unique")  # a cell can be placed twice
    path = args.results / "rivals.csv"
    before = others(path, args.rows) if args.rows else {}
    case = small_case.make(args.data.resolve())
    measured = rows(case, args.results.resolve() / "tools", before)
    table = keep(list(measured) if before else as_they_come(measured, path), path, digits=4)
    publish(args.docs, "rivals", page.text(table))


def others(path: Path, names: list[str]) -> dict[str, dict]:
    """Return the rows of an earlier table that are not among these names, by their own."""
    found = {row["row"]: row for row in pd.read_csv(path).to_dict("records")} if path.exists() else {}
    unknown = [name for name in names if name not in found]
    if unknown:
        raise SystemExit(f"ERROR: --rows: {path} has no row {unknown[0]}, measure all rows without --rows first")
    return {name: row for name, row in found.items() if name not in names}


def rows(case: SmallCase, tools: Path, before: dict[str, dict]) -> Iterator[dict]:
    """Yield one row per method: what it reaches on the case, or why it is not there, unless it was measured before."""
    for step, method, what, measure in methods(case, tools):
        if method in before:
            yield before[method]
            continue
        named, began = {"step": step, "row": method, "what it is": what}, time.monotonic()
        try:
            metric, value, *note = measure()
        except AbsentError as reason:
            yield named | {"state": page.IMPOSSIBLE, "because": str(reason)}
        else:
            took = {"seconds": round(time.monotonic() - began, 1)}
            because = {"because": note[0]} if note else {}
            yield named | {"state": page.MEASURED} | because | {"metric": page.METRICS[metric], "value": value} | took


def methods(case: SmallCase, tools: Path) -> Iterator[tuple[int, str, str, Callable[[], Measured]]]:
    """Yield step, name, kind and measurement of each method, in the paper's order."""
    for method, name in (("gan", "GAN"), ("cgan", "CGAN")):
        yield 1, name, "own network, after the paper's description", partial(of_generator, case, method)
    yield 1, "bMIND (R)", "R package MIND", partial(of_bmind, case)
    yield 1, "bMIND (own: normal model, posterior mean)", "own code", partial(of_generator, case, "bmind")
    for method, name in page.CLASSIFIERS.items():
        yield 2, name, page.OF_CLASSIFIERS[method], partial(of_scorer, case, method)
    judge = Judge(case.truth, case.reference, case.ranking)
    yield 2, "RCTD", "rctd-py from PyPI, likelihood integrated here", partial(of_tool, case, judge, "rctd", tools)
    yield 2, "spatialDWLS (R)", "R package Giotto", partial(of_r, case, judge, "Giotto")
    own = "spatialDWLS (own: enrichment, then dampened weighted least squares)"
    yield 2, own, "own code", partial(of_composition, case, judge, "spatialdwls")
    yield 2, "stereoscope", "scvi-tools from PyPI", partial(of_tool, case, judge, "stereoscope", tools)
    yield 2, "SPOTlight (R)", "R package SPOTlight", partial(of_r, case, judge, "SPOTlight")
    own = "SPOTlight (own implementation: seeded NMF + NNLS)"
    yield 2, own, "own code", partial(of_composition, case, judge, "spotlight")


def of_generator(case: SmallCase, method: str) -> Measured:
    """Return the mean PCC over types of a rival for step 1, and for how many epochs its network was trained.

    A network that its own rule did not end is no row: a limit of time leaves it untrained where the machine is busy.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the grid: in networks so small, threads wait for each other
    rival = RIVALS[method]().fit(case.reference, Mixed(case.bulk, case.estimates), seconds=SECONDS, seed=0)
    torch.set_num_threads(threads)
    if rival.cut:
        raise AbsentError(f"its training was not over after {SECONDS // 60} minutes")
    (sample,) = case.bulk.obs_names
    wanted = dict.fromkeys(sorted(set(case.reference.obs[Obs.CELL_TYPE].astype(str))), CELLS)
    cells = rival.cells(sample, wanted, np.random.default_rng(0))
    measured = of_means(case, type_means(cells.X, cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)))
    note = f"the paper's rule ended training, not before epoch {rival.epochs}"
    return (*measured, note) if rival.epochs else measured


def of_bmind(case: SmallCase) -> Measured:
    """Return the same of the R package."""
    if not r_script(*bmind.ASK):
        raise AbsentError(page.NO_PACKAGE.format(package="MIND"))
    types, means = type_means(linear(case.reference), case.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    fraction = case.estimates.pivot(index="sample", columns="cell_type", values="rna_fraction")[types].to_numpy()
    try:
        logs = bmind.expression(normalize_total(case.bulk.X).toarray(), fraction, means, r_script)[:, 0]
    except SystemExit as reason:
        raise AbsentError("the R package MIND ends with an error on a single bulk") from reason
    return of_means(case, (types, np.log1p((2.0**logs - 1) / bmind.PER_MILLION)))


def of_means(case: SmallCase, found: tuple[list[str], np.ndarray]) -> tuple[str, float]:
    """Compare mean log expression by type, names and types × genes, with held-out cells."""
    types, true = type_means(case.held_out.X, case.held_out.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    means = pd.DataFrame(found[1], found[0]).loc[types].to_numpy()
    return MEAN, float(np.mean([expression.pcc(*pair) for pair in zip(means, true, strict=True)]))


def of_scorer(case: SmallCase, method: str) -> Measured:
    """Return the PCC of the spots' expression if a classifier places reference cells into the true composition."""
    ranking, rng = case.ranking[case.ranking["rank"] <= MARKERS], seeds.generator(0, "rivals", method)
    judge = Judge(case.truth, case.reference, ranking)  # on the genes that the classifiers do not see
    shared = shared_genes(case.reference, case.section)
    types = np.unique(case.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    codes = np.searchsorted(types, case.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    sides = both_sides(case.reference, codes, case.section, shared, markers.select(ranking, shared, per_type=MARKERS))
    scorer = SCORERS[method](pseudo_spots=PSEUDO_SPOTS).fit(sides.cells, rng, counts=sides.counts)
    numbers = case.truth.obsm[TRUE_CELLS].reindex(columns=types, fill_value=0)
    placed = BlockAssigner().assign(scorer, sides.spots, sides.cells, numbers.to_numpy(), rng)
    cells = case.reference[placed.cell].copy()
    cells.obs[Obs.SPOT] = case.section.obs_names[placed.spot]
    cells.obs_names_make_unique()
    return judged(judge, numbers.div(numbers.sum(axis=1), axis=0), PLACED, cells)


def of_composition(case: SmallCase, judge: Judge, method: str) -> Measured:
    """Return the PCC of the composition by a program in own code."""
    rng = seeds.generator(0, "rivals", method)
    found = COMPOSITIONS[method](case.reference, case.section, case.ranking, rng, per_type=100)
    return judged(judge, found, COMPOSED)


def of_r(case: SmallCase, judge: Judge, package: str) -> Measured:
    """Return the PCC of the composition by a package of R."""
    if not r_script("-e", f"library({package})"):
        raise AbsentError(page.NO_PACKAGE.format(package=package))
    try:
        found = r_compositions.composition(package, case.reference, case.section, case.ranking, r_script)
    except RuntimeError as reason:
        raise AbsentError(str(reason)) from reason
    return judged(judge, found, COMPOSED)


def of_tool(case: SmallCase, judge: Judge, tool: str, tools: Path) -> Measured:
    """Return the PCC of the composition by a tool of other authors in its own environment."""
    python = tools / tool / "bin" / "python"
    if not python.exists():
        raise AbsentError(f"its package is not installed (`make bench-tools tools={SHARED.get(tool, tool)}`)")
    with tempfile.TemporaryDirectory() as name:
        reference, section, output = (Path(name, file) for file in ("reference.h5ad", "section.h5ad", "found.csv"))
        write_h5ad(case.reference, reference)
        write_h5ad(case.section, section)
        try:
            other_tool(python, tool=tool, reference=reference, section=section, output=output)
        except SystemExit as reason:
            raise AbsentError(f"it ends with an error: {str(reason).strip().splitlines()[-1]}") from reason
        found = pd.read_csv(output).pivot(index="spot", columns="cell_type", values="proportion")
    return judged(judge, found, COMPOSED)


def judged(judge: Judge, proportions: pd.DataFrame, metric: str, cells=None) -> Measured:
    """Return one metric of a table of spots × types, and of the placed cells."""
    table = proportions.rename_axis("spot").reset_index().melt("spot", var_name="cell_type", value_name="proportion")
    found = judge.method(table, cells)
    return metric, found["value"][found["metric"].index(metric)]


if __name__ == "__main__":
    main()
