#!/usr/bin/env python3
"""Judge all methods on one simulated section; a method that left nothing has a row that says so."""

import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
from bench import step_two
from bulk2space.composition import markers
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import counts_or_linear, linear, shared_genes
from bulk2space.contract.io import read_h5ad, read_table
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.shares import largest_remainder

log = logging.getLogger("judge_spots")

MARKERS = 100  # of each type, which methods are told to work on: not judged


def main() -> None:
    """Read truth and results; write one row a method and metric."""
    options = parser(__doc__)
    options.add_argument("--truth", type=Path, required=True, help="truth.h5ad of the section")
    options.add_argument("--reference", type=Path, required=True, help="the reference that methods were given")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of it")
    options.add_argument(
        "--runs", type=Path, required=True, help="folder of <section>.<method>.{spots.csv,spatial.h5ad}"
    )
    options.add_argument("--section", required=True, help="id of the section")
    options.add_argument("--row", required=True, help="JSON: columns that say which section this is")
    options.add_argument("--methods", required=True, help="JSON: method -> [kind, status where it left nothing]")
    options.add_argument("--output", type=Path, required=True, help="csv")
    args = options.parse_args()

    judge = Judge(*(read_h5ad(path) for path in (args.truth, args.reference)), read_table(args.markers))
    tables = [pd.DataFrame({"method": "constant", "kind": "composition", "status": "done"} | judge.constant())]
    for method, (kind, otherwise) in json.loads(args.methods).items():
        stem = args.runs / f"{args.section}.{method}"
        found, placed = Path(f"{stem}.spots.csv"), Path(f"{stem}.spatial.h5ad")
        columns = {"method": method, "kind": kind}
        if found.exists():
            table = read_table(found)
            metrics = judge.method(table, read_h5ad(placed) if placed.exists() else None)
            took = {"seconds": table["seconds"].iloc[0]} if "seconds" in table else {}
            tables.append(pd.DataFrame(columns | {"status": "done"} | took | metrics))
        else:
            tables.append(pd.DataFrame([columns | {"status": otherwise}]))
    row = json.loads(args.row)
    names = ["method", "kind", "status", "seconds", "metric", "value"]
    table = pd.concat(tables).assign(**row)
    table.reindex(columns=[*row, *names]).to_csv(args.output, index=False, float_format="%.6g")


class Judge:
    """Holds a section's truth, and compares methods with it.

    Parameters
    ----------
    truth
        Spots × genes, sums of the members; `obsm['cells']`: spots × types.
    reference
        Annotated cells.
    ranking
        Genes ranked for each type; the best of each are left out of the figures of expression.
    """

    def __init__(self, truth, reference, ranking):
        self.genes = shared_genes(truth, reference)
        self.truth = truth[:, self.genes]
        self.values = sp.csr_matrix(self.truth.X)
        cells = truth.obsm["cells"]
        self.shares = cells.div(cells.sum(axis=1), axis=0)
        self.size = cells.sum(axis=1).to_numpy()
        used = set(markers.select(ranking, self.genes, per_type=MARKERS))
        self.judged = np.flatnonzero([gene not in used for gene in self.genes])
        types, means = type_means(linear(reference[:, self.genes]), reference.obs["cell_type"].to_numpy(dtype=str))
        self.means = pd.DataFrame(means, index=types, columns=self.genes)

    def constant(self) -> dict[str, list]:
        """Return metrics of the mean true composition, the same in every spot: what any method should beat."""
        same = pd.DataFrame(
            np.tile(self.shares.mean().to_numpy(), (len(self.shares), 1)), self.shares.index, self.shares.columns
        )
        return self._metrics(same, self._whole(same), None)

    def method(self, table: pd.DataFrame, spatial) -> dict[str, list]:
        """Return metrics of a table of shares and, where a method places cells, of the placed cells."""
        shares = table.pivot(index="spot", columns="cell_type", values="proportion")
        if spatial is None:
            return self._metrics(shares, self._whole(shares), None)
        placed = pd.crosstab(spatial.obs["spot"].astype(str), spatial.obs["cell_type"].astype(str))
        return self._metrics(shares, placed.div(placed.sum(axis=1), axis=0), spatial)

    def _whole(self, shares: pd.DataFrame) -> pd.DataFrame:
        shares = shares.reindex(self.shares.index, fill_value=0.0)
        numbers = largest_remainder(shares.to_numpy(), self.size)
        return pd.DataFrame(numbers / self.size[:, None], shares.index, shares.columns)

    def _metrics(self, shares: pd.DataFrame, whole: pd.DataFrame, spatial) -> dict[str, list]:
        if spatial is None:
            made = step_two.from_shares(shares, self.means, self.shares.index)
        else:
            values = counts_or_linear(spatial[:, self.genes])
            made = step_two.placed_sum(values, spatial.obs["spot"].astype(str).to_numpy(), self.shares.index)
        figures = (
            step_two.composition(shares, self.shares, "composition")
            | step_two.composition(whole, self.shares, "whole")
            | step_two.expression(made, self.values, self.judged)
        )
        return {"metric": list(figures), "value": list(figures.values())}


if __name__ == "__main__":
    run(main)
