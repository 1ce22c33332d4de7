"""Run the grid of benchmarks with Nextflow: generated cells, proportions and spots on real sets, beside rivals.

`benchmarks/grid.nf` lists the sets and methods. Finished tasks are kept and reused: a run that was ended goes on. Writes
cells.md, robustness.md, proportions.md, spots.md and paper_tables.md in docs/benchmarks.
"""

import json

import pandas as pd

from ..page import cells, paper_tables, proportions, robustness, spots
from ..runner.start import ROOT, nextflow
from .common import options, publish

TEXT = dict.fromkeys(("cell_type", "method", "composition", "case"), str)


def main() -> None:
    """Read the options; run Nextflow and publish its tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    parser.add_argument("--full", action="store_true", help="whole sets, all compositions, pairs and levels of noise")
    args = parser.parse_args()
    profile, name = (("-profile", "full"), "full") if args.full else ((), "reduced")
    judge = "true" if args.judge else "false"
    results = args.results.resolve()
    nextflow(ROOT / "benchmarks", results, *profile, "-resume", "--data", args.data.resolve(), "--judge", judge)

    folder = results / name
    settings = json.loads((folder / "settings.json").read_text())
    of_cells, of_proportions = (pd.read_csv(folder / f"{table}.csv", dtype=TEXT) for table in ("cells", "proportions"))
    publish(args.docs, "cells", cells.text(cells.tables(of_cells), settings))
    publish(args.docs, "robustness", robustness.text(robustness.tables(of_cells), settings))
    publish(args.docs, "proportions", proportions.text(proportions.tables(of_proportions), settings))
    of_spots = spots.read(folder)
    publish(args.docs, "spots", spots.text(spots.tables(of_spots), settings))
    publish(args.docs, "paper_tables", paper_tables.text(paper_tables.tables(of_cells, of_spots), settings))


if __name__ == "__main__":
    main()
