"""How many cells each spot of a section holds."""

import logging

import anndata as ad
import numpy as np
import pandas as pd

from .expression import totals
from .problems import InputError
from .proportions import largest_remainder

log = logging.getLogger(__name__)

NUCLEI = ("n_nuclei", "nuclei", "cell_count")  # columns of a section's metadata that hold counted nuclei
NOTHING_TO_GO_BY = (
    f"cells_per_spot is auto, but there are neither counts nor a column of nuclei ({', '.join(NUCLEI)}); give a number"
)


def nuclei(obs: pd.DataFrame) -> np.ndarray | None:
    """Return the nuclei counted in each spot, (spots,); None where no column of that name is there.

    Raises
    ------
    InputError
        If a value is no whole number of at least 0, or all are 0.
    """
    column = next((name for name in NUCLEI if name in obs), None)
    if column is None:
        return None
    values = pd.to_numeric(obs[column], errors="coerce").to_numpy(dtype=float)
    wrong = ~((values >= 0) & (values == np.rint(values)))
    if wrong.any():
        spot = obs.index[wrong][0]
        raise InputError(
            f"column {column}: spot '{spot}' has '{obs[column][spot]}' nuclei, which is no whole number; correct it, "
            f"or give a number under cells_per_spot"
        )
    if not values.any():
        raise InputError(f"column {column}: no spot has a nucleus; correct it, or give a number under cells_per_spot")
    return values.astype(np.int64)


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
    size = totals(section.layers["counts"]) / (1 if content is None else np.where(content > 0, content, 1))
    size = np.where(filled, size, 0)
    spots = int(filled.sum())
    beyond = np.maximum(size * spots * mean / size.sum() - 1, 0)  # of the first cell, which every spot has
    more = largest_remainder(beyond[None], np.array([(mean - 1) * spots]))[0]
    return np.where(filled, 1 + more, 0)
