"""Blood whose subtypes are hidden from calibration: a reference, and bulks with other proportions of the subtypes.

T cells of three kinds and monocytes of two carry one type's name each in the reference, which is one half of the cells.
The bulks are made of the other half.
"""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Layers, Obs
from bulk2space.numerics.scaling import log_normalize

HIDDEN = {"Naive CD4 T": "T", "Memory CD4 T": "T", "CD8 T": "T", "CD14+ Mono": "Mono", "FCGR3A+ Mono": "Mono"}
BULKS = {  # cells of each kind
    "naive": {"Naive CD4 T": 540, "Memory CD4 T": 30, "CD8 T": 30, "CD14+ Mono": 270, "FCGR3A+ Mono": 30},
    "cytotoxic": {"Naive CD4 T": 60, "Memory CD4 T": 120, "CD8 T": 420, "CD14+ Mono": 150, "FCGR3A+ Mono": 150},
    "memory": {"Naive CD4 T": 120, "Memory CD4 T": 420, "CD8 T": 60, "CD14+ Mono": 60, "FCGR3A+ Mono": 240},
    "as the reference": {"Naive CD4 T": 280, "Memory CD4 T": 210, "CD8 T": 110, "CD14+ Mono": 225, "FCGR3A+ Mono": 75},
}
OTHERS = {"B": 100, "NK": 100, "DC": 20, "Platelet": 10}  # cells of the types without hidden kinds, in every bulk


class Case(NamedTuple):
    """A reference with hidden kinds, and the bulks.

    Attributes
    ----------
    reference
        Cells with counts; `obs['cell_type']` holds types, not kinds.
    kinds
        Kind of each reference cell, (cells,).
    bulks
        Counts, bulks × genes, in the order of ``BULKS``.
    rna_fraction
        True proportions of mRNA, bulks × sorted types.
    """

    reference: ad.AnnData
    kinds: np.ndarray
    bulks: np.ndarray
    rna_fraction: np.ndarray


def simulate(cells: ad.AnnData) -> Case:
    """Split real cells with counts in `X` and kinds in `obs['cell_type']`, and make the bulks."""
    counts = sp.csr_matrix(cells.X, dtype=np.float32)
    order = np.random.default_rng(0).permutation(cells.n_obs)
    known, held = order[: cells.n_obs // 2], order[cells.n_obs // 2 :]
    kinds = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    types = np.array([HIDDEN.get(kind, kind) for kind in kinds])
    reference = ad.AnnData(
        log_normalize(counts[known]), obs=pd.DataFrame({Obs.CELL_TYPE: types[known]}, index=cells.obs_names[known])
    )
    reference.var_names, reference.layers[Layers.COUNTS] = cells.var_names, counts[known]
    rng = np.random.default_rng(1)
    bulks, fractions = [], []
    for bulk in BULKS.values():
        drawn = np.concatenate([rng.choice(held[kinds[held] == kind], n) for kind, n in (bulk | OTHERS).items()])
        totals = np.asarray(counts[drawn].sum(axis=1)).ravel()
        bulks.append(np.asarray(counts[drawn].sum(axis=0), dtype=float).ravel())
        fractions.append([totals[types[drawn] == name].sum() / totals.sum() for name in np.unique(types[known])])
    return Case(reference, kinds[known], np.array(bulks), np.array(fractions))
