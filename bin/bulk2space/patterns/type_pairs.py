"""Types that stand together, and types that avoid each other."""

import itertools

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.stats import false_discovery_control

from ..contract.patterns import APART, SURE, TOGETHER
from ..numerics.moran import morans_i, p_values
from .correlation import Places, correlated

LEAST_PRESENT = 0.01  # mean proportion of a type that takes part


def pairs(
    types: list[str], proportion: np.ndarray, neighbours: sp.csr_matrix, places: Places, *, are_apart: bool = True
) -> pd.DataFrame:
    """Correlate the map of each type with the map of each other one around it.

    A place is no neighbour of itself: its proportions sum to 1, so that types seem to avoid each other there wherever
    they lie.

    Parameters
    ----------
    types
        Names of the types.
    proportion
        Proportions of the cells, places × types; of imaged cells 1 for their type. Each place speaks for itself: where
        places are smoothed over their neighbours, neighbours are alike without any pattern.
    neighbours
        Who is whose neighbour (numerics/lattice.py), places × places.
    places
        The places, for the test.
    are_apart
        Whether places share no counts; if they do, nothing is tested (p = 1).

    Returns
    -------
    One row per pair of types (contract/tables.py, TYPE_PAIRS), the clearest first. A type beside itself tells whether
    it stands in groups (Moran's I).
    """
    present = np.flatnonzero(proportion.mean(axis=0) >= LEAST_PRESENT)
    own = proportion[:, present]
    around = np.asarray(neighbours @ own)
    found = correlated(places, own, around)
    r, p = (found.r + found.r.T) / 2, np.maximum(found.p, found.p.T)
    itself = morans_i(own, neighbours)
    np.fill_diagonal(r, np.nan_to_num(itself))
    np.fill_diagonal(p, np.nan_to_num(_two_sided(p_values(itself, own, neighbours)), nan=1.0))
    if not are_apart:
        p[:] = 1.0
    share = own.T @ around / np.maximum(own.sum(axis=0), 1e-12)[:, None]  # of the second type around the first

    chosen = itertools.combinations_with_replacement(range(len(present)), 2)
    first, second = np.array(list(chosen), dtype=int).reshape(-1, 2).T
    table = pd.DataFrame(
        {
            "cell_type": [types[present[a]] for a in first],
            "other": [types[present[b]] for b in second],
            "around": share[first, second],
            "everywhere": own.mean(axis=0)[second],
            "correlation": r[first, second],
            "p": p[first, second],
        }
    )
    table["p_adjusted"] = false_discovery_control(table["p"]) if len(table) else table["p"]
    sure = table["p_adjusted"] < SURE
    table["finding"] = np.where(~sure, "", np.where(table["correlation"] > 0, TOGETHER, APART))
    return table.sort_values(["p", "cell_type", "other"], ignore_index=True)


def _two_sided(p: np.ndarray) -> np.ndarray:
    return 2 * np.minimum(p, 1 - p)
