"""A reference of any size, drawn from a real one, with a bulk and proportions for the steps that need them."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Layers, Obs
from bulk2space.inputs import door
from bulk2space.numerics.scaling import log_normalize

from .proportions import write_estimates

SAMPLE = "bulk"  # the name of the bulk's only sample


def write(source: Path, folder: Path, *, cells: int | None = None, genes: int | None = None) -> None:
    """Write reference.h5ad, its sum as bulk.h5ad, and its own proportions as estimates.csv.

    Parameters
    ----------
    source
        A real reference.
    folder
        Where to write; nothing is done where the files are there already.
    cells
        Cells to draw with replacement, each count anew from a Poisson distribution. None keeps the reference as it is.
    genes
        Most expressed genes to keep of a drawn reference.
    """
    estimates = folder / "estimates.csv"
    if estimates.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    reference = door.reference(source, None)
    if cells:
        reference = drawn(most_expressed(reference, genes), cells, np.random.default_rng(0))
    write_h5ad(reference, folder / "reference.h5ad")
    total = sp.csr_matrix(np.asarray(reference.layers[Layers.COUNTS].sum(axis=0), dtype=np.float32))
    write_h5ad(ad.AnnData(total, obs=pd.DataFrame(index=[SAMPLE]), var=reference.var[[]]), folder / "bulk.h5ad")
    write_estimates(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), SAMPLE, estimates)


def most_expressed(reference: ad.AnnData, genes: int | None) -> ad.AnnData:
    """Return a reference in its most expressed genes; None keeps all."""
    if genes is None:
        return reference
    totals = np.asarray(reference.layers[Layers.COUNTS].sum(axis=0)).ravel()
    return reference[:, np.sort(np.argsort(-totals)[:genes])].copy()


def drawn(reference: ad.AnnData, cells: int, rng: np.random.Generator) -> ad.AnnData:
    """Return cells drawn with replacement, each count anew from a Poisson distribution around the one drawn."""
    rows = rng.choice(reference.n_obs, cells)
    counts = poisson(sp.csr_matrix(reference.layers[Layers.COUNTS], dtype=np.float32)[rows], rng)
    types = reference.obs[Obs.CELL_TYPE].to_numpy()[rows]
    obs = pd.DataFrame({Obs.CELL_TYPE: types}, index=[f"c{n}" for n in range(cells)])
    return ad.AnnData(log_normalize(counts), obs=obs, var=reference.var[[]], layers={Layers.COUNTS: counts})


def poisson(counts: sp.csr_matrix, rng: np.random.Generator) -> sp.csr_matrix:
    """Return counts drawn from a Poisson distribution around the given ones, in place."""
    counts.data = rng.poisson(counts.data).astype(np.float32)
    counts.eliminate_zeros()
    return counts
