"""The composition of a section of spots, as it is before the bulk and the generated cells have their say."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import seeds
from ..contract.expression import Named, shared_genes
from ..contract.problems import InputError
from ..contract.remarks import Remark
from ..contract.stored import Stored
from . import markers
from .cells_per_spot import sizes
from .profile import reference_profile
from .section_markers import read_markers
from .spot_choice import Choice
from .spot_diameter import diameter_of
from .spots import SpotFractions, choice_of, learned, of_spots


@dataclasses.dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Options of the fit, as fit_spots.py reads them from the command line.

    Attributes
    ----------
    sample
        Id of the sample.
    seed
        Seed of the run.
    markers_per_type
        How many marker genes of each type to work on.
    method
        How spots are fitted, one of :data:`.bulk.METHODS`.
    smoothing
        Weight of a spot's neighbours, 0 to 1; None to let the section decide.
    cells_by
        What decides how many cells a spot holds, one of :data:`.cells_per_spot.WAYS`.
    cells_per_spot
        Cells of every spot, or of an average spot.
    spot_diameter
        In coordinate units; None to take it from the section.
    """

    sample: str
    seed: int
    markers_per_type: int
    method: str
    smoothing: float | None
    cells_by: str
    cells_per_spot: int
    spot_diameter: float | None

    def recorded(self) -> dict[str, Any]:
        """Return what the result records; the diameter has an entry of its own."""
        given = {name: value for name, value in vars(self).items() if name != "spot_diameter"}
        return given | {"smoothing": "auto" if self.smoothing is None else self.smoothing}


class FittedSection(NamedTuple):
    """A fitted section.

    Attributes
    ----------
    spots, genes, types
        Names of its spots, of the marker genes that it was fitted to, and of the reference's types.
    cells
        Number of cells that the fit took each spot to hold, (spots,); a spot of 0 cells was not fitted.
    from_counts
        Whether these numbers follow from the counts of the spots. They are then a first guess, as in
        :class:`.cells_per_spot.Sizes`.
    fit
        Composition of the spots, not yet smoothed.
    choice
        How the section decided to be fitted.
    diameter
        Of a spot, in coordinate units.
    parameters
        What the fit was run with, from :meth:`FitSettings.recorded`.
    remarks
        What a reader of the report should know of it.
    provenance
        The files that it follows from, as contract/provenance.py records them.
    """

    spots: pd.Index
    genes: list[str]
    types: list[str]
    cells: np.ndarray
    from_counts: bool
    fit: SpotFractions
    choice: Choice
    diameter: float
    parameters: dict[str, Any]
    remarks: Sequence[Remark] = ()
    provenance: str = "{}"

    @property
    def of_whole(self) -> pd.Series:
        """Proportion of each type among the cells of all fitted spots, by the type's name."""
        number = max(self.cells[self.fit.is_fitted].sum(), 1)
        return pd.Series(self.cells @ self.fit.proportion / number, self.types)


def fit_section(
    section: Stored,
    reference: ad.AnnData,
    bulk: Named,
    ranking: pd.DataFrame,
    settings: FitSettings,
    mrna_content: dict[str, float] | None = None,
) -> FittedSection:
    """Let a section choose how it is fitted, and fit it.

    Parameters
    ----------
    section
        The spots, opened: of most of them, only the marker genes are read.
    reference
        Annotated cells.
    bulk
        Whose genes the generated cells have.
    ranking
        markers.csv of the reference.
    settings
        Options of the fit.
    mrna_content
        The user's table of mRNA per cell of each type; None without one.

    Raises
    ------
    InputError
        If the number of cells should follow from the section, and the section does not tell it; if no spot has cells,
        or counts in marker genes.
    """
    shared = shared_genes(reference, bulk, section)
    genes = markers.select(ranking, shared, per_type=settings.markers_per_type)
    spots = read_markers(section, shared, genes, counts=section.has_counts)
    profile = reference_profile(reference, genes, mrna_content=mrna_content)
    try:
        cells, from_counts = sizes(spots, by=settings.cells_by, number=settings.cells_per_spot)
    except InputError as problem:
        raise InputError(f"{section.name}: {problem}") from None
    if not cells.any():
        raise InputError(
            f"{section.name}: no spot with counts holds a cell; give spots with counts, and a number under "
            "cells_per_spot if only spots without counts have nuclei"
        )
    rng = seeds.generator(settings.seed, "composition", settings.sample)
    profile, noise = learned(reference, profile)
    diameter = diameter_of(section, settings.spot_diameter)
    choice = choice_of(
        spots, noise, profile, cells, method=settings.method, rng=rng, smoothing=settings.smoothing, diameter=diameter
    )
    fit = of_spots(
        spots, noise, profile, cells, method=settings.method, rng=rng, ways=choice.ways, pooling=choice.pooling
    )
    if not fit.is_fitted.any():
        raise InputError(
            f"{section.name}: no spot with cells has a count in one of the {len(genes)} marker genes of the reference; "
            "give the section's counts of all genes, or a reference of its tissue"
        )
    return FittedSection(
        spots.obs_names, genes, profile.types, cells, from_counts, fit, choice, diameter, settings.recorded()
    )
