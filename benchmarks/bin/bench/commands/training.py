"""Measure how long training and generating take, how that grows, and how long the published network takes.

Every row is measured on the pipeline's own scripts in processes of their own, on two CPU threads. Early stopping would
end the published network only after hours. Therefore its seconds per epoch are measured on all cells and the number of
its epochs on a small part of them; their product is marked as extrapolated. Keeps training.csv and writes
docs/benchmarks/training.md.
"""

from collections.abc import Iterator
from pathlib import Path

from bulk2space.contract.tables import TRAINING

from ..cases import data_sets, resampled
from ..judges.cells import stopped
from ..page import training as page
from ..runner.start import Ended
from ..runner.steps import Steps
from .common import keep, options, publish

THREADS = 2
GENERATED = 2600  # cells
SIZES = (1_000, 10_000, 100_000)  # cells of the references compared
SCALE_EPOCHS = 3  # of each size: the cost of one epoch is compared
SMALL = (300, 1000)  # cells and genes on which the published network runs until it stops by itself


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    parser.add_argument("--minutes", type=float, default=4, help="longest training of the published network")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="cells of the references compared")
    args = parser.parse_args()
    source = data_sets.path(args.data)
    rows = []
    for row in measured(source, args.results / "training", args.minutes, args.sizes):
        print(row, flush=True)
        rows.append(row)
    table = keep(rows, args.results / "training.csv", digits=4)
    publish(args.docs, "training", page.text(table))


def measured(source: Path, scratch: Path, minutes: float, sizes: list[int]) -> Iterator[dict]:
    """Yield the rows of the table."""
    whole = steps_on(source, scratch / "whole")
    ours = train(whole)
    yield row("the default, all cells and genes", ours, whole.generate(resampled.SAMPLE, GENERATED))
    published = train(whole, "published", minutes=minutes)
    yield row("the published network, ended by the time limit", published)
    small = steps_on(source, scratch / "small", *SMALL)
    alone = train(small, "published", minutes=minutes)
    yield row(f"the published network, {SMALL[0]} cells and {SMALL[1]} genes", alone)

    epochs = max(alone["epochs"], published["epochs"])
    seconds = published["seconds per epoch"] * epochs
    how = "its own stopping there" if alone["stopped"] else "the limit there"
    yield row(
        f"the published network, all cells: extrapolated to {epochs} epochs, by {how}",
        {"epochs": epochs, "seconds": seconds},
    )
    yield {"what": f"the same, as a multiple of the default's training: {seconds / ours['seconds']:.0f} times"}
    for size in sizes:
        steps = steps_on(source, scratch / f"resampled-{size}", size)
        costs = train(steps, epochs=SCALE_EPOCHS), steps.generate(resampled.SAMPLE, size)
        yield row(f"{size} reference cells, {SCALE_EPOCHS} epochs, as many generated", *costs)


def steps_on(source: Path, folder: Path, cells: int | None = None, genes: int | None = None) -> Steps:
    """Return the pipeline's steps on a reference of some size, which is made where it is missing."""
    resampled.write(source, folder, cells=cells, genes=genes)
    return Steps(folder, threads=THREADS)


def train(steps: Steps, model: str = "counts", **chosen: object) -> dict:
    """Train; return epochs, seconds per epoch and in all, peak memory, and whether training stopped by itself."""
    used = steps.train("vae.pt" if model == "counts" else "published.pt", model=model, **chosen)
    history = TRAINING.read(steps.folder / "training.csv")
    return {
        "epochs": len(history),
        "seconds per epoch": float(history["seconds"].median()),
        "seconds": used.seconds,
        "peak": used.peak,
        "stopped": stopped(history, model),
    }


def row(what: str, training: dict, generating: Ended | None = None) -> dict:
    """Return one row of the table."""
    peaks = [training["peak"]] if "peak" in training else []
    peaks += [generating.peak] if generating else []
    return {
        "what": what,
        "epochs": training["epochs"],
        "seconds per epoch": training.get("seconds per epoch"),
        "training, s": training["seconds"],
        "generating, s": generating.seconds if generating else None,
        "peak memory, MiB": max(peaks, default=None),
    }


if __name__ == "__main__":
    main()
