"""Generated cells and an imaged section of the size of a large study, simulated."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Layers, Obs, Obsm
from bulk2space.contract.tables import VERDICT
from bulk2space.contract.verdicts import GOOD
from bulk2space.numerics.scaling import log_normalize

from .proportions import write_proportions

IMAGED, GENERATED, GENES, PANEL = 100_000, 10_000, 15_000, 300  # cells, cells, genes, measured genes
TYPES = 10
REFERENCE = 2_000  # cells of each type of the reference
RANKED = 50  # of those, that markers are ranked on
EXPRESSED = 0.1  # shape of the gamma distribution of rates: about this proportion of a cell's genes is not zero
CELLS_AT_ONCE = 1_000


def write(folder: Path, *, imaged: int = IMAGED, generated: int = GENERATED, panel: int = PANEL) -> None:
    """Write cells.h5ad and section.h5ad, both with counts and as sparse as a 10x run.

    Parameters
    ----------
    folder
        Where to write.
    imaged, generated, panel
        Numbers of imaged cells, generated cells and measured genes.
    """
    rng = np.random.default_rng(0)
    genes = np.array([f"gene{number}" for number in range(GENES)])
    rates = rng.gamma(EXPRESSED, 1, (TYPES, GENES)).astype(np.float32)
    measured = np.argsort(-rates.sum(axis=0))[:panel]
    for name, number, columns in (("cells", generated, slice(None)), ("section", imaged, measured)):
        types = rng.integers(TYPES, size=number)
        counts = _drawn(rates[:, columns], types, rng)
        made = ad.AnnData(log_normalize(counts), layers={Layers.COUNTS: counts})
        made.obs_names = [f"{name}{n}" for n in range(number)]
        made.var_names = genes[columns]
        if name == "cells":
            made.obs[Obs.CELL_TYPE] = pd.Categorical(types.astype(str))
            made.obs[Obs.SOURCE_CELL] = made.obs_names.to_numpy()[_sources(types)]
        else:
            made.obsm[Obsm.SPATIAL] = rng.random((number, 2))
        write_h5ad(made, folder / f"{name}.h5ad")


def write_sample(folder: Path, sample: str) -> None:
    """Write what the other steps read beside cells and section: the reference, proportions and a verdict.

    The reference has the first cells of each type, with counts, and ranked.h5ad a few of them.
    """
    cells = read_h5ad(folder / "cells.h5ad")
    types = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    place = pd.Series(types).groupby(types).cumcount().to_numpy()
    for name, most in (("reference", REFERENCE), ("ranked", RANKED)):
        write_h5ad(cells[place < most].copy(), folder / f"{name}.h5ad")
    write_proportions(types, sample, cells.n_obs, folder / f"{sample}.proportions.csv")
    whole = pd.DataFrame({"sample": sample, "input": ["bulk", "section"], "cell_type": "", "verdict": GOOD})
    VERDICT.write(whole.assign(agreement=1.0).reindex(columns=VERDICT.header), folder / f"{sample}.verdict.csv")
    (folder / f"{sample}.cells.h5ad").symlink_to("cells.h5ad")


def _sources(types: np.ndarray) -> np.ndarray:
    """Return a source for each cell, (cells,): the first cells of its type, which are the reference, in turn."""
    sources = np.empty(len(types), dtype=int)
    for kind in np.unique(types):
        own = np.flatnonzero(types == kind)
        sources[own] = own[np.arange(len(own)) % REFERENCE]
    return sources


def _drawn(rates: np.ndarray, types: np.ndarray, rng: np.random.Generator) -> sp.csr_matrix:
    """Return Poisson counts, cells × genes, of the rates of each cell's type."""
    parts = [
        sp.csr_matrix(rng.poisson(rates[part]).astype(np.float32))
        for part in np.array_split(types, -(-len(types) // CELLS_AT_ONCE))
    ]
    return sp.csr_matrix(sp.vstack(parts, format="csr"))
