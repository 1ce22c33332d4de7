"""Run the grid of benchmarks with Nextflow: generated cells, proportions and spots on real sets, beside rivals.

`benchmarks/grid.nf` lists the sets and methods. Finished tasks are kept and reused: a run that was ended goes on.
Writes cells.md, robustness.md, proportions.md, spots.md and paper_tables.md in docs/benchmarks.
"""

import json
from pathlib import Path

import pandas as pd

from ..page import cells, paper_tables, proportions, robustness, spots
from ..runner.start import ROOT, nextflow
from .common import options, publish

ALL, CELLS, SPOTS = "all", "cells", "spots"
TEXT = dict.fromkeys(("cell_type", "method", "composition", "case"), str)


def main() -> None:
    """Read the options; run Nextflow and publish its tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    parser.add_argument("--full", action="store_true", help="whole sets, all compositions, pairs and levels of noise")
    parser.add_argument("--steps", choices=(ALL, CELLS, SPOTS), default=ALL, help="run one step of the method alone")
    args = parser.parse_args()
    profile, name = (("-profile", "full"), "full") if args.full else ((), "reduced")
    judge = "true" if args.judge else "false"
    results = args.results.resolve()
    asked = ("--judge", judge, "--steps", args.steps)
    nextflow(ROOT / "benchmarks", results, *profile, "-resume", "--data", args.data.resolve(), *asked)
    write(results / name, args.docs, args.steps)


def write(folder: Path, docs: Path, steps: str) -> None:
    """Write the pages of the steps that ran; that of the paper's tables takes the other step from an earlier run."""
    settings = json.loads((folder / "settings.json").read_text())
    tables = {table: folder / f"{table}.csv" for table in (CELLS, SPOTS)}
    of_cells = pd.read_csv(tables[CELLS], dtype=TEXT) if tables[CELLS].exists() else None
    of_spots = spots.read(folder) if tables[SPOTS].exists() else None
    if steps != SPOTS:
        of_proportions = pd.read_csv(folder / "proportions.csv", dtype=TEXT)
        publish(docs, "cells", cells.text(cells.tables(of_cells), settings))
        publish(docs, "robustness", robustness.text(robustness.tables(of_cells), settings))
        publish(docs, "proportions", proportions.text(proportions.tables(of_proportions), settings))
    if steps != CELLS:
        publish(docs, "spots", spots.text(spots.tables(of_spots), settings))
    publish(docs, "paper_tables", paper_tables.text(paper_tables.tables(of_cells, of_spots), settings))


if __name__ == "__main__":
    main()
