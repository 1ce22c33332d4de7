"""Measure how long the samplesheet of a thousand rows takes to check and plan, and how many tasks it becomes.

The pipeline runs with --check_only: it reads and checks every input, plans the samples, and stops. Keeps planning.csv
and writes docs/benchmarks/planning.md.
"""

import json
import re
import shutil

import pandas as pd

from ..cases import many_rows
from ..page import planning as page
from ..runner import trace
from ..runner.start import ROOT, nextflow
from .common import add_sizes, keep, options, publish

ROWS, REFERENCES, SECTIONS = 1000, 10, 200


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    add_sizes(parser, ROWS, REFERENCES, SECTIONS)
    args = parser.parse_args()
    work = args.results / "planning"
    shutil.rmtree(work, ignore_errors=True)
    sheet = many_rows.write(ROOT / "assets" / "demo", work / "inputs", args.rows, args.references, args.sections)
    (work / "trace.config").write_text(trace.CONFIG)
    nextflow(
        *(ROOT, work, "--check_only", "-profile", "local", "-c", "trace.config"),
        *("--input", sheet.resolve(), "--outdir", "out"),
    )
    folder = work / "out" / "pipeline_info"
    tasks, plan = trace.read(folder / "execution_trace.txt"), json.loads((folder / "plan.json").read_text())
    sizes = {"rows": args.rows, "references": args.references, "sections": args.sections}
    found = sizes | planned(tasks, plan["summary"])
    publish(args.docs, "planning", page.text(keep([found], args.results / "planning.csv", digits=4)))
    shutil.rmtree(work)


def planned(tasks: pd.DataFrame, summary: list[str]) -> dict[str, float]:
    """Return minutes and tasks of the check, and how many tasks the run would have after it.

    Parameters
    ----------
    tasks
        From :func:`~bench.runner.trace.read`.
    summary
        Lines of the plan, of which one says the number of tasks.
    """
    to_run = [int(found[1]) for line in summary if (found := re.match(r"(\d+) tasks to run", line))]
    return {"minutes": trace.seconds(tasks) / 60, "tasks of the check": len(tasks), "tasks to run": to_run[0]}


if __name__ == "__main__":
    main()
