"""Composition of spots by SPOTlight and spatialDWLS, where the user's R has the packages SPOTlight and Giotto."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.contract.expression import counts_or_linear, shared_genes
from bulk2space.contract.keys import Obs

SCRIPT = Path(__file__).with_name("compositions.R")


def composition(
    package: str, reference: ad.AnnData, section: ad.AnnData, ranking: pd.DataFrame, start: Callable[..., bool]
) -> pd.DataFrame:
    """Return the proportions by a package, spots × types.

    Parameters
    ----------
    package
        SPOTlight or Giotto.
    reference, section
        The pipeline's own files.
    ranking
        markers.csv of the reference; 100 genes of each type are markers, and weigh as much as their log fold change.
    start
        Runs Rscript with the words that it is given, and returns whether that went well.

    Raises
    ------
    RuntimeError
        If the package ends with an error.
    """
    shared = shared_genes(reference, section)
    best = markers.significant(ranking, shared)
    best = best[best["log2fc"] > 0].groupby("cell_type").head(100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, table in (("cells", reference), ("spots", section)):
            values = counts_or_linear(table[:, shared]).toarray().T
            pd.DataFrame(values, shared, table.obs_names).to_csv(folder / f"{file}.csv")
        pd.DataFrame({"type": reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)}).to_csv(folder / "types.csv")
        renamed = best.rename(columns={"cell_type": "type", "log2fc": "weight"})
        renamed[["gene", "type", "weight"]].to_csv(folder / "markers.csv", index=False)
        if not start(SCRIPT, package, folder):
            raise RuntimeError(f"the R package {package} ended with an error")
        found = pd.read_csv(folder / "found.csv", index_col=0)
    found.index = found.index.astype(str)
    return found.reindex(section.obs_names).fillna(0.0).clip(lower=0).astype(np.float64)
