"""Count the tasks of a stub run of a samplesheet of many rows: are they as many as the plan says?

The samplesheet is a tenth of that of bench.commands.planning, with one of its ten references. Keeps stub_run.csv and
writes docs/benchmarks/stub_run.md, which docs/scale.md reads.
"""

import shutil
from collections import Counter
from pathlib import Path

import pandas as pd

from ..cases import many_rows, planned
from ..page import stub_run as page
from ..runner import trace
from ..runner.start import ROOT, nextflow
from .common import add_sizes, keep, options, publish

ROWS, REFERENCES, SECTIONS = 100, 1, 20
DEMO = ROOT / "assets" / "demo"


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    add_sizes(parser, ROWS, REFERENCES, SECTIONS)
    args = parser.parse_args()
    work = args.results / "stub_run"
    shutil.rmtree(work, ignore_errors=True)
    sizes = (args.rows, args.references, args.sections)
    sheet = many_rows.write(DEMO, work / "inputs", *sizes)
    run(work / "stub", "-stub-run", "--input", sheet.resolve())
    tasks = trace.read(trace_of(work / "stub"))
    table = keep(counted(tasks, *sizes), args.results / "stub_run.csv")
    publish(args.docs, "stub_run", page.text(table, sizes=sizes, minutes=trace.seconds(tasks) / 60))
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


if __name__ == "__main__":
    main()
