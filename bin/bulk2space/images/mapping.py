"""Give each imaged cell a transcriptome and a type (step 2, images): the whole step, without reading and writing.

Each imaged cell gets the generated cells that look most like it, or a single one. They vote on its type, and the mean
of their expression is its transcriptome (:mod:`.predicted`).
"""

import dataclasses
import logging
from typing import Any, NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract import remarks, seeds
from ..contract.keys import Obs, Obsm, Uns
from .labels import compare, counted, set_aside
from .mappers import MAPPERS, Mapper
from .neighbors import empty_rows
from .one_to_one import one_hot, one_to_one
from .states import states
from .vote import Votes, vote

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
        Name of the mapper, one of :data:`.mappers.MAPPERS`.
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


class Matches(NamedTuple):
    """Generated cells of each imaged cell.

    Attributes
    ----------
    weights
        Imaged cells × cells; rows sum to 1.
    votes
        Types by vote.
    columns
        What `obs` says of the match, by name, (imaged cells,) each.
    """

    weights: sp.csr_matrix
    votes: Votes
    columns: dict[str, np.ndarray]


def mapped(cells: ad.AnnData, section: ad.AnnData, genes: list[str], settings: Settings) -> ad.AnnData:
    """Find the generated cells of each imaged cell, and its type.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    genes
        Genes that both have.
    settings
        Options of the step.

    Returns
    -------
    The section's cells with types and neighbours; genes are those of the generated cells. `X` is missing:
    :func:`.predicted.write_predicted` makes it.
    """
    panel = section[:, genes].X
    report_empty(panel, settings.assignment)
    types = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    mapper = MAPPERS[settings.mapper]().fit(cells[:, genes].X, panel, states(cells.X, types))
    matches = matches_of(mapper, cells, types, settings)

    obs = set_aside(section.obs, list(matches.columns)).assign(**matches.columns)
    obs[Obs.CELL_TYPE] = obs[Obs.CELL_TYPE].astype("category")
    parameters: dict[str, Any] = {
        "mapper": settings.mapper,
        "assignment": settings.assignment,
        "k": mapper.k,
        "n_shared_genes": len(genes),
        "seed": settings.seed,
    }
    if Obs.CELL_TYPE in section.obs:
        labels = obs[Obs.original(Obs.CELL_TYPE)]
        parameters |= compare(labels, matches.votes.cell_type, set(types), settings.ambiguous_label)

    spatial = ad.AnnData(None, obs=obs, var=cells.var, uns=dict(section.uns))
    spatial.obsm[Obsm.SPATIAL] = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    spatial.obsm[Obsm.NEIGHBORS] = matches.weights
    spatial.uns[Uns.NEIGHBOR_CELLS] = cells.obs_names.to_numpy(dtype=str).astype(object)
    spatial.uns[Uns.PARAMETERS] = parameters
    log.info(
        "%d cells; by type %s; mean part of the vote %.2f",
        spatial.n_obs, counted(matches.votes.cell_type), matches.votes.score.mean(),
    )  # fmt: skip
    return spatial


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


def matches_of(mapper: Mapper, cells: ad.AnnData, types: np.ndarray, settings: Settings) -> Matches:
    """Return all neighbours of each imaged cell, or the one generated cell that is assigned to it.

    Parameters
    ----------
    mapper
        A fitted mapper.
    cells
        Generated cells.
    types
        Their types, (cells,).
    settings
        Options of the step.
    """
    if settings.assignment == ONE_TO_ONE:
        rng = seeds.generator(settings.seed, "map_cells", settings.sample)
        chosen = one_to_one(mapper.cells_, mapper.section_, rng)
        weights, votes = one_hot(chosen, cells.n_obs), vote(mapper.neighbors_, types, types[chosen])
        columns = {Obs.CELL: cells.obs_names.to_numpy()[chosen]}
    else:
        weights, votes, columns = mapper.neighbors_, vote(mapper.neighbors_, types), {}
    columns |= {
        Obs.CELL_TYPE: votes.cell_type,
        Obs.CELL_TYPE_SCORE: votes.score,
        Obs.CELL_TYPE_MARGIN: votes.margin,
    }
    return Matches(weights, votes, columns)
