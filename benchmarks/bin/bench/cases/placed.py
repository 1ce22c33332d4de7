"""Cells in spots, and the summed counts of each spot."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp


class Placed(NamedTuple):
    """Cells of a known kind in the spots of a section.

    Attributes
    ----------
    spot
        Spot of each cell, (cells,).
    kind
        Its kind, one of ``tissues.KINDS``, (cells,).
    counts
        Cells × genes.
    """

    spot: np.ndarray
    kind: np.ndarray
    counts: sp.csr_matrix


def spot_sums(spot: np.ndarray, values: sp.csr_matrix, n_spots: int) -> sp.csr_matrix:
    """Return the summed values of each spot's cells, spots × genes.

    Parameters
    ----------
    spot
        Spot of each cell, (cells,).
    values
        Cells × genes.
    n_spots
        Number of spots.
    """
    rows = (np.ones(len(spot), dtype=values.dtype), (spot, np.arange(len(spot))))
    return sp.csr_matrix(rows, shape=(n_spots, len(spot))) @ values
