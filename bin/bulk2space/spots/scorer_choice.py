"""The section decides who chooses the cells of a type: a scorer that is better than chance, or chance.

Half of the marker genes score and assign cells, the other half judge: by how much more the assigned cells resemble
their spots than random cells of the same types do.
"""

import logging

import numpy as np
import scipy.sparse as sp

from ..contract import remarks
from ..numerics.metrics import pcc_of_rows
from .assign import BlockAssigner
from .marker_space import Expression, Sides
from .scorers import SCORERS
from .settings import Settings

log = logging.getLogger(__name__)

AUTO = "auto"
TRIED = ("deep_forest", "cosine")
CHANCE = "random"
NOISE = 1.0  # standard errors over spots by which a scorer has to be better than chance
MOST_SPOTS = 200  # that decide
CHANCES = 3  # assignments of random cells that a scorer is compared with


def choose(
    sides: Sides, quotas: np.ndarray, settings: Settings, rng: np.random.Generator
) -> tuple[str, dict[str, float]]:
    """Return the name of the scorer to use, and the gain in PCC of each that was tried over random cells.

    Parameters
    ----------
    sides
        Marker genes of cells and spots.
    quotas
        Whole cells, spots × types.
    settings
        Options of the step.
    rng
        Draws spots, genes and random cells.
    """
    spots = np.sort(rng.permutation(len(quotas))[:MOST_SPOTS])
    genes = rng.permutation(sides.cells.values.shape[1])
    scoring, judging = np.sort(genes[::2]), np.sort(genes[1::2])
    spot_side, cell_side = _rows(sides.spots, spots), sides.cells
    measured = _genes(spot_side, judging).log().toarray()
    least = quotas[spots].sum(axis=0) / np.maximum(np.bincount(cell_side.types, minlength=quotas.shape[1]), 1)
    reuse = max(settings.max_cell_reuse, int(np.ceil(least.max())))  # the placement itself warns of a bound exceeded

    def judged(name: str) -> np.ndarray:
        scorer = SCORERS[name](threads=settings.threads)
        scorer = scorer.fit(_genes(cell_side, scoring), rng, counts=sides.counts)
        placed = BlockAssigner(max_reuse=reuse).assign(
            scorer, _genes(spot_side, scoring), _genes(cell_side, scoring), quotas[spots], rng
        )
        sums = sp.csr_matrix(
            (np.ones(len(placed.cell)), (placed.spot, placed.cell)), (len(spots), len(cell_side.types))
        )
        made = Expression(sp.csr_matrix(sums @ cell_side.values[:, judging]), sums @ cell_side.library)
        return pcc_of_rows(made.log().toarray(), measured)

    by_chance = np.mean([judged(CHANCE) for _ in range(CHANCES)], axis=0)
    gains = {name: judged(name) - by_chance for name in TRIED}
    best = max(TRIED, key=lambda name: float(gains[name].mean()))
    found = {name: float(gain.mean()) for name, gain in gains.items()}
    if found[best] > NOISE * gains[best].std() / np.sqrt(len(spots)):
        log.info("marker genes left out of the scores choose %s; gains in PCC over random cells: %s", best, found)
        return best, found
    remarks.note(
        log, "random_cells_of_a_type",
        "which cells of a type a spot gets is drawn at random: on marker genes left out of the scores, neither the "
        "deep forest nor cosine similarity chooses cells that resemble their spot more",
        gains=found,
    )  # fmt: skip
    return CHANCE, found


def _rows(side: Expression, rows: np.ndarray) -> Expression:
    return Expression(side.values[rows], side.library[rows])


def _genes(side: Expression, genes: np.ndarray) -> Expression:
    return side._replace(values=side.values[:, genes])
