"""Cohorts to run the whole pipeline on: real mixtures, and simulated bulks of one reference."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Obs

from . import data_sets

MIXTURES, LINES = "bulk_celllines_rnamix_celseq2", "sc_celllines_celseq2_5cl"
CELLS_OF_A_BULK = 500
CONCENTRATION = 5.0  # of the Dirichlet distribution around the reference's composition, times the number of types


def mixtures(data: Path, folder: Path, columns: int | None) -> Path:
    """Write the first columns of the mixtures (None: all) beside their reference; return the samplesheet."""
    bulk = ad.read_h5ad(data_sets.path(data, MIXTURES))
    return _write(folder, bulk[:columns].copy(), data_sets.path(data, LINES))


def simulated(data: Path, folder: Path, number: int) -> Path:
    """Write sums of cells of the blood reference, of compositions drawn around its own; return the samplesheet."""
    path = data_sets.path(data)
    cells = ad.read_h5ad(path)
    rng = np.random.default_rng(0)
    types, codes, sizes = np.unique(cells.obs[Obs.CELL_TYPE].astype(str), return_inverse=True, return_counts=True)
    proportions = rng.dirichlet(CONCENTRATION * len(types) * sizes / sizes.sum(), number)  # bulks × types
    weights = proportions[:, codes] / sizes[codes]  # bulks × cells
    members = np.stack([rng.multinomial(CELLS_OF_A_BULK, row / row.sum()) for row in weights])
    counts = sp.csr_matrix(members.astype(np.float32)) @ sp.csr_matrix(cells.X, dtype=np.float32)
    names = [f"bulk_{place:04d}" for place in range(1, number + 1)]
    return _write(folder, ad.AnnData(sp.csr_matrix(counts), pd.DataFrame(index=names), cells.var[[]].copy()), path)


def _write(folder: Path, bulk: ad.AnnData, reference: Path) -> Path:
    """Write the bulk and a samplesheet whose one row takes all of its columns."""
    folder.mkdir(parents=True, exist_ok=True)
    bulk.write_h5ad(folder / "bulk.h5ad")
    sheet = folder / "samplesheet.csv"
    pd.DataFrame([{"sample": "cohort", "bulk": "bulk.h5ad", "reference": str(reference)}]).to_csv(sheet, index=False)
    return sheet
