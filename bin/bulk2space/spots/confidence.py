"""How probable it is that a placed cell is right, learned on simulated spots.

A cell of a type is right if its spot truly holds one: of n placed cells of a type in a spot with m true ones, the
smaller number is right. The spot model says how far off each proportion may be. From this follows the part of the n
cells that is expected to be right. It is too large, because the model knows nothing of another platform. So a logistic
regression learns on simulated spots (:mod:`.simulated_spots`) what the probability really is. The more the platforms of
section and reference differ, the less a feature of a spot says: probabilities are drawn towards the mean of all
simulated cells.
"""

import logging

import anndata as ad
import numpy as np
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from ..composition.profile import ReferenceProfile
from ..composition.spots import of_spots
from ..contract import remarks
from ..contract.percents import percent
from ..numerics.shares import largest_remainder
from . import simulated_spots
from .quotas import Quotas

log = logging.getLogger(__name__)

SPOTS_PER_DRAW = 60
SIMULATED_SPOTS = 600  # in all draws, each with differences of its own between the platforms
LARGEST_DRAWS = 36  # of a section with very few spots
SMALLEST_DEVIATION = 0.05  # of a number of cells
MOST_OTHERS = 1000  # fitted spots that unfitted ones are compared with
BOUND = 0.01  # of a probability before its logarithm is taken
WEIGHT_OF_TYPES = 0.3  # below 1: regression holds differences between types back
HALF_CARRIED = 1.0  # spread of the genes' log ratios at which half of what features say carries over to the section
FOREIGN = 0.45  # spread of the genes' log ratios from which reference and section are of two laboratories
LOW_CONFIDENCE = 0.5  # mean probability below which more cells are expected to be wrong than right


def probabilities(
    section: ad.AnnData,
    reference: ad.AnnData,
    profile: ReferenceProfile,
    quotas: Quotas,
    method: str,
    table: dict[str, float] | None,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the probability that a placed cell is right, spots × types; 0 where none is placed.

    The simulated spots hold no type without generated cells. In the section, other types take the place of such a type,
    and probabilities fall in proportion to what it takes of the spot's fitted composition.

    Parameters
    ----------
    section, reference
        Spots, and the annotated cells.
    profile
        Of the reference, over the genes that the spots were fitted on.
    quotas
        What each spot holds.
    method
        How spots are fitted, one of :data:`.composition.bulk.METHODS`.
    table
        The user's mRNA per cell of each type; None without one.
    rng
        Random generator.
    """
    placed = quotas.cells > 0
    result = np.zeros(placed.shape)
    if not placed.any():
        return result
    learned = _learned(section, reference, profile, quotas, method, table, rng)
    result[placed] = learned.probability(features(quotas.proportion, quotas.deviation, quotas.cells), _types(placed))
    result *= quotas.placeable[:, None]  # a cell in the place of a type without cells is wrong
    unfitted = quotas.filled & ~quotas.fitted
    if unfitted.any():
        known = quotas.filled & quotas.fitted
        others = quotas.proportion[known] * quotas.placeable[known, None]
        result[unfitted] = as_in_others(quotas.cells[unfitted], others)
    mean = float((result * quotas.cells).sum() / quotas.cells.sum())
    log.info("%.0f %% of the placed cells are expected to be of a type that their spot holds", 100 * mean)
    if mean < LOW_CONFIDENCE:
        remarks.warn(
            log, "low_confidence",
            f"only {percent(mean)} of the placed cells are expected to be of a type that their spot holds: use the "
            "proportions of the whole section rather than those of single spots, and merge types that resemble each "
            "other",
            probability=mean, enough=LOW_CONFIDENCE,
        )  # fmt: skip
    return result


def as_in_others(cells: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the probability that cells of unfitted spots are right, spots × types; 0 where none is placed.

    Nothing is known of such a spot. So its true composition is that of any other spot with the same chance.

    Parameters
    ----------
    cells
        Whole cells of the unfitted spots, spots × types.
    others
        Proportions of the fitted spots, spots × types. What a row lacks to 1 has no generated cells.
    """
    some = others[:: -(-len(others) // MOST_OTHERS)]
    kinds, kind_of = np.unique(cells, axis=0, return_inverse=True)  # few: most unfitted spots hold the same cells
    found = [np.minimum(kind, kind.sum() * some).mean(axis=0) / np.maximum(kind, 1) for kind in kinds]
    return np.array(found)[kind_of.ravel()]


def of_spot(probability: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return each spot's confidence, (spots,): the mean probability of its cells; NaN for a spot without cells."""
    size = cells.sum(axis=1)
    return np.divide((probability * cells).sum(axis=1), size, out=np.full(len(size), np.nan), where=size > 0)


def features(proportion: np.ndarray, deviation: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return what a probability follows from, for each spot and type with cells, pairs × 4.

    These are the log odds of the expected right part of the type's cells and of all of the spot's cells, the logarithm
    of the number of the type's cells, and the entropy of the spot's composition.

    Parameters
    ----------
    proportion, deviation
        Proportions of the cells and their standard deviations, spots × types.
    cells
        Whole cells, spots × types.
    """
    size, placed = cells.sum(axis=1, keepdims=True), cells > 0
    right = expected_right(size * proportion, size * deviation, cells)
    of_type = np.divide(right, cells, out=np.zeros(cells.shape), where=placed)
    whole = np.divide(right.sum(axis=1, keepdims=True), size, out=np.zeros(size.shape), where=size > 0)
    entropy = -(proportion * np.log(np.maximum(proportion, np.finfo(float).tiny))).sum(axis=1, keepdims=True)
    columns = (_log_odds(of_type), _log_odds(whole), np.log(np.maximum(cells, 1)), entropy)
    return np.column_stack([np.broadcast_to(column, cells.shape)[placed] for column in columns])


def expected_right(mean: np.ndarray, deviation: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return how many of n cells are right where the true number is normally distributed: the mean of min(n, m).

    Parameters
    ----------
    mean, deviation
        Of the true number of cells.
    cells
        The number of placed cells, n; all three of one shape, which the result has, too.
    """
    spread = np.maximum(deviation, SMALLEST_DEVIATION)
    over = (cells - mean) / spread
    wrong = spread * (norm.pdf(over) + over * norm.cdf(over))  # the mean of n - m where that is above zero
    return np.clip(cells - wrong, 0, cells)


class Learned:
    """A logistic regression on features and types, with an intercept for each draw of simulated spots.

    Within a draw all spots share the differences between the platforms. Their intercept tells this common part from
    what the features say. The draw of the real section is not known, so probabilities are the mean over all draws.

    A section of another platform can have features that no simulated spot has, and there the regression goes too far.
    So its probabilities are drawn towards the proportion of all simulated cells that is right.

    Parameters
    ----------
    features
        From :func:`features`, pairs × 4.
    types, draws
        Type and draw of each pair, (pairs,).
    cells, right
        Placed cells of each pair, and how many of them are right, (pairs,).
    carried
        Weight of the regression, from :func:`carried`; the rest is that of the mean.
    """

    def __init__(
        self,
        features: np.ndarray,
        types: np.ndarray,
        draws: np.ndarray,
        cells: np.ndarray,
        right: np.ndarray,
        *,
        carried: float,
    ):
        self.carried_, self.mean_ = carried, float(right.sum() / cells.sum())
        self.centre_, self.scale_ = features.mean(axis=0), features.std(axis=0) + BOUND
        self.n_types_ = int(types.max()) + 1
        rows = np.column_stack([self._rows(features, types), np.eye(int(draws.max()) + 1)[draws]])
        weight = np.concatenate([right, cells - right]).astype(float)
        answer = np.repeat([1, 0], len(rows))
        seen = weight > 0
        self.always_ = float(answer[seen][0]) if len(np.unique(answer[seen])) == 1 else None
        if self.always_ is None:
            twice = np.vstack([rows, rows])
            fit = LogisticRegression(max_iter=1000).fit(twice[seen], answer[seen], sample_weight=weight[seen])
            known = features.shape[1] + self.n_types_
            self.slopes_, self.intercepts_ = fit.coef_[0, :known], fit.intercept_[0] + fit.coef_[0, known:]

    def probability(self, features: np.ndarray, types: np.ndarray) -> np.ndarray:
        """Return the probability that a cell is right, (pairs,)."""
        if self.always_ is not None:
            return np.full(len(features), self.always_)
        odds = (self._rows(features, types) @ self.slopes_)[:, None] + self.intercepts_
        regression = (1 / (1 + np.exp(-odds))).mean(axis=1)
        return self.carried_ * regression + (1 - self.carried_) * self.mean_

    def _rows(self, features: np.ndarray, types: np.ndarray) -> np.ndarray:
        """Return the scaled features beside one column per type; a type that was never placed has zeros."""
        of_types = types[:, None] == np.arange(self.n_types_)
        return np.column_stack([(features - self.centre_) / self.scale_, WEIGHT_OF_TYPES * of_types])


def carried(spread: float) -> float:
    """Return how much of what features say carries over to a section whose genes' log ratios have this spread.

    It is 1 without spread and falls as the variance grows, as the weight of a measurement does with its error.
    """
    return HALF_CARRIED**2 / (HALF_CARRIED**2 + spread**2)


def _learned(
    section: ad.AnnData,
    reference: ad.AnnData,
    profile: ReferenceProfile,
    quotas: Quotas,
    method: str,
    table: dict[str, float] | None,
    rng: np.random.Generator,
) -> Learned:
    """Simulate spots like the section's, estimate their composition as the section's was, and learn from the errors."""
    half = simulated_spots.halves(reference, profile, table, rng)
    between = simulated_spots.platform(section, profile, quotas)
    number = min(SPOTS_PER_DRAW, int(quotas.filled.sum()))
    parts = []
    for turn in range(min(-(-SIMULATED_SPOTS // number), LARGEST_DRAWS)):
        drawn = simulated_spots.draw(section, quotas, half, between, number, rng)
        fit = of_spots(
            drawn.spots, half.noise, half.profile, drawn.size, method=method, rng=rng, ways=quotas.choice.ways
        )
        cells = largest_remainder(fit.proportion, drawn.size)
        placed = cells > 0
        right = np.minimum(cells, drawn.cells)[placed]
        seen = features(fit.proportion, fit.deviation, cells)
        parts.append((seen, _types(placed), np.full(len(right), turn), cells[placed], right))
    log.info("platforms of reference and section: log ratios of genes spread by %.2f", between.spread)
    if between.spread > FOREIGN:
        remarks.warn(
            log, "foreign_platform",
            "genes of section and reference differ as between two laboratories (log ratios spread by "
            f"{between.spread:.2f}): all spots may err in one direction, so that scores and confidence can be far "
            "off; compare spots with each other rather than rely on a value",
            spread=between.spread, limit=FOREIGN,
        )  # fmt: skip
    return Learned(*(np.concatenate(part) for part in zip(*parts, strict=True)), carried=carried(between.spread))


def _types(placed: np.ndarray) -> np.ndarray:
    """Return the type of each pair of a spot and a type with cells, (pairs,)."""
    return np.nonzero(placed)[1]


def _log_odds(probability: np.ndarray) -> np.ndarray:
    bounded = np.clip(probability, BOUND, 1 - BOUND)
    return np.log(bounded / (1 - bounded))
