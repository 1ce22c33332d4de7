#!/usr/bin/env python3
"""Judge all methods on one simulated section; a method that left no result has a row that says so."""

import json
from pathlib import Path

import pandas as pd
from bench.judges.spots import Judge
from bench.judges.tables import read_table
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.tables import MARKERS

MEANS, ITS_COMPOSITION = "means", "auto"  # the default's composition, judged as that of a tool that places no cells


def main() -> None:
    """Read ground truth and results; write one row per method and metric."""
    options = parser(__doc__)
    options.add_argument("--truth", type=Path, required=True, help="truth.h5ad of the section")
    options.add_argument("--reference", type=Path, required=True, help="the reference that methods were given")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument(
        "--runs", type=Path, required=True, help="folder of <section>.<method>.{spots.csv,spatial.h5ad}"
    )
    options.add_argument("--section", required=True, help="id of the section")
    options.add_argument("--row", required=True, help="JSON: columns that say which section this is")
    options.add_argument("--methods", required=True, help="JSON: method -> [kind, status where it left no result]")
    options.add_argument("--output", type=Path, required=True, help="csv")
    args = options.parse_args()

    judge = Judge(read_h5ad(args.truth), read_h5ad(args.reference), MARKERS.read(args.markers))
    tables = [pd.DataFrame({"method": "constant", "kind": "composition", "status": "done"} | judge.constant())]
    for method, (kind, otherwise) in json.loads(args.methods).items():
        stem = args.runs / f"{args.section}.{ITS_COMPOSITION if method == MEANS else method}"
        tables.append(judged(judge, stem, {"method": method, "kind": kind}, otherwise, cells=method != MEANS))
    row = json.loads(args.row)
    names = ["method", "kind", "status", "seconds", "metric", "value"]
    table = pd.concat(tables).assign(**row)
    table.reindex(columns=[*row, *names]).to_csv(args.output, index=False, float_format="%.6g")


def judged(judge: Judge, stem: Path, columns: dict[str, str], otherwise: str, *, cells: bool) -> pd.DataFrame:
    """Return the rows of one method, whose files begin with ``stem``; ``cells`` says whether its cells count."""
    found, placed = Path(f"{stem}.spots.csv"), Path(f"{stem}.spatial.h5ad")
    if not found.exists():
        return pd.DataFrame([columns | {"status": otherwise}])
    table = read_table(found)
    metrics = judge.method(table, read_h5ad(placed) if cells and placed.exists() else None)
    took = {"seconds": table["seconds"].iloc[0]} if "seconds" in table else {}
    return pd.DataFrame(columns | {"status": "done"} | took | metrics)


if __name__ == "__main__":
    run(main)
