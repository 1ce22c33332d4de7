#!/usr/bin/env python3
"""Print whether calibration finds the states of cells that a bulk holds, on blood whose subtypes are hidden.

T cells of three kinds and monocytes of two go by one name each in the reference (one half of the cells), and bulks made
of the other half hold the kinds in other shares. The weights of the reference's cells should move from the reference's
own shares of each kind towards the bulk's. Every gene of the bulks is multiplied by a factor of its own, as another
laboratory would. The table is kept for docs/benchmarks.md.
"""

import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks" / "bin")]

from bench import data_sets  # noqa: E402
from bulk2space.generator.calibrate import calibrate  # noqa: E402
from bulk2space.numerics.scaling import log_normalize  # noqa: E402

HIDDEN = {"Naive CD4 T": "T", "Memory CD4 T": "T", "CD8 T": "T", "CD14+ Mono": "Mono", "FCGR3A+ Mono": "Mono"}
BULKS = {  # cells of each kind
    "naive": {"Naive CD4 T": 540, "Memory CD4 T": 30, "CD8 T": 30, "CD14+ Mono": 270, "FCGR3A+ Mono": 30},
    "cytotoxic": {"Naive CD4 T": 60, "Memory CD4 T": 120, "CD8 T": 420, "CD14+ Mono": 150, "FCGR3A+ Mono": 150},
    "memory": {"Naive CD4 T": 120, "Memory CD4 T": 420, "CD8 T": 60, "CD14+ Mono": 60, "FCGR3A+ Mono": 240},
    "as the reference": {"Naive CD4 T": 280, "Memory CD4 T": 210, "CD8 T": 110, "CD14+ Mono": 225, "FCGR3A+ Mono": 75},
}
OTHERS = {"B": 100, "NK": 100, "DC": 20, "Platelet": 10}
FACTORS = (0.0, 0.4, 0.8)  # standard deviation of the log factors of genes


def main() -> None:
    """Take the folder of data from the command line; print and keep the table."""
    args = data_sets.options(__doc__).parse_args()
    reference, kinds, bulks, fractions = simulated(ad.read_h5ad(data_sets.path(args.data)))
    rows = []
    for spread in FACTORS:
        factors = np.exp(np.random.default_rng(9).normal(0, spread, reference.n_vars))
        for place, name in enumerate(BULKS):
            for alone in (False, True):
                own = slice(place, place + 1) if alone else slice(None)
                found = calibrate(
                    reference,
                    list(reference.var_names),
                    bulks[own] * factors,
                    fractions[own],
                    0 if alone else place,
                    seed=0,
                )
                rows.append(row(name, spread, alone, found, kinds))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    args.results.mkdir(parents=True, exist_ok=True)
    table.to_csv(args.results / "calibration.csv", index=False, float_format="%.4g")


def simulated(cells: ad.AnnData) -> tuple[ad.AnnData, np.ndarray, np.ndarray, np.ndarray]:
    """Return the reference with hidden kinds, its cells' kinds, the bulks, and their shares of mRNA by type."""
    counts = sp.csr_matrix(cells.X, dtype=np.float32)
    order = np.random.default_rng(0).permutation(cells.n_obs)
    known, held = order[: cells.n_obs // 2], order[cells.n_obs // 2 :]
    kinds = cells.obs["cell_type"].to_numpy(dtype=str)
    types = np.array([HIDDEN.get(kind, kind) for kind in kinds])
    reference = ad.AnnData(
        log_normalize(counts[known]), obs=pd.DataFrame({"cell_type": types[known]}, index=cells.obs_names[known])
    )
    reference.var_names, reference.layers["counts"] = cells.var_names, counts[known]
    rng = np.random.default_rng(1)
    bulks, fractions = [], []
    for bulk in BULKS.values():
        drawn = np.concatenate([rng.choice(held[kinds[held] == kind], n) for kind, n in (bulk | OTHERS).items()])
        totals = np.asarray(counts[drawn].sum(axis=1)).ravel()
        bulks.append(np.asarray(counts[drawn].sum(axis=0), dtype=float).ravel())
        fractions.append([totals[types[drawn] == name].sum() / totals.sum() for name in np.unique(types[known])])
    return reference, kinds[known], np.array(bulks), np.array(fractions)


def row(name: str, spread: float, alone: bool, found, kinds: np.ndarray) -> dict:
    """Return a line: how far the shares of the kinds within their type lie from the bulk's, before and after."""
    bulk = BULKS[name]
    before, after, true = [], [], []
    for kind, hidden in HIDDEN.items():
        own = np.isin(kinds, [other for other, same in HIDDEN.items() if same == hidden])
        before.append((kinds[own] == kind).mean())
        after.append(found.weights[own & (kinds == kind)].sum() / found.weights[own].sum())
        true.append(bulk[kind] / sum(n for other, n in bulk.items() if HIDDEN[other] == hidden))
    off = [float(np.abs(np.array(shares) - true).mean()) for shares in (before, after)]
    return {
        "bulk": name,
        "samples in the file": 1 if alone else len(BULKS),
        "sd of log gene factors": spread,
        "calibrated": "yes" if found.used else "no",
        "error on unseen genes": found.error,
        "error of kinds' shares, uncalibrated": off[0],
        "calibrated to the bulk": off[1],
        "smallest effective share of cells": float(found.effective.min()),
    }


if __name__ == "__main__":
    main()
