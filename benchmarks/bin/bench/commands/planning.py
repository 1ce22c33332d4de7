"""Measure how long a samplesheet of a thousand rows takes to plan, and how many tasks it becomes.

The pipeline runs with -stub-run: it reads and checks every input and plans the samples, and every later task writes
empty files. So the time after the plan is what Nextflow needs to start as many tasks. Keeps planning.csv and writes
docs/benchmarks/planning.md.
"""

import shutil

import pandas as pd

from ..cases import many_rows
from ..page import planning as page
from ..runner import trace
from ..runner.start import ROOT, nextflow
from .common import keep, options, publish

ROWS, REFERENCES, SECTIONS = 1000, 10, 200


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the samplesheet")
    parser.add_argument("--references", type=int, default=REFERENCES, help="references of these rows")
    parser.add_argument("--sections", type=int, default=SECTIONS, help="rows with a section of their own")
    args = parser.parse_args()
    work = args.results / "planning"
    shutil.rmtree(work, ignore_errors=True)
    sheet = many_rows.write(ROOT / "assets" / "demo", work / "inputs", args.rows, args.references, args.sections)
    (work / "trace.config").write_text(trace.CONFIG)
    nextflow(
        *(ROOT, work, "-stub-run", "-profile", "local", "-c", "trace.config"),
        *("--input", sheet.resolve(), "--outdir", "out"),
    )
    sizes = {"rows": args.rows, "references": args.references, "sections": args.sections}
    found = sizes | planned(trace.read(work / "out" / "pipeline_info" / "execution_trace.txt"))
    publish(args.docs, "planning", page.text(keep([found], args.results / "planning.csv", digits=4)))
    shutil.rmtree(work)


def planned(tasks: pd.DataFrame) -> dict[str, float]:
    """Return after how many minutes the plan was there and the run had ended, and how many tasks it took.

    Parameters
    ----------
    tasks
        From :func:`~bench.runner.trace.read`.
    """
    start = tasks["start"].min()
    plan = tasks.loc[tasks["step"] == "PLAN_SAMPLES", "complete"].max()
    before = tasks["complete"] <= plan
    return {
        "minutes to the plan": (plan - start) / 60,
        "tasks to the plan": int(before.sum()),
        "minutes to the end": trace.seconds(tasks) / 60,
        "all tasks": len(tasks),
    }


if __name__ == "__main__":
    main()
