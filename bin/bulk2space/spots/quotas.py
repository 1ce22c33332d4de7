"""How many cells of each type every spot takes: its composition, its number of cells and the bulk's say."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..composition.cells_per_spot import by_counts
from ..composition.fitted_section import FittedSection
from ..composition.profile import ReferenceProfile
from ..composition.smoothing import smoothed
from ..composition.spot_choice import Choice
from ..contract import remarks
from ..contract.keys import Obsm, Parameters
from ..numerics.shares import largest_remainder, rows_to_one
from .available import available_proportions
from .bulk_and_section import reconciled

log = logging.getLogger(__name__)


class Quotas(NamedTuple):
    """The cells that every spot takes, and what they follow from.

    Attributes
    ----------
    types
        Names of the types.
    cells
        Whole cells, spots × types.
    filled
        Whether a spot takes cells at all, (spots,): it has counts and, where nuclei were counted, a nucleus.
    proportion, rna_fraction
        Proportions of the cells and of the mRNA, spots × types.
    fitted
        Whether a spot was fitted, (spots,). One without counts in marker genes takes its composition from others.
    placeable
        Part of each spot's composition whose types have generated cells, (spots,). These take the place of the rest.
    deviation
        Standard deviation that the spot model leaves to each proportion, spots × types; zeros where it has none.
    residual
        Misfit of each spot as a multiple of the noise that counts have, (spots,).
    of_section
        Proportions of the cells of the whole section before the bulk had its say, (types,).
    distance
        How far they are from the bulk's, 0 to 1.
    choice
        How the section decided to be fitted.
    """

    types: list[str]
    cells: np.ndarray
    filled: np.ndarray
    fitted: np.ndarray
    proportion: np.ndarray
    rna_fraction: np.ndarray
    placeable: np.ndarray
    deviation: np.ndarray
    residual: np.ndarray
    of_section: np.ndarray
    distance: float
    choice: Choice


def quotas_of(
    section: ad.AnnData,
    fitted: FittedSection,
    profile: ReferenceProfile,
    codes: np.ndarray,
    bulk: pd.DataFrame,
    *,
    composition: str,
) -> Quotas:
    """Decide how many cells of each type every spot takes.

    Parameters
    ----------
    section, fitted
        The spots, and their fit.
    profile
        Means of the reference over the marker genes.
    codes
        Type of each generated cell, (cells,).
    bulk
        proportions.csv of the sample.
    composition
        Whose proportions count, one of :data:`.bulk_and_section.COMPOSITIONS`.
    """
    types, size, fit, choice = profile.types, fitted.cells, fitted.fit, fitted.choice
    filled = size > 0
    centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    proportion = smoothed(fit.proportion, centres, filled, choice.smoothing)
    proportion, placeable = available_proportions(proportion, types, codes, filled)
    if fitted.from_counts:  # again, now that it is known how much mRNA the cells of each spot hold
        mean = fitted.parameters[Parameters.CELLS_PER_SPOT]
        size = by_counts(section, filled, mean, proportion @ profile.mrna_content)
    of_bulk = bulk.set_index("cell_type").reindex(types, fill_value=0.0)
    proportion, of_section, distance = reconciled(proportion, size, of_bulk, types, composition=composition)
    cells = largest_remainder(proportion, size)
    _report_unplaced(size @ proportion, cells, types)
    rna_fraction = rows_to_one(proportion * profile.mrna_content)
    return Quotas(
        types, cells, filled, fit.is_fitted, proportion, rna_fraction, placeable, fit.deviation, fit.residual,
        of_section, distance, choice,
    )  # fmt: skip


def _report_unplaced(of_section: np.ndarray, cells: np.ndarray, types: list[str]) -> None:
    """Warn of types that no spot takes, although their proportions come to a cell or more over the section.

    Parameters
    ----------
    of_section
        Cells of each type over the section as the proportions say, not rounded, (types,).
    cells
        Whole cells, spots × types.
    types
        Names of the types.
    """
    lost = np.flatnonzero((of_section >= 1) & (cells.sum(axis=0) == 0))
    if len(lost):
        names, number = [types[code] for code in lost], float(of_section[lost].sum())
        remarks.warn(
            log, "type_without_whole_cell",
            f"no spot holds a whole cell of {', '.join(names)}, although the proportions in spots.csv add up to "
            f"{number:.0f} cells over the section: raise --cells_per_spot or bin neighbouring spots to place them",
            types=names, cells=number,
        )  # fmt: skip
