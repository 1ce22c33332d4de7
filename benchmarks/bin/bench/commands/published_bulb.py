"""Measure how long the published configuration takes on the olfactory bulb, beside the default.

A whole run as published takes hours. Its network is therefore measured for some epochs, alternately with the default,
and its forest on some spots. A whole run follows from these. Seconds of the processor, which other work on the machine
hardly changes on one thread, stand beside those of the clock. Keeps published_bulb.csv and writes
docs/benchmarks/published_bulb.md.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.keys import Obs
from bulk2space.contract.tables import MARKERS, TRAINING
from bulk2space.generator.configuration import PRESETS
from bulk2space.spots.marker_space import marker_expression
from bulk2space.spots.pairs import Pairs
from bulk2space.spots.scorers import PublishedForest

from ..cases import real_sections
from ..cases.data_sets import path
from ..page import published_bulb as page
from ..page import summary, training
from ..runner.start import ROOT, Ended
from ..runner.steps import Steps
from .common import as_they_come, keep, options, publish

GENERATED = 2600  # cells, ten for each spot
CELLS_PER_SPOT = 10
MARKERS_PER_TYPE = 500  # of the published configuration (conf/paper.config)
EPOCHS = 2  # of the published network, less a run of one
SCORED = 4  # spots that the published forest scores with all cells
STOPPED = r"the published network, \d+ cells"  # row of the page on training with its epochs until it stops by itself
DEFAULT, PUBLISHED = "default", "published"
HOUR = 3600  # seconds


def main() -> None:
    """Read the options; print, keep and publish the table."""
    args = options(__doc__).parse_args()
    folder = args.results / "published_bulb"
    path(args.data, real_sections.BULB[0])
    rows = as_they_come(measured(args.data, folder, stopping()), args.results / "published_bulb_parts.csv")
    table = keep(rows, args.results / "published_bulb.csv", digits=4)
    publish(args.docs, "published_bulb", page.text(table))


def stopping() -> int:
    """Return the epochs after which the published network stopped by itself on few cells of blood, from its page."""
    table = summary.read(ROOT / "docs" / "benchmarks")["training"][training.TABLE]
    return int(table.loc[table["what"].str.match(STOPPED), "epochs"].item())


def measured(data: Path, folder: Path, stopped: int) -> Iterator[dict]:
    """Yield the rows of the table: what was measured, and what a whole run takes by it."""
    real_sections.bulb(data, folder)
    steps = Steps(folder, seed=0, threads=1)
    steps.rank_markers()
    steps.estimate_proportions()
    one = {name: train(steps, name, epochs=1) for name in (PUBLISHED, DEFAULT)}
    several = train(steps, PUBLISHED, epochs=EPOCHS)
    whole = train(steps, DEFAULT)
    yield row("training", DEFAULT, f"{whole.epochs} epochs, until it stops by itself", whole.used, "measured")
    yield row("training", DEFAULT, page.ONE, epoch(one[DEFAULT], whole), "measured")
    of_one = epoch(one[PUBLISHED], several)
    yield row("training", PUBLISHED, page.ONE, of_one, "measured")
    for number, why in (
        (stopped, "after which it stopped on blood"),
        (PRESETS["published"].epochs, "its largest number"),
    ):
        yield row("training", PUBLISHED, f"{number} epochs, {why}", [number * of for of in of_one], "extrapolated")
    steps.generate("bulk", GENERATED)
    section = ad.read_h5ad(folder / "section.h5ad")
    fitted, placed = steps.fit_spots(cells_per_spot=CELLS_PER_SPOT), steps.place(DEFAULT)
    both = fitted.seconds + placed.seconds, fitted.processor + placed.processor
    yield row("spots", DEFAULT, f"{section.n_obs} spots", both, "measured")
    learned, scored = forest(folder, section)
    yield row("spots", PUBLISHED, "the forest learns", learned, "measured")
    yield row("spots", PUBLISHED, f"the forest scores all cells for {SCORED} spots", scored, "measured")
    all_spots = [of + section.n_obs / SCORED * each for of, each in zip(learned, scored, strict=True)]
    yield row("spots", PUBLISHED, f"{section.n_obs} spots", all_spots, "extrapolated")


class Trained(NamedTuple):
    """A training: its epochs, the median of their seconds, and the seconds of the whole by clock and processor."""

    epochs: int
    median: float
    used: tuple[float, float]


def train(steps: Steps, name: str, **chosen: object) -> Trained:
    """Train a network."""
    network, model = ("vae.pt", "counts") if name == DEFAULT else ("published.pt", "published")
    ended: Ended = steps.train(network, model=model, **chosen)
    seconds = TRAINING.read(steps.folder / "training.csv")["seconds"]
    return Trained(len(seconds), float(seconds.median()), (ended.seconds, ended.processor))


def epoch(one: Trained, several: Trained) -> tuple[float, float]:
    """Return the seconds of an epoch, by the clock and of the processor: of several epochs less a run of one."""
    return several.median, (several.used[1] - one.used[1]) / (several.epochs - one.epochs)


def forest(folder: Path, section: ad.AnnData) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the seconds, by clock and processor, in which the published forest learns, and in which it scores."""
    cells, reference = ad.read_h5ad(folder / "cells.h5ad"), ad.read_h5ad(folder / "reference.h5ad")
    shared = shared_genes(reference, cells, section)
    genes = markers.select(MARKERS.read(folder / "markers.csv"), shared, per_type=MARKERS_PER_TYPE)
    codes = pd.factorize(cells.obs[Obs.CELL_TYPE].astype(str), sort=True)[0]
    cell_side = marker_expression(cells, shared, genes, counts=True)._replace(types=codes)
    spot_side = marker_expression(section[:SCORED], shared, genes, counts=True)
    pairs = Pairs(np.repeat(np.arange(SCORED), cells.n_obs), np.tile(np.arange(cells.n_obs), SCORED))
    scorer = PublishedForest(threads=1)
    learned = timed(lambda: scorer.fit(cell_side, np.random.default_rng(0)))
    return learned, timed(lambda: scorer.score(spot_side, cell_side, pairs))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that work takes, by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def row(step: str, name: str, what: str, used: Sequence[float], how: str) -> dict:
    """Return a row of the table: seconds by clock and processor, and the work that waited for a processor then."""
    clock, processor = used
    return {
        "step": step, "configuration": name, "what": what, "seconds": clock, "hours": clock / HOUR,
        "seconds of the processor": processor, "hours of the processor": processor / HOUR, "how": how,
        "load of the machine": os.getloadavg()[0],
    }  # fmt: skip


if __name__ == "__main__":
    main()
