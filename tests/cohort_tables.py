"""Tables of a cohort as the steps before the tests write them."""

import json

import numpy as np
import pandas as pd
from bulk2space.contract import tables

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
            "condition": condition,
            "covariates": {key: values[n] for key, values in (covariates or {}).items()},
        }
        for n, (name, condition) in enumerate(zip(names, conditions, strict=True))
    ]
    (folder / "samples.json").write_text(json.dumps(samples))
    return ("--cohort", "bulk.reference", "--proportions", folder / "proportions", "--verdicts", folder / "verdicts")
