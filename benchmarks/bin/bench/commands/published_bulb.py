"""Measure how long the published configuration takes on the olfactory bulb, beside the default.

A whole run as published takes hours. A few epochs of each network are therefore measured, alternately, and the
published scorer on two small parts of the section. What a whole run takes follows from these. Seconds of the
processors, which other work on the machine hardly changes, stand beside those of the clock. Keeps published_bulb.csv
and writes docs/benchmarks/published_bulb.md.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.tables import TRAINING
from bulk2space.generator.configuration import PRESETS

from ..cases import real_sections, resampled
from ..cases.data_sets import path
from ..judges.cells import stopped
from ..page import published_bulb as page
from ..runner.start import Ended
from ..runner.steps import Steps
from .common import as_they_come, keep, options, publish

THREADS = 2
GENERATED = 2600  # cells, ten for each spot
CELLS_PER_SPOT = 10
EPOCHS = 3  # each round trains each network for one epoch, and for so many
SMALL = (300, 1000)  # cells and genes on which the published network runs until it stops by itself
PARTS = (2, 12)  # spots of the parts that the published scorer fills
DEFAULT, PUBLISHED = "default", "published"
MODELS = {DEFAULT: "counts", PUBLISHED: "published"}
FITS: dict[str, dict[str, object]] = {DEFAULT: {}, PUBLISHED: {"method": "log_nnls", "markers_per_type": 500}}
PLACES: dict[str, dict[str, object]] = {DEFAULT: {}, PUBLISHED: {"scorer": "published", "composition": "section"}}
HOUR = 3600  # seconds


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="longest training of the published network")
    parser.add_argument("--rounds", type=int, default=3, help="how often each network is measured")
    args = parser.parse_args()
    folder = args.results / "published_bulb"
    path(args.data, real_sections.BULB[0])
    rows = as_they_come(
        measured(args.data, folder, args.minutes, args.rounds), args.results / "published_bulb_parts.csv"
    )
    table = keep(rows, args.results / "published_bulb.csv", digits=4)
    publish(args.docs, "published_bulb", page.text(table))


def measured(data: Path, folder: Path, minutes: float, rounds: int) -> Iterator[dict]:
    """Yield the rows of the table: what was measured, and what a whole run takes by it."""
    real_sections.bulb(data, folder)
    whole = Steps(folder, seed=0, threads=THREADS)
    whole.rank_markers()
    whole.estimate_proportions()
    epochs = [{name: epoch(whole, model) for name, model in MODELS.items()} for _ in range(rounds)]
    ended = whole.train("vae.pt")
    own = len(TRAINING.read(folder / "training.csv"))
    yield measured_row("training", DEFAULT, f"{own} epochs, until it stops by itself", [ended])
    few = stopping(data, folder / "few", minutes)
    for name in MODELS:
        clock, processor = (float(np.median([of[name][which] for of in epochs])) for which in (0, 1))
        yield row("training", name, page.ONE, clock, processor, "measured")
        if name == PUBLISHED:
            for number, why in (few, (PRESETS["published"].epochs, "its largest number of epochs")):
                seconds = number * clock, number * processor
                yield row("training", name, f"{number} epochs, {why}", *seconds, "extrapolated")
    whole.generate("bulk", GENERATED)
    section = ad.read_h5ad(folder / "section.h5ad")
    yield measured_row("spots", DEFAULT, f"{section.n_obs} spots", place(whole, DEFAULT))
    parts = [place(part(whole, section, number), PUBLISHED) for number in PARTS]
    for number, took in zip(PARTS, parts, strict=True):
        yield measured_row("spots", PUBLISHED, f"{number} spots", took)
    sums = np.array([[sum(one.seconds for one in took), sum(one.processor for one in took)] for took in parts])
    slope = np.maximum(np.diff(sums, axis=0)[0], 0) / (PARTS[1] - PARTS[0])
    yield row("spots", PUBLISHED, f"{section.n_obs} spots", *(sums[1] + slope * (section.n_obs - PARTS[1])),
              "extrapolated")  # fmt: skip


def epoch(steps: Steps, model: str) -> tuple[float, float]:
    """Return the seconds of an epoch by the clock and of the processors: of several epochs, less a run of one."""
    one, several = (steps.train("some.pt", model=model, epochs=number) for number in (1, EPOCHS))
    return float(TRAINING.read(steps.folder / "training.csv")["seconds"].median()), max(
        0.0, (several.processor - one.processor) / (EPOCHS - 1)
    )


def stopping(data: Path, folder: Path, minutes: float) -> tuple[int, str]:
    """Return the epochs after which the published network stops on few cells, and why."""
    resampled.write(path(data, real_sections.BULB[0]), folder, cells=SMALL[0], genes=SMALL[1])
    steps = Steps(folder, seed=0, threads=THREADS)
    steps.train("published.pt", model="published", minutes=minutes)
    history = TRAINING.read(folder / "training.csv")
    what = "after which it stops by itself" if stopped(history, "published") else "which the time limit left it"
    return len(history), f"{what} on {SMALL[0]} cells and {SMALL[1]} genes"


def part(whole: Steps, section: ad.AnnData, number: int) -> Steps:
    """Return the steps on some spots of the section, evenly over it."""
    folder = whole.folder / f"spots_{number}"
    folder.mkdir(exist_ok=True)
    for name in ("reference.h5ad", "bulk.h5ad", "cells.h5ad", "markers.csv", "proportions.csv"):
        shutil.copy(whole.folder / name, folder / name)
    write_h5ad(section[np.linspace(0, section.n_obs - 1, number).astype(int)].copy(), folder / "section.h5ad")
    return Steps(folder, seed=0, threads=THREADS)


def place(steps: Steps, name: str) -> list[Ended]:
    """Fit the section and place the cells as a configuration does."""
    fitted = steps.fit_spots(cells_per_spot=CELLS_PER_SPOT, **FITS[name])
    return [fitted, steps.place(name, **PLACES[name])]


def measured_row(step: str, name: str, what: str, ended: list[Ended]) -> dict:
    """Return the row of processes that ran to their end."""
    return row(step, name, what, sum(one.seconds for one in ended), sum(one.processor for one in ended), "measured")


def row(step: str, name: str, what: str, clock: float, processor: float, how: str) -> dict:
    """Return a row of the table, with the work that waited for a processor when it was made."""
    return {
        "step": step, "configuration": name, "what": what, "seconds": clock, "hours": clock / HOUR,
        "seconds of processors": processor, "hours of processors": processor / HOUR, "how": how,
        "load of the machine": os.getloadavg()[0],
    }  # fmt: skip


if __name__ == "__main__":
    main()
