"""Which mappers a section is mapped by: those whose weighted mean predicts its own genes best when they are left out.

No mapper is best in every section. So each section is its own judge: genes of its panel are left out, predicted from
the others by every mapper, and compared with their measurement. The weights are those of stacked regressions (Breiman
1996, Machine Learning 24:49): not negative, with sum 1.
"""

import logging
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from ..contract import remarks
from .mappers import CANDIDATES
from .neighbors import with_counts
from .states import Target

log = logging.getLogger(__name__)

WEIGHTED = "weighted"  # name of the choice
PARTS = 5  # of the panel, left out one after the other
FEWEST_GENES = 10  # of a panel by which mappers are weighed
MOST_IMAGED, MOST_GENERATED = 2_000, 3_000  # cells that take part: the time stays bounded
LEAST_WEIGHT = 0.02  # a smaller one is none: the mapper costs its time
SMALLEST_VARIANCE = 1e-12


class Chosen(NamedTuple):
    """Weights of mappers.

    Attributes
    ----------
    weights
        By name, those above 0; they sum to 1.
    left_out
        Mean correlation of left-out genes with their predictions, of each mapper by name and of their weighted mean
        (:data:`WEIGHTED`); empty where the panel is too small.
    """

    weights: dict[str, float]
    left_out: dict[str, float]


class Moments(NamedTuple):
    """Second moments of predictions of some genes and their measurement, over imaged cells.

    Attributes
    ----------
    measured
        Covariance of each mapper's prediction with the measurement as a z-score, genes × mappers.
    among
        Covariance of the mappers' predictions, genes × mappers × mappers.
    """

    measured: np.ndarray
    among: np.ndarray

    def correlations(self, weights: np.ndarray) -> np.ndarray:
        """Return the correlation of the weighted mean of predictions with the measurement, (genes,)."""
        variance = np.einsum("m,gmk,k->g", weights, self.among, weights)
        return self.measured @ weights / np.sqrt(np.maximum(variance, SMALLEST_VARIANCE))


def equal() -> dict[str, float]:
    """Return equal weights of all mappers."""
    return dict.fromkeys(CANDIDATES, 1 / len(CANDIDATES))


def chosen(
    mapper: str,
    cells: sp.csr_matrix,
    expected: np.ndarray,
    section: sp.csr_matrix,
    target: Target,
    rng: np.random.Generator,
) -> Chosen:
    """Weigh the mappers by left-out genes of the section, unless one is named.

    Parameters
    ----------
    mapper
        Name of the mapper, or :data:`WEIGHTED`.
    cells, expected
        Log expression of the generated cells, and what is expected of them, both cells × panel genes.
    section
        Log expression, imaged cells × panel genes.
    target
        What tells the generated cells apart.
    rng
        Draws cells, and genes that are left out together.
    """
    if mapper != WEIGHTED:
        return Chosen({mapper: 1.0}, {})
    if section.shape[1] < FEWEST_GENES:
        remarks.note(
            log, "mappers_not_weighed",
            f"{section.shape[1]} genes are shared by section and reference, and {FEWEST_GENES} are needed to weigh the "
            "ways of mapping by left-out genes: all count alike",
            genes=section.shape[1], needed=FEWEST_GENES,
        )  # fmt: skip
        return Chosen(equal(), {})
    section = with_counts(section)
    rows = np.sort(rng.permutation(section.shape[0])[:MOST_IMAGED])
    own = np.sort(rng.permutation(cells.shape[0])[:MOST_GENERATED])
    found = _moments(cells[own], expected[own], section[rows], target.some(own), rng)
    weights = stacked(found) if len(found.measured) else np.array(list(equal().values()))
    return _reported(found, weights)


def stacked(found: Moments) -> np.ndarray:
    """Return the weights of the mappers with which the mean correlation is largest, (mappers,)."""
    number = found.measured.shape[1]
    start = np.full(number, 1 / number)
    best = minimize(
        lambda weights: -found.correlations(weights).mean(),
        start,
        method="SLSQP",
        bounds=[(0, 1)] * number,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    ).x
    best = np.where(best < LEAST_WEIGHT, 0, best)
    best /= best.sum()
    return best if found.correlations(best).mean() >= found.correlations(start).mean() else start


def _moments(
    cells: sp.csr_matrix, expected: np.ndarray, section: sp.csr_matrix, target: Target, rng: np.random.Generator
) -> Moments:
    """Return moments of all genes that vary, each predicted from genes that were not left out with it."""
    parts, every = [], np.arange(section.shape[1])
    for left_out in np.array_split(rng.permutation(every), PARTS):
        known = np.setdiff1d(every, left_out)
        fitted = [make().fit(cells[:, known], section[:, known], target) for make in CANDIDATES.values()]
        predicted = [mapper.find(section[:, known]).neighbors @ expected[:, left_out] for mapper in fitted]
        parts.append(_of_part(np.stack(predicted), section[:, left_out].toarray()))
    return Moments(*map(np.concatenate, zip(*parts, strict=True)))


def _of_part(predicted: np.ndarray, measured: np.ndarray) -> Moments:
    """Return moments; predictions are mappers × imaged cells × genes, measurements imaged cells × genes."""
    spread = measured.std(axis=0)
    varies = spread > np.sqrt(SMALLEST_VARIANCE)
    score = (measured - measured.mean(axis=0))[:, varies] / spread[varies]
    centred = (predicted - predicted.mean(axis=1, keepdims=True))[:, :, varies]
    number = len(measured)
    return Moments(
        np.einsum("mng,ng->gm", centred, score) / number, np.einsum("mng,kng->gmk", centred, centred) / number
    )


def _reported(found: Moments, weights: np.ndarray) -> Chosen:
    """Return the choice, and log it."""
    given = {name: float(weight) for name, weight in zip(CANDIDATES, weights, strict=True) if weight > 0}
    if not len(found.measured):
        return Chosen(given, {})
    alone = {name: found.correlations(one).mean() for name, one in zip(CANDIDATES, np.eye(len(weights)), strict=True)}
    left_out = {name: float(pcc) for name, pcc in (alone | {WEIGHTED: found.correlations(weights).mean()}).items()}
    log.info(
        "mean correlation of left-out genes: %s; weights: %s",
        ", ".join(f"{name} {pcc:.3f}" for name, pcc in left_out.items()),
        ", ".join(f"{name} {weight:.2f}" for name, weight in given.items()),
    )
    return Chosen(given, left_out)
