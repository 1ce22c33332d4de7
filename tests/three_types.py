"""A reference of three types and bulks of known composition made of it."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.numerics.scaling import log_normalize

GENES = [f"g{i}" for i in range(60)]


def reference(rng, sizes=(80, 60, 40), library=(1000, 2000, 4000), counts=True):
    """Cells of types a, b, c whose profiles differ, and whose mRNA content does."""
    profiles = rng.gamma(0.5, 1.0, (3, len(GENES)))
    profiles /= profiles.sum(axis=1, keepdims=True)
    codes = np.repeat(np.arange(3), sizes)
    raw = sp.csr_matrix(rng.poisson(profiles[codes] * np.array(library)[codes, None]).astype(np.float32))
    cells = ad.AnnData(log_normalize(raw), obs=pd.DataFrame(index=[f"c{i}" for i in range(len(codes))]))
    cells.obs["cell_type"] = pd.Categorical(np.array(["a", "b", "c"])[codes])
    cells.var_names = GENES
    if counts:
        cells.layers["counts"] = raw
    return cells


def mixtures(cells, n_cells):
    """Sum the counts of this many cells of each type: samples × genes per 10 000, drawn without replacement."""
    rows = []
    for row in n_cells:
        picked = np.concatenate(
            [np.flatnonzero(cells.obs["cell_type"] == t)[:n] for t, n in zip("abc", row, strict=True)]
        )
        rows.append(np.asarray(cells.layers["counts"][picked].sum(axis=0)).ravel())
    rows = np.array(rows)
    return sp.csr_matrix(1e4 * rows / rows.sum(axis=1, keepdims=True))
