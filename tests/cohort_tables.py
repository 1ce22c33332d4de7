"""Tables of a cohort as the steps before the tests write them."""

import json

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract import tables
from bulk2space.contract.keys import Obsm, Uns, Varm
from bulk2space.contract.type_layers import GenesOfTypes, add_to_varm, write_types

TYPES = ["A", "B <x>", "C", "D"]


def write_cohort(folder, conditions, *, poor=(), fold=-2.0, covariates=None, seed=0):
    """Write the tables of samples whose type A falls by a fold (log2) in every condition but the first.

    Returns the options that name the files, without those of the output.
    """
    for name in ("proportions", "verdicts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = [f"s{number:02d}" for number in range(len(conditions))]
    for name, condition in zip(names, conditions, strict=True):
        parts = np.array([0.35, 0.3, 0.2, 0.15]) * [2.0 ** (fold * (condition != conditions[0])), 1, 1, 1]
        proportions = rng.dirichlet(60 * parts / parts.sum())
        table = pd.DataFrame({"sample": name, "cell_type": TYPES, "proportion": proportions, "n_cells": 0})
        spread = {"ci_low": np.maximum(proportions - 0.03, 0), "ci_high": np.minimum(proportions + 0.03, 1)}
        tables.PROPORTIONS.write(
            table.assign(**spread, rna_fraction=proportions), folder / "proportions" / f"{name}.proportions.csv"
        )
        words = ["poor" if name in poor else "good", *["good"] * len(TYPES)]
        verdict = pd.DataFrame({"sample": name, "input": "bulk", "cell_type": ["", *TYPES], "verdict": words})
        verdict = verdict.assign(agreement=0.1 if name in poor else 0.7, correlation=0.8, unknown=0.05)
        tables.VERDICT.write(
            verdict.reindex(columns=tables.VERDICT.header), folder / "verdicts" / f"{name}.verdict.csv"
        )
    samples = [
        {
            "id": name,
            "bulk_column": name,
            "condition": condition,
            "covariates": {key: values[n] for key, values in (covariates or {}).items()},
        }
        for n, (name, condition) in enumerate(zip(names, conditions, strict=True))
    ]
    (folder / "samples.json").write_text(json.dumps(samples))
    return ("--cohort", "bulk.reference", "--proportions", folder / "proportions", "--verdicts", folder / "verdicts")


GENES = [f"g{number}" for number in range(40)]
CHANGED = GENES[:8]  # in type A


def write_expression(folder, conditions, *, fold=2.0, seed=0):
    """Write an expression.h5ad of the samples: genes of type A rise by a fold (log2); a fifth is not resolvable."""
    rng = np.random.default_rng(seed)
    names = [f"s{number:02d}" for number in range(len(conditions))]
    case = np.array(conditions) != conditions[0]
    mean = rng.gamma(2.0, 3.0, (len(TYPES), 1, len(GENES))) * np.exp(
        rng.normal(0, 0.3, (len(TYPES), len(names), len(GENES)))
    )
    mean[0, :, : len(CHANGED)] *= 2.0 ** (fold * case[:, None])
    fractions = rng.dirichlet(np.full(len(TYPES), 3.0), len(names))
    bulk = np.einsum("st,tsg->sg", fractions, mean)
    adata = ad.AnnData(
        sp.csr_matrix(bulk.astype(np.float32)),
        obs=pd.DataFrame(index=names),
        var=pd.DataFrame(index=GENES),
        uns={Uns.CELL_TYPES: np.array(TYPES, dtype=object)},
        obsm={Obsm.RNA_FRACTION: fractions},
    )
    write_types(adata, [GenesOfTypes(slice(0, len(GENES)), mean, mean / 10)], folder / "expression.h5ad")
    resolvable = np.ones((len(GENES), len(TYPES)), dtype=bool)
    resolvable[32:] = False
    add_to_varm(folder / "expression.h5ad", {Varm.RESOLVABLE: resolvable})
    return ("--expression", folder / "expression.h5ad")
