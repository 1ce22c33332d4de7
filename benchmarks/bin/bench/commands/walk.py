"""Walk from a series of GEO to the cell type that falls, as docs/cohorts.md shows it, and write that page.

Makes the series, the samplesheet by the page's own lines, runs the pipeline, and reads its tables.
"""

import json
import shutil
from pathlib import Path

from bulk2space.contract import tables

from ..page import walk as page
from ..runner import trace
from ..runner.start import ROOT, nextflow, python
from .common import options

MATRIX = "GSE900077_series_matrix.txt.gz"
COHORT = "GSE900077_series_matrix.reference"
FIGURE = "cohort_severity.png"


def main() -> None:
    """Run the walk, write the page and its figure."""
    parser = options(__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "results" / "walk", help="folder of the run")
    args = parser.parse_args()
    prepare(args.work)
    (args.work / "trace.config").write_text(trace.CONFIG)
    nextflow(
        *(ROOT, args.work, "-profile", "local", "-c", "trace.config"),
        *("--input", "samplesheet.csv", "--outdir", "results", "--skip_cells"),
    )
    write(args.work, args.docs)


def write(work: Path, docs: Path) -> None:
    """Write the page and its figure from the results of the run."""
    tasks = trace.read(work / "results" / "pipeline_info" / "execution_trace.txt")
    found = work / "results" / "cohorts" / COHORT
    text = page.text(
        tables.COMPARISONS.read(found / "comparisons.csv"),
        tables.COHORT_SAMPLES.read(found / "samples.csv"),
        matrix=MATRIX,
        cohort=COHORT,
        sheet="\n".join((work / "samplesheet.csv").read_text().splitlines()[:4]),
        seconds=f"{trace.seconds(tasks):.0f}",
        **made(work),
    )
    (docs / "cohorts.md").write_text(text)
    shutil.copy(found / "figures" / "proportions_by_severity.png", docs / "images" / FIGURE)
    print(f"Written to {docs / 'cohorts.md'}", flush=True)


def prepare(folder: Path) -> None:
    """Make the series and its samplesheet in a folder, by the lines that the page shows."""
    folder.mkdir(parents=True, exist_ok=True)
    python(folder, ROOT / "tools" / "make_series.py", ".")
    python(folder, "-c", page.CODE)


def made(folder: Path) -> dict[str, object]:
    """Return how the series was made: its samples, the largest severity, and the true change per point."""
    truth = json.loads((folder / "truth.json").read_text())
    change = page.change(truth["log2_per_point"])
    return {"n_samples": truth["samples"], "most_severe": truth["most_severe"], "true": change}


if __name__ == "__main__":
    main()
