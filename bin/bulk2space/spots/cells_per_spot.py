"""How many cells each spot of a section holds."""

import logging

import anndata as ad
import numpy as np

from ..contract.keys import Layers
from ..numerics.scaling import totals
from ..numerics.shares import largest_remainder

log = logging.getLogger(__name__)


def fixed(filled: np.ndarray, number: int) -> np.ndarray:
    """Return one number of cells for all spots with counts, and 0 for the others, (spots,)."""
    return np.where(filled, number, 0)


def by_nuclei(counted: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Return as many cells as nuclei were counted, and 0 for spots without counts, (spots,)."""
    without = int((filled & (counted == 0)).sum())
    if without:
        log.warning("%d spots with counts have no nucleus: they get no cell", without)
    return np.where(filled, counted, 0)


def by_counts(section: ad.AnnData, filled: np.ndarray, mean: int, content: np.ndarray | None = None) -> np.ndarray:
    """Return the cells of each spot in proportion to its counts over what one of its cells holds.

    Every spot with counts has one cell at least; all together have ``mean`` times as many as there are such spots.

    Parameters
    ----------
    section
        A section with counts.
    filled
        Whether a spot has counts, (spots,).
    mean
        Cells of an average spot.
    content
        mRNA of an average cell of each spot, (spots,); without it all spots' cells hold the same.
    """
    size = totals(section.layers[Layers.COUNTS]) / (1 if content is None else np.where(content > 0, content, 1))
    size = np.where(filled, size, 0)
    spots = int(filled.sum())
    beyond = np.maximum(size * spots * mean / size.sum() - 1, 0)  # of the first cell, which every spot has
    more = largest_remainder(beyond[None], np.array([(mean - 1) * spots]))[0]
    return np.where(filled, 1 + more, 0)
