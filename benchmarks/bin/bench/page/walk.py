"""The walk from a series of GEO to the type that falls: docs/cohorts.md."""

from typing import Any

import numpy as np
import pandas as pd

from .markdown import filled

CODE = """import csv
import gzip

import pandas as pd

with gzip.open("GSE900077_series_matrix.txt.gz", "rt", encoding="utf-8") as lines:
    about = [line for line in csv.reader(lines, delimiter="\\t") if line and line[0].startswith("!Sample_")]
samples = next(cells for key, *cells in about if key == "!Sample_geo_accession")
pairs = [(sample, *cell.split(": ", 1)) for key, *cells in about if key == "!Sample_characteristics_ch1"
         for sample, cell in zip(samples, cells) if ": " in cell]
known = pd.DataFrame(pairs, columns=["sample", "name", "value"]).pivot(index="sample", columns="name", values="value")
known = known.loc[samples]
pd.DataFrame({
    "sample": samples,
    "bulk": "GSE900077_series_matrix.txt.gz",
    "bulk_column": samples,
    "reference": "reference.h5ad",
    "covariate_severity": known["severity"].tolist(),
    "covariate_sex": known["Sex"].tolist(),
    "covariate_plate": known["plate"].tolist(),
}).to_csv("samplesheet.csv", index=False)"""
TESTED, SURE = "covariate_severity", 0.05
SHOWN = {
    "cell_type": "cell type", "effect": "effect", "ci_low": "from", "ci_high": "to", "p": "p",
    "p_adjusted": "adjusted p",
}  # fmt: skip


def text(comparisons: pd.DataFrame, samples: pd.DataFrame, **words: Any) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    comparisons, samples
        comparisons.csv and samples.csv of the run.
    **words
        Other fields of the text.
    """
    tests = comparisons[comparisons["level"] == "proportion"]
    own = tests[tests["term"] == TESTED].sort_values("p")
    first, rest = own.iloc[0], own.iloc[1:]
    nothing = tests[tests["term"] != TESTED]
    out, apart = samples["left_out"] != "", samples["apart"] == 1
    ends = sorted(map(change, first[["ci_low", "ci_high"]]), key=lambda text: int(text[:-1]))
    return filled(
        "walk", code=CODE, table=shown(own), first=first["cell_type"],
        verb="falls" if first["effect"] < 0 else "rises",
        fold=change(first["effect"]), low=ends[0], high=ends[1],
        others=found_in_words(rest), n_nothing=len(nothing), nothing_found=int((nothing["p_adjusted"] < SURE).sum()),
        verdicts=f"{len(samples) - out.sum()} of {len(samples)} samples take part in the tests.",
        apart=f"{apart.sum()} of {len(samples)} samples lie apart from the others by their composition.",
        expression=expression_in_words(comparisons[comparisons["level"] == "expression"]), **words,
    )  # fmt: skip


def change(log2: float) -> str:
    """Return the size of a log2 fold change in percent; whether it falls or rises is said beside it."""
    return f"{abs(2**log2 - 1):.0%}"


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as the page shows them."""
    table = rows[list(SHOWN)].rename(columns=SHOWN)
    for name in ("p", "adjusted p"):
        table[name] = table[name].map("{:.2g}".format)
    for name in ("effect", "from", "to"):
        table[name] = table[name].map("{:+.3f}".format)
    return table


def found_in_words(rest: pd.DataFrame) -> str:
    """Return which of the other types have an adjusted p below the limit."""
    names = list(rest.loc[rest["p_adjusted"] < SURE, "cell_type"])
    return f"Also found: {', '.join(names)}." if names else "No other type does."


def expression_in_words(rows: pd.DataFrame) -> str:
    """Return how many tests of expression found something."""
    if rows.empty:
        return (
            "In this series no gene changes within a type, and the bulk resolves none of its few genes for any type: "
            "there are no such rows."
        )
    number = int(np.sum(rows["p_adjusted"] < SURE))
    return (
        f"In this series no gene changes within a type. {len(rows):,} tests were made; in {number} of them the "
        "adjusted p is below 0.05."
    )
