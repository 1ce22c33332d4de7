"""How many cells each spot of a section holds."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np

from ..contract import nuclei, remarks
from ..contract.expression import has_counts, total
from ..contract.problems import InputError
from ..numerics.shares import largest_remainder

log = logging.getLogger(__name__)

WAYS = ("number", "auto")


class Sizes(NamedTuple):
    """How many cells each spot holds.

    Attributes
    ----------
    cells
        Whole numbers, 0 for spots without counts, (spots,).
    from_counts
        Whether they follow from the spots' counts. They are then a first guess, which assumes that all cells hold
        equally much mRNA.
    """

    cells: np.ndarray
    from_counts: bool


def sizes(section: ad.AnnData, *, by: str, number: int) -> Sizes:
    """Return the cells of each spot.

    Parameters
    ----------
    section
        The spots.
    by
        ``number``: the same number for every spot; ``auto``: by counted nuclei, or else by counts.
    number
        Cells of every spot, or of an average spot where counts decide.

    Raises
    ------
    InputError
        If counted nuclei are wrong, or there are neither nuclei nor counts.
    """
    filled = total(section) > 0
    if by == "number":
        return Sizes(fixed(filled, number), from_counts=False)
    counted = nuclei.nuclei(section.obs)
    if counted is not None:
        return Sizes(by_nuclei(counted, filled), from_counts=False)
    if not has_counts(section):
        raise InputError(nuclei.NOTHING_TO_GO_BY)
    return Sizes(by_counts(section, filled, number), from_counts=True)


def fixed(filled: np.ndarray, number: int) -> np.ndarray:
    """Return one number of cells for all spots with counts, and 0 for the others, (spots,)."""
    return np.where(filled, number, 0)


def by_nuclei(counted: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Return as many cells as nuclei were counted, and 0 for spots without counts, (spots,)."""
    without = int((filled & (counted == 0)).sum())
    if without:
        remarks.warn(
            log, "spots_without_nuclei", f"{without} spots with counts have no nucleus: they get no cell", spots=without
        )
    return np.where(filled, counted, 0)


def by_counts(section: ad.AnnData, filled: np.ndarray, mean: int, content: np.ndarray | None = None) -> np.ndarray:
    """Return the cells of each spot in proportion to its counts, divided by the mRNA of one of its cells.

    Every spot with counts has at least one cell. All together have ``mean`` times as many cells as there are such
    spots.

    Parameters
    ----------
    section
        A section with counts.
    filled
        Whether a spot has counts, (spots,).
    mean
        Cells of an average spot.
    content
        mRNA of an average cell of each spot, (spots,); without it the cells of all spots hold equally much.
    """
    size = total(section) / (1 if content is None else np.where(content > 0, content, 1))
    size = np.where(filled, size, 0)
    spots = int(filled.sum())
    beyond = np.maximum(size * spots * mean / size.sum() - 1, 0)  # of the first cell, which every spot has
    more = largest_remainder(beyond[None], np.array([(mean - 1) * spots]))[0]
    return np.where(filled, 1 + more, 0)
