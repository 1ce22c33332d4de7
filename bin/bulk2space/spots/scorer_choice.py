"""The section decides who chooses the cells of a type: the deep forest, cosine similarity, or chance.

Genes that the scores do not see judge (:mod:`.unseen_genes`): by how much more the assigned cells resemble their spots
than random cells of the same types do. Often they cannot tell. Then the forest chooses, because in nearly all sections
with known cells its cells are closer to the true ones than random cells, also where these genes show no gain
(``make bench judge=true steps=spots``). Random cells are drawn where the genes are clearly against it.
"""

import logging

import numpy as np

from ..contract import remarks
from .assign import BlockAssigner, Placement
from .marker_space import Expression, Sides
from .scorers import SCORERS
from .settings import Settings
from .unseen_genes import Judge, Whole, divided, mean_and_error

log = logging.getLogger(__name__)

AUTO = "auto"
FOREST = "deep_forest"
TRIED = (FOREST, "cosine")
CHANCE = "random"
NOISE = 3.0  # standard errors by which a scorer is clearly better or worse than chance
MOST_SPOTS = 200  # that decide
CHANCES = 3  # assignments of random cells that a scorer is compared with


def choose(
    sides: Sides, whole: Whole, quotas: np.ndarray, settings: Settings, rng: np.random.Generator
) -> tuple[str, dict[str, float]]:
    """Return the name of the scorer to use, and the gain in PCC of each that was tried over random cells.

    Parameters
    ----------
    sides
        Marker genes of cells and of the spots that take cells.
    whole
        The same cells and spots in all their genes.
    quotas
        Whole cells, spots × types.
    settings
        Options of the step.
    rng
        Draws spots, the order of genes, and random cells.
    """
    spots = np.sort(rng.permutation(len(quotas))[:MOST_SPOTS])
    scoring, judging = divided(whole, rng)
    judge = Judge(whole, spots, judging, counts=sides.counts)
    spot_side, cell_side = _genes(_rows(sides.spots, spots), scoring), _genes(sides.cells, scoring)
    least = quotas[spots].sum(axis=0) / np.maximum(np.bincount(cell_side.types, minlength=quotas.shape[1]), 1)
    reuse = max(settings.max_cell_reuse, int(np.ceil(least.max())))  # the placement itself warns of a bound exceeded

    def placed_by(name: str) -> Placement:
        scorer = SCORERS[name](threads=settings.threads).fit(cell_side, rng, counts=sides.counts)
        return BlockAssigner(max_reuse=reuse).assign(scorer, spot_side, cell_side, quotas[spots], rng)

    by_chance = np.mean([judge.fit(placed_by(CHANCE)) for _ in range(CHANCES)], axis=0)
    gains = {name: mean_and_error(judge.fit(placed_by(name)) - by_chance) for name in TRIED}
    found = {name: gain for name, (gain, _) in gains.items()}
    log.info(
        "gains in PCC over random cells, on %d genes that the scores do not see: %s", len(judging),
        ", ".join(f"{name} {gain:+.4f} ± {error:.4f}" for name, (gain, error) in gains.items()),
    )  # fmt: skip
    best = max(TRIED, key=lambda name: found[name])
    if found[best] > NOISE * gains[best][1]:
        return best, found
    if found[FOREST] >= -NOISE * gains[FOREST][1]:
        remarks.note(
            log, "cells_of_a_type_uncertain",
            "which cells of a type a spot gets is uncertain: on genes that the scores do not see, the deep forest's "
            "cells resemble their spot neither clearly more nor clearly less than random cells of the type do",
            gains=found,
        )  # fmt: skip
        return FOREST, found
    remarks.note(
        log, "random_cells_of_a_type",
        "which cells of a type a spot gets is drawn at random: on genes that the scores do not see, the deep forest's "
        "cells resemble their spot clearly less than random cells of the type do",
        gains=found,
    )  # fmt: skip
    return CHANCE, found


def _rows(side: Expression, rows: np.ndarray) -> Expression:
    return Expression(side.values[rows], side.library[rows])


def _genes(side: Expression, genes: np.ndarray) -> Expression:
    return side._replace(values=side.values[:, genes])
