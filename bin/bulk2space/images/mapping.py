"""Give each imaged cell a transcriptome and a type (step 2, images): the whole step, without reading and writing.

Each imaged cell gets the generated cells that look most like it, or a single one. The mean of their expression is its
transcriptome (:mod:`.predicted`), and its type is the most probable one (:mod:`.confidence`).
"""

import dataclasses
import logging
from typing import Any, NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract import file_colours, remarks, seeds
from ..contract.keys import WEAK_PCC, Obs, Obsm, Uns, Var, Varm
from ..contract.viewers import add_places, as_scanpy_has_it
from ..numerics.lattice import neighbour_distance
from .confidence import Mapped, mapped_cells
from .expected import Expected
from .labels import compare, counted, set_aside
from .measured import add_measured
from .neighbors import empty_rows
from .one_to_one import one_hot, one_to_one
from .types_of_cells import Types, most_probable

log = logging.getLogger(__name__)

ALL_NEIGHBORS, ONE_TO_ONE = ASSIGNMENTS = ("neighbors", "one_to_one")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Options of the step.

    Attributes
    ----------
    sample
        Id of the sample.
    seed
        Seed of the run.
    mapper
        Name of the mapper, one of :data:`.mappers.MAPPERS`, or ``weighted``: the section weighs them.
    assignment
        ``neighbors``: the mean of all neighbours; ``one_to_one``: a single generated cell.
    ambiguous_label
        Label of the section's cells that want a type.
    """

    sample: str
    seed: int
    mapper: str
    assignment: str
    ambiguous_label: str


class Cells(NamedTuple):
    """Generated cells of each imaged cell.

    Attributes
    ----------
    weights
        Imaged cells × cells; rows sum to 1.
    types
        Types of the imaged cells.
    columns
        What `obs` says of the match, by name, (imaged cells,) each.
    """

    weights: sp.csr_matrix
    types: Types
    columns: dict[str, np.ndarray]


def mapped(
    cells: ad.AnnData, section: ad.AnnData, reference: ad.AnnData, genes: list[str], settings: Settings
) -> tuple[ad.AnnData, Expected]:
    """Find the generated cells of each imaged cell, and its type.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    reference
        The reference that the cells were generated from.
    genes
        Genes that cells and section have.
    settings
        Options of the step.

    Returns
    -------
    The section's cells with types and neighbours; genes are those of the generated cells. `X` is missing:
    :func:`.predicted.write_predicted` makes it from what is expected of the generated cells, the second value.
    """
    panel = section[:, genes].X
    report_empty(panel, settings.assignment)
    rng = seeds.generator(settings.seed, "map_cells", settings.sample, "held out")
    single = settings.assignment == ONE_TO_ONE
    found = mapped_cells(cells, section, genes, settings.mapper, rng, single=single, reference=reference)
    matches = matches_of(found, cells, settings)

    obs = set_aside(section.obs, list(matches.columns)).assign(**matches.columns)
    obs[Obs.CELL_TYPE] = obs[Obs.CELL_TYPE].astype("category")
    parameters: dict[str, Any] = {
        "mapper": settings.mapper,
        "assignment": settings.assignment,
        "mapper_weights": found.matched.way.weights,
        "left_out_pcc": found.matched.left_out,
        "n_shared_genes": len(genes),
        "seed": settings.seed,
    }
    if Obs.CELL_TYPE in section.obs:
        labels = obs[Obs.original(Obs.CELL_TYPE)]
        parameters |= compare(labels, matches.types.cell_type, set(found.types), settings.ambiguous_label)

    places = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    uns = as_scanpy_has_it(section.uns, neighbour_distance(places))
    spatial = ad.AnnData(None, obs=obs, var=cells.var.copy(), uns=uns)
    add_places(spatial, places)
    add_measured(spatial, section)
    spatial.obsm[Obsm.NEIGHBORS] = matches.weights
    spatial.uns[Uns.NEIGHBOR_CELLS] = cells.obs_names.to_numpy(dtype=str).astype(object)
    spatial.uns[Uns.PARAMETERS] = parameters
    file_colours.add_to(spatial, Obs.CELL_TYPE, file_colours.of_cells(cells))
    add_trust(spatial, found)
    log.info(
        "%d cells; by type %s; mean probability %.2f",
        spatial.n_obs, counted(matches.types.cell_type), matches.types.score.mean(),
    )  # fmt: skip
    return spatial, found.matched.cells.expected


def add_trust(spatial: ad.AnnData, found: Mapped) -> None:
    """Add to the section's genes how well they are predicted, and how wide the intervals are."""
    weak = found.expected_pcc < WEAK_PCC  # not for genes of the panel, which have NaN
    spatial.var[Var.EXPECTED_PCC], spatial.var[Var.WEAK] = found.expected_pcc, weak
    number = int(np.isfinite(found.expected_pcc).sum())
    log.info("%d of %d genes that were not measured are weakly predicted", weak.sum(), number)
    if found.half_width is not None:
        spatial.varm[Varm.HALF_WIDTH] = found.half_width
        spatial.uns[Uns.HALF_WIDTH_TYPES] = found.types.astype(object)


def report_empty(panel: sp.csr_matrix, assignment: str) -> None:
    """Warn of imaged cells without counts in the shared genes (imaged cells × genes)."""
    empty = int(empty_rows(panel).sum())
    if empty:
        fate = "the average expression" if assignment == ALL_NEIGHBORS else "any generated cell"
        remarks.warn(
            log, "imaged_cells_without_counts",
            f"{empty} of {panel.shape[0]} imaged cells have no counts in shared genes: they get {fate}",
            empty=empty, cells=panel.shape[0],
        )  # fmt: skip


def matches_of(found: Mapped, cells: ad.AnnData, settings: Settings) -> Cells:
    """Return all neighbours of each imaged cell, or the one generated cell that is assigned to it.

    Parameters
    ----------
    found
        The mapped section.
    cells
        Generated cells.
    settings
        Options of the step.
    """
    if settings.assignment == ONE_TO_ONE:
        rng = seeds.generator(settings.seed, "map_cells", settings.sample)
        first = found.matched.matches.first
        chosen = one_to_one(first.cells, first.section, rng)
        settled = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)[chosen]
        weights, types = one_hot(chosen, cells.n_obs), most_probable(found.probability, found.types, settled)
        columns = {Obs.CELL: cells.obs_names.to_numpy()[chosen]}
    else:
        weights, types, columns = found.matched.matches.neighbors, most_probable(found.probability, found.types), {}
    columns |= {
        Obs.CELL_TYPE: types.cell_type,
        Obs.CELL_TYPE_SCORE: types.score,
        Obs.CELL_TYPE_MARGIN: types.margin,
    }
    return Cells(weights, types, columns)
