"""Measure time, memory and disk of a small run with sections of two sizes, of the steps that no other page has.

The sections are copies of the demo's beside each other. Keeps small_run.csv and small_run_disk.csv and writes
docs/benchmarks/small_run.md, which docs/scale.md reads.
"""

import shutil
from pathlib import Path

import h5py
import pandas as pd

from ..cases import tiled
from ..page import small_run as page
from ..runner import trace
from .common import keep, options, publish
from .stub_run import DEMO, run, trace_of

TIMES = {"small": 1, "large": 10}  # sections of so many copies of the demo's
EPOCHS = 2  # the network's quality has no part in time and memory
PER = {"cells.h5ad": page.CELLS, "spatial.h5ad": page.PLACED, "spots.h5ad": page.SPOTS}


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    args = options(__doc__).parse_args()
    work = args.results / "small_run"
    shutil.rmtree(work, ignore_errors=True)
    sheet = tiled.write(DEMO, work / "inputs", TIMES)
    run(work / "run", "--vae_epochs", EPOCHS, "--input", sheet.resolve())
    found = measured(trace.read(trace_of(work / "run")), work / "run" / "out")
    steps = keep(found, args.results / "small_run.csv", digits=4)
    stored = keep(disk(work / "run"), args.results / "small_run_disk.csv", digits=4)
    publish(args.docs, "small_run", page.text(steps, stored))
    shutil.rmtree(work)


def measured(tasks: pd.DataFrame, results: Path) -> pd.DataFrame:
    """Return time and memory of each task of the real run, the cells of its reference and the spots of its section."""
    spots = {name: rows_of(results / name / "spots.h5ad") for name in TIMES}
    found = tasks.sort_values("start").assign(spots=lambda table: table["tag"].map(spots))
    found = found.assign(cells=rows_of(DEMO / "reference.h5ad")).rename(columns=page.NAMES)
    return found[["step", *page.NAMES.values()]]


def disk(folder: Path) -> pd.DataFrame:
    """Return MB per unit of the files of a sample with a section, of a reference, of the run and of the work folder."""
    results = folder / "out"
    sample = results / "large"
    rows = [
        {"files": name, "unit": unit, "MB": 1000 * megabytes(sample / name) / rows_of(sample / name)}
        for name, unit in PER.items()
    ]
    rest = megabytes(sample) - sum(megabytes(sample / name) for name in PER)
    rows.append({"files": "tables, figures and explorer page", "unit": "sample with a section", "MB": rest})
    rows.append({"files": "references/", "unit": "reference", "MB": megabytes(results / "references")})
    of_run = megabytes(results / "multiqc") + megabytes(results / "pipeline_info")
    rows.append({"files": "multiqc/, pipeline_info/", "unit": "run", "MB": of_run})
    rows.append({"files": page.WORK, "unit": "MB of results", "MB": megabytes(folder / "work") / megabytes(results)})
    return pd.DataFrame(rows)


def rows_of(h5ad: Path) -> int:
    """Return the number of observations of an h5ad file."""
    with h5py.File(h5ad) as file:
        obs = file["obs"]
        return len(obs[obs.attrs["_index"]])


def megabytes(path: Path) -> float:
    """Return the size of a file or of all files in a folder; links count nothing."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files) / 1e6


if __name__ == "__main__":
    main()
