"""Expression by cell type and sample by bMIND, where the user's R has the package MIND."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

SCRIPT = Path(__file__).with_suffix(".R")
PER_MILLION = 100  # of a value per 10 000
ASK = ("-e", "library(MIND)")  # what Rscript can do where the package is installed


def expression(bulk: np.ndarray, fraction: np.ndarray, profile: np.ndarray, start: Callable[..., bool]) -> np.ndarray:
    """Return log2 expression of each type in each sample, types × samples × genes; 0 for genes that bMIND leaves out.

    Parameters
    ----------
    bulk
        Linear expression per 10 000, samples × genes.
    fraction
        Samples × types.
    profile
        Mean of each type per 10 000, types × genes.
    start
        Runs Rscript with the words that it is given, and returns whether that went well.
    """
    tables = {
        "bulk": _named(np.log2(PER_MILLION * bulk.T + 1), "g", "s"),
        "frac": _named(fraction, "s", "t"),
        "profile": _named(np.log2(PER_MILLION * profile.T + 1), "g", "t"),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            table.to_csv(Path(folder, f"{name}.csv"))
        if not start(SCRIPT, folder):
            raise SystemExit("ERROR: bMIND ended with an error; run the benchmark without the R package MIND")
        found = pd.read_csv(Path(folder, "found.csv"))
    result = np.zeros((fraction.shape[1], *bulk.shape))
    places = [found[name].str[1:].astype(int).to_numpy() for name in ("type", "sample", "gene")]
    result[tuple(places)] = found["value"]
    return result


def _named(values: np.ndarray, row: str, column: str) -> pd.DataFrame:
    """Return a table whose rows and columns are named by a letter and their place."""
    rows, columns = (
        [f"{letter}{n}" for n in range(size)] for letter, size in zip((row, column), values.shape, strict=True)
    )
    return pd.DataFrame(values, rows, columns)
