"""Genes whose expression varies in space."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.stats import false_discovery_control

from ..contract.stored import LOGS, Stored
from ..numerics.lattice import neighbours, patches
from ..numerics.moran import morans_i, p_values
from ..numerics.scaling import totals

MOST_PLACES = 20_000  # that tell how a gene varies
PATCH = 400  # neighbouring places of a large section that are drawn together
LEAST_FOUND = 0.01  # proportion of these places in which a gene must be found


def have_counts(section: Stored) -> np.ndarray:
    """Tell which places of a section have counts, (places,)."""
    return np.concatenate([totals(values) > 0 for _, values in section.blocks(LOGS)])


def varying(section: Stored, spatial: np.ndarray, measured: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return Moran's I of the measured genes, the most patterned gene first (contract/tables.py, SPATIAL_GENES).

    Parameters
    ----------
    section
        The section, with log values.
    spatial
        Centres of its places, places × 2.
    measured
        Which places have counts, (places,): the others would make the border of the tissue a pattern of all genes.
    rng
        Draws patches of a large section.
    """
    measured = np.flatnonzero(measured)
    rows = measured[patches(spatial[measured], MOST_PLACES, PATCH, rng)]
    values = sp.vstack([block[rows[(rows >= start) & (rows < start + block.shape[0])] - start]
                        for start, block in section.blocks(LOGS)], format="csc")  # fmt: skip
    found = np.diff(values.indptr) >= max(LEAST_FOUND * len(rows), 1)
    names, values = section.var_names[found], sp.csr_matrix(values[:, found])
    around = neighbours(spatial[rows])
    pattern = morans_i(values, around)
    table = pd.DataFrame({"gene": names, "morans_i": pattern, "p": p_values(pattern, values, around)})
    table = table.dropna().sort_values(["morans_i", "gene"], ascending=[False, True], ignore_index=True)
    return table.assign(p_adjusted=false_discovery_control(table["p"]) if len(table) else table["p"])
