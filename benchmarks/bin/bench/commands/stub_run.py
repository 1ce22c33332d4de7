"""Count the tasks of a stub run of a samplesheet of many rows, and measure a small run with sections of two sizes.

The stub run shows whether as many tasks run as the plan says; its samplesheet is a tenth of that of
bench.commands.planning, with one of its ten references. The small run gives time, memory and disk of the steps that no
other page has. Writes docs/benchmarks/stub_run.md, which docs/scale.md reads.
"""

import os
import shutil
import time
from collections import Counter
from pathlib import Path

import h5py
import pandas as pd

from ..cases import many_rows, planned, tiled
from ..page import stub_run as page
from ..runner import trace
from ..runner.start import ROOT, nextflow
from .common import keep, options, publish

ROWS, REFERENCES, SECTIONS = 100, 1, 20
DEMO = ROOT / "assets" / "demo"
TIMES = {"small": 1, "large": 10}  # sections of so many copies of the demo's
EPOCHS = 2  # the network's quality has no part in time and memory
PER = {"cells.h5ad": page.CELLS, "spatial.h5ad": page.PLACED, "spots.h5ad": page.SPOTS}


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the samplesheet")
    parser.add_argument("--references", type=int, default=REFERENCES, help="references of these rows")
    parser.add_argument("--sections", type=int, default=SECTIONS, help="rows with a section of their own")
    args = parser.parse_args()
    work = args.results / "stub_run"
    shutil.rmtree(work, ignore_errors=True)
    load, started = os.getloadavg()[0], time.monotonic()
    sizes = (args.rows, args.references, args.sections)
    sheet = many_rows.write(DEMO, work / "inputs", *sizes)
    run(work / "stub", "-stub-run", "--input", sheet.resolve())
    minutes = (time.monotonic() - started) / 60
    tasks = keep(counted(trace.read(trace_of(work / "stub")), *sizes), args.results / "stub_run.csv")
    sheet = tiled.write(DEMO, work / "tiled", TIMES)
    run(work / "real", "--vae_epochs", EPOCHS, "--input", sheet.resolve())
    real = trace.read(trace_of(work / "real"))
    steps = keep(measured(real, work / "real" / "out"), args.results / "stub_run_steps.csv", digits=4)
    stored = keep(disk(work / "real"), args.results / "stub_run_disk.csv", digits=4)
    text = page.text(tasks, steps, stored, sizes=sizes, minutes=minutes, load=load)
    publish(args.docs, "stub_run", text)
    shutil.rmtree(work)


def run(folder: Path, *words: object) -> None:
    """Run the pipeline in a folder, with a raw trace and its results in ``out``."""
    folder.mkdir(parents=True)
    (folder / "trace.config").write_text(trace.CONFIG)
    nextflow(ROOT, folder, "-profile", "local", "-c", "trace.config", "--outdir", "out", *words)


def trace_of(folder: Path) -> Path:
    """Return the trace of the run in a folder."""
    return folder / "out" / "pipeline_info" / "execution_trace.txt"


def counted(tasks: pd.DataFrame, rows: int, references: int, sections: int) -> pd.DataFrame:
    """Return how many tasks each process had, and how many the plan says.

    Parameters
    ----------
    tasks
        From :func:`~bench.runner.trace.read`.
    rows, references, sections
        Of the samplesheet.
    """
    said = planned.counts(planned.plan(rows, references, sections))
    ran = Counter(tasks["step"])
    return pd.DataFrame(
        [{"process": name, "planned": said.get(name, 0), "ran": ran.get(name, 0)} for name in {**said, **ran}]
    )


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
