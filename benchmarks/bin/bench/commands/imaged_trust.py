"""Measure whether the mapping onto imaged cells knows how certain it is.

Types: is 0.8 right in 80 %? Genes: do expected correlations rank the true ones, and do 90 % intervals hold 90 % of what
was measured? Keeps imaged_cells.csv and imaged_genes.csv, writes docs/benchmarks/imaged_trust.md and its figure.
"""

import logging
import tempfile
from pathlib import Path

import anndata as ad
import pandas as pd
from bulk2space.contract import seeds
from bulk2space.contract.io import write_h5ad
from bulk2space.inputs import door

from ..cases.imaged import Task
from ..cases.imaged_trust import cases, demo_task
from ..judges.imaged_trust import of_cells, of_genes
from ..page import imaged_trust as page
from ..rivals.mappers import trusted
from ..runner.start import ROOT
from ..runner.steps import Steps
from .common import options, publish

DEMO, DEMO_SAMPLE = ROOT / "assets" / "demo", "tissue_b"


def main() -> None:
    """Map all cases, keep the tables, write page and figure."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    cells, genes = [], []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(args.data, generated_demo(Path(folder)), judging=args.judge):
            found = trusted(case.task, case.seed)
            about = {"set": case.name, "role": case.role, "seed": case.seed}
            if case.task.truth is not None:
                cells.append(of_cells(case.task, found).assign(**about))
            if len(case.task.predicted):
                genes.append(of_genes(case.task, found).assign(**about))
            print(*about.values(), flush=True)
    args.results.mkdir(parents=True, exist_ok=True)
    tables = {"imaged_cells": pd.concat(cells), "imaged_genes": pd.concat(genes)}
    for name, table in tables.items():
        table.to_csv(args.results / f"{name}.csv", index=False, float_format="%.6g")
    text = page.text(*tables.values())
    print(text)
    page.draw(tables["imaged_cells"], args.docs / "images" / "bench_imaged_trust.png")
    publish(args.docs, "imaged_trust", text)


def generated_demo(folder: Path) -> Task:
    """Generate cells for the demo's imaged section by the pipeline's steps; return the section and the cells."""
    write_h5ad(door.reference(DEMO / "reference.h5ad", None), folder / "reference.h5ad")
    write_h5ad(door.bulk(DEMO / "bulk.csv"), folder / "bulk.h5ad")
    steps = Steps(folder, seed=seeds.integer(0, DEMO_SAMPLE), threads=2)
    steps.rank_markers()
    steps.estimate_proportions()
    steps.train()
    steps.generate(DEMO_SAMPLE, ad.read_h5ad(folder / "reference.h5ad", backed="r").n_obs)
    return demo_task(folder, DEMO, DEMO_SAMPLE)


if __name__ == "__main__":
    main()
