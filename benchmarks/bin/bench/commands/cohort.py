"""Measure time and memory of the whole pipeline on cohorts of bulk samples.

Runs: the columns of the mixtures, with cells and report; the same with --skip_cells; simulated bulks, a tenth and all
of them. Keeps cohort_runs.csv and cohort_steps.csv, and writes docs/benchmarks/cohort.md. With fewer columns or bulks
the page stays as it is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import pandas as pd

from ..cases import cohorts, data_sets
from ..page import cohort as page
from ..runner import trace
from ..runner.start import ROOT, nextflow
from .common import keep, options, publish

COLUMNS, BULKS = 340, 1000
GENERATED = 200  # cells of a simulated bulk
MEGABYTE = 1e6


class Cohort(NamedTuple):
    """A run: its name, its samplesheet, how many samples it has, and further arguments."""

    name: str
    sheet: Path
    samples: int
    arguments: tuple[object, ...] = ()


def main() -> None:
    """Run every cohort, print and keep both tables, write the page."""
    parser = options(__doc__)
    parser.add_argument("--columns", type=int, default=COLUMNS, help="columns of the mixtures")
    parser.add_argument("--bulks", type=int, default=BULKS, help="simulated bulks; 0: none")
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "results" / "cohort", help="folder of runs")
    args = parser.parse_args()
    measured = [run(each, args.work) for each in planned(args.data, args.work, args.columns, args.bulks)]
    runs = keep([row for row, _ in measured], args.results / "cohort_runs.csv", digits=4)
    steps = keep(pd.concat([of_run for _, of_run in measured]), args.results / "cohort_steps.csv", digits=4)
    if (args.columns, args.bulks) == (COLUMNS, BULKS):
        publish(args.docs, "cohort", page.text(runs, steps))


def planned(data: Path, work: Path, columns: int, bulks: int) -> Iterator[Cohort]:
    """Write the inputs of each cohort, and yield it."""
    sheet = cohorts.mixtures(data, work / "mixtures", columns)
    yield Cohort(f"{columns} mixtures", sheet, columns)
    yield Cohort(f"{columns} mixtures, --skip_cells", sheet, columns, ("--skip_cells",))
    if not bulks:
        return
    ratio = GENERATED / ad.read_h5ad(data_sets.path(data), backed="r").n_obs
    for number in (bulks // 10, bulks):
        sheet = cohorts.simulated(data, work / f"simulated_{number}", number)
        yield Cohort(f"{number} simulated bulks", sheet, number, ("--cell_ratio", ratio))


def run(cohort: Cohort, work: Path) -> tuple[dict, pd.DataFrame]:
    """Run the pipeline on a cohort; return its row, and its table by step."""
    folder = work / cohort.name.replace(" ", "_").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trace.config").write_text(trace.CONFIG)
    nextflow(
        *(ROOT, folder, "-profile", "local", "-c", "trace.config"),
        *("--input", cohort.sheet.resolve(), "--outdir", "out", *cohort.arguments),
    )
    tasks = trace.read(folder / "out" / "pipeline_info" / "execution_trace.txt")
    report = folder / "out" / "multiqc" / "multiqc_report.html"
    row = {
        "run": cohort.name,
        "minutes": trace.seconds(tasks) / 60,
        "seconds per sample": trace.seconds(tasks) / cohort.samples,
        "peak memory, GiB": trace.peak(tasks),
        "report, MB": report.stat().st_size / MEGABYTE,
    }
    steps = trace.by_step(tasks).rename(columns={"peak": "peak memory, GiB"})
    return row, steps.assign(run=cohort.name)[["run", "step", "tasks", "seconds", "peak memory, GiB"]]


if __name__ == "__main__":
    main()
