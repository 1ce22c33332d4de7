"""Place generated cells in the spots of a section (step 2, spots): the whole step, without reading and writing.

Each spot gets a quota: how many cells of each type it takes. A scorer says how well a cell fits a spot. Cells are
assigned to spots so that the total score is the largest. Each cell then gets a location within its spot.
"""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..composition.composition_file import choice_entry
from ..composition.fitted_section import FittedSection
from ..composition.profile import reference_profile
from ..composition.section_markers import read_markers
from ..contract import remarks, seeds
from ..contract.expression import has_counts, shared_genes
from ..contract.keys import BulkAndSection, Obs, Obsm, Parameters, SectionChoice, Uns
from ..contract.problems import InputError
from ..contract.stored import Stored
from ..contract.viewers import add_places, as_scanpy_has_it
from ..numerics.scaling import totals
from . import confidence, scorer_choice
from .assign import BlockAssigner, Placement
from .blocks import pool_reuse
from .marker_space import Sides, marker_expression
from .neighbour_places import place_within_spots
from .output import placed_cells, spots_table
from .quotas import Quotas, quotas_of
from .repeats import report_repeats
from .scorers import SCORERS
from .settings import Settings
from .unseen_genes import Whole

log = logging.getLogger(__name__)

# Counts of a typical spot in marker genes. A fit to fewer counts mostly follows noise, and noise adds types.
FEW_COUNTS = 30
LIMITS = "places within a spot are drawn at random: do not test neighbourhoods below the size of a spot"


class FileNames(NamedTuple):
    """Names of the files that sentences about bad input mention."""

    cells: str
    reference: str
    section: str
    fitted: str


class Inputs(NamedTuple):
    """What the step reads.

    Attributes
    ----------
    cells, reference
        Generated cells and annotated cells.
    section
        The spots, opened: of most of them, only the marker genes are read.
    bulk
        proportions.csv of the sample.
    mrna_content
        The user's table of mRNA per cell of each type; None without one.
    fitted
        Composition of the section, from :func:`..composition.fitted_section.fit_section`.
    names
        Names of the files.
    """

    cells: ad.AnnData
    reference: ad.AnnData
    section: Stored
    bulk: pd.DataFrame
    mrna_content: dict[str, float] | None
    fitted: FittedSection
    names: FileNames


class Placed(NamedTuple):
    """What the step makes.

    Attributes
    ----------
    spatial
        One row per placed cell, without matrices.
    rows
        Which generated cell each of them is, (placed cells,).
    table
        spots.csv: one row per spot and cell type.
    """

    spatial: ad.AnnData
    rows: np.ndarray
    table: pd.DataFrame


def place(inputs: Inputs, settings: Settings) -> Placed:
    """Place the generated cells of a sample in the spots of its section.

    Raises
    ------
    InputError
        If the inputs do not belong together.
    """
    rng = seeds.generator(settings.seed, "map_spots", settings.sample)
    cells, reference, fitted = inputs.cells, inputs.reference, inputs.fitted
    shared, genes = shared_genes(reference, cells, inputs.section), fitted.genes
    counts = has_counts(cells) and inputs.section.has_counts
    section = read_markers(inputs.section, shared, genes, counts=counts)
    profile = reference_profile(reference, genes, mrna_content=inputs.mrna_content)
    check_fitted(inputs, shared, profile.types)
    codes = type_codes(inputs, profile.types)
    quotas = quotas_of(section, fitted, profile, codes, inputs.bulk, composition=settings.composition)

    filled = np.flatnonzero(quotas.filled)
    sides = both_sides(cells, codes, section[filled], shared, genes)
    name, gains = settings.scorer, dict[str, float]()
    if name == scorer_choice.AUTO:  # a stream of its own: a named scorer places the same cells
        chance = seeds.generator(settings.seed, "scorer", settings.sample)
        whole = Whole(cells, inputs.section, filled, shared, genes)
        name, gains = scorer_choice.choose(sides, whole, quotas.cells[filled], settings, chance)
    scorer = SCORERS[name](threads=settings.threads).fit(sides.cells, rng, counts=sides.counts)
    reuse = pool_reuse(int(quotas.cells.sum()), cells.n_obs, settings.max_cell_reuse)
    assigner = BlockAssigner(types=quotas.types, max_reuse=reuse)
    placement = assigner.assign(scorer, sides.spots, sides.cells, quotas.cells[filled], rng)
    placement = placement._replace(spot=filled[placement.spot])

    # a stream of its own: which cells are placed where does not depend on it
    chance = seeds.generator(settings.seed, "confidence", settings.sample)
    probability = confidence.probabilities(
        section, reference, profile, quotas, fitted.parameters[Parameters.METHOD], inputs.mrna_content, chance
    )

    centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    spatial = placed_cells(cells, codes, section, placement, probability)
    locations = place_within_spots(
        placement.spot, codes[placement.cell], quotas.proportion, centres, diameter=fitted.diameter, rng=rng
    )
    add_places(spatial, locations)
    spatial.uns = as_scanpy_has_it(spatial.uns, fitted.diameter)
    spatial.uns[Uns.SPOT_DIAMETER] = fitted.diameter
    of_run = {"n_marker_genes": len(genes), Parameters.LIMITS: LIMITS}
    spatial.uns[Uns.PARAMETERS] = fitted.parameters | settings.recorded() | of_run
    choice = quotas.choice._replace(gains=quotas.choice.gains | gains)
    spatial.uns[Uns.SECTION_CHOICE] = choice_entry(choice) | {SectionChoice.SCORER: name}
    of_section = pd.DataFrame({"cell_type": quotas.types, "proportion": quotas.of_section})
    spatial.uns[Uns.BULK_AND_SECTION] = {
        BulkAndSection.DISTANCE: quotas.distance,
        BulkAndSection.OF_SECTION: of_section,
    }
    log_placed(placement, quotas)
    report_repeats(spatial.obs)
    table = spots_table(settings.sample, section.obs_names, centres, quotas, probability)
    return Placed(spatial, placement.cell, table)


def check_fitted(inputs: Inputs, shared: list[str], types: list[str]) -> None:
    """Check that the composition is one of these spots, types and genes.

    Raises
    ------
    InputError
        If it is not.
    """
    fitted, names = inputs.fitted, inputs.names
    for what, fits, file in (
        ("spots", fitted.spots.equals(inputs.section.obs_names), names.section),
        ("types", fitted.types == types, names.reference),
        ("genes", set(fitted.genes) <= set(shared), names.cells),
    ):
        if not fits:
            raise InputError(f"{names.fitted}: its {what} are not those of {file}; fit the spots again (fit_spots.py)")


def type_codes(inputs: Inputs, types: list[str]) -> np.ndarray:
    """Return the type of each generated cell as its number among the reference's types, (cells,).

    Raises
    ------
    InputError
        If a cell has a type that the reference lacks.
    """
    labels = inputs.cells.obs[Obs.CELL_TYPE].astype(str)
    codes = np.asarray(pd.Categorical(labels, categories=types).codes)
    if (codes < 0).any():
        raise InputError(
            f"{inputs.names.cells}: cell type {labels.to_numpy()[codes < 0][0]} is not in {inputs.names.reference}; "
            "give the reference of these cells"
        )
    return codes


def both_sides(cells: ad.AnnData, codes: np.ndarray, spots: ad.AnnData, shared: list[str], genes: list[str]) -> Sides:
    """Return the marker genes of cells and spots, and warn where a typical spot has too few counts in them.

    Parameters
    ----------
    cells
        Generated cells.
    codes
        Their types, (cells,).
    spots
        The spots that take cells; empty ones would shift the spots' z-scores.
    shared
        Genes that reference, cells and section have in common.
    genes
        Marker genes among them.
    """
    counts = has_counts(cells) and has_counts(spots)
    cell_side = marker_expression(cells, shared, genes, counts=counts)._replace(types=codes)
    spot_side = marker_expression(spots, shared, genes, counts=counts)
    typical = float(np.median(totals(spot_side.values)))
    if counts and typical < FEW_COUNTS:
        remarks.warn(
            log, "few_counts_in_spots",
            f"a spot has {typical:.0f} counts in marker genes (median), too few to trust its composition: the "
            "proportions of rare types come out too large; bin neighbouring spots, or do not rely on single spots",
            counts=typical, enough=FEW_COUNTS,
        )  # fmt: skip
    return Sides(cell_side, spot_side, counts)


def log_placed(placement: Placement, quotas: Quotas) -> None:
    """Log how many cells were placed, of which types, and how well they fit."""
    by_type = dict(zip(map(str, quotas.types), quotas.cells.sum(axis=0).tolist(), strict=True))
    log.info("cells placed by type: %s", by_type)
    log.info(
        "%d of %d spots are empty; %d cells placed, %d different ones, the busiest %d times; mean fit %.3f",
        (~quotas.filled).sum(), len(quotas.filled), len(placement.cell), len(np.unique(placement.cell)),
        np.bincount(placement.cell).max(initial=0), placement.fit.mean() if len(placement.fit) else 0,
    )  # fmt: skip
