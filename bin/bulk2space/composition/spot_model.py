"""The spot model: compositions of all spots of a section together.

As in :mod:`.count_model`, expression b of gene g in spot s is a sum of the types' mean profiles m, seen through a
factor f_g that all spots share. A spot differs from a bulk in three ways, and the model has a term for each::

    b_s ~ N(F M' x_s,  F (D_s + P L P' / n_s) F · φ_s)    x_s ~ N(a, C) on x ≥ 0    log f_g ~ Student t(1)

* It holds few cells, n_s. D_s = Σ_t x_st v_tg / n_s + DISPERSION μ² + BACKGROUND_VARIANCE contains the variance v_tg of
  gene g among single cells of type t (weights by this variance: Wang et al. 2019, Nat Commun 10:380). Genes also vary
  together: P holds the few directions in which cells of one type differ most (states, stress, quality), and L their
  variance. So a state within a type is not mistaken for another type (generalised least squares). φ_s is the spot's own
  misfit.
* It holds few counts. Where these leave a choice, the other spots say what to expect: a and the diagonal C are
  estimated over all spots (empirical Bayes; hierarchy as in Kleshchevnikov et al. 2022, Nat Biotechnol 40:661). A
  gene's noise follows from the fit itself. With few counts, a fit that is too high by chance gets more noise and so
  less weight, which biases fits and gene factors downwards. So the section's mean noise is mixed in with the weight
  TRUSTED_COUNTS / (TRUSTED_COUNTS + counts).
* A section has hundreds of spots, so the gene factors are well determined. Most lie near 1 and a few are large (ambient
  RNA, probes): hence the heavy tails. Their scale is estimated, too.

A gene that the profiles describe badly in all spots, such as one of a state or of another laboratory, has a larger
variance throughout: its own misfit, relative to all genes. :class:`.spot_block.Way` says which terms a section's fit
has; :mod:`.spot_choice` lets the section decide.

All parts are updated in turn: x by non-negative least squares, f by a Newton step, a, C and the scale by
expectation-maximisation. What all spots share is learned from at most MOST_LEARNED_FROM of them. A larger section is
then fitted block by block, each spot on its own.
"""

import logging
from typing import NamedTuple, Protocol

import numpy as np
import scipy.sparse as sp
from array_api_compat import array_namespace

from ..contract.progress import Progress
from ..numerics.device import used
from . import spot_block
from .cell_noise import CellNoise
from .count_model import (
    FEWEST_SAMPLES,
    FIRST_SETTLED_ROUND,
    LARGEST_LOG_FACTOR,
    LOG_FACTOR_VARIANCE,
    STEP,
    start_coefficients,
)
from .spot_block import Prior, Profiles, SectionMean, Spots, Sums, Way

log = logging.getLogger(__name__)

# Expression is per 10 000 throughout.
ROUNDS = 30
# Number of counts of a spot at which its own fit and the section's mean have equal weight in its noise. Chosen on the
# tuning sets: 1 000 helps shallow spots more, but makes the placed cells of the olfactory bulb worse.
TRUSTED_COUNTS = 200.0
TINY = 1e-6  # variance of a coefficient that all spots have alike
ARRAYS_OF_GENES, ARRAYS_OF_PAIRS = 16, 12  # of a spot that a step holds at once: over genes, over pairs of types
MOST_LEARNED_FROM = 5000  # spots that tell what all share
SETTLED = 1e-4  # change of a spot's coefficients in one round, relative to their sum, at which it is done
MOST_ROUNDS = 60  # of a spot whose section is known
STANDARD = Way()
Known = tuple[Profiles, Prior | None, SectionMean | None]
"""The types as the section sees them, what is expected of a spot, and the means over the spots."""
# Misfit of a gene: as many spots as these of an ordinary misfit are mixed in, and it stays within bounds
ORDINARY_SPOTS, SMALLEST_MISFIT, LARGEST_MISFIT = 10.0, 0.2, 50.0


class Fit(NamedTuple):
    """Fitted spots.

    Attributes
    ----------
    coefficients
        Proportions of mRNA up to one factor per spot, spots × types.
    log_factors
        Logarithms of the gene factors, (genes,).
    deviation
        Standard deviation of each coefficient as spots and noise leave it open, without its bound at zero, spots ×
        types.
    """

    coefficients: np.ndarray
    log_factors: np.ndarray
    deviation: np.ndarray


class Measured(NamedTuple):
    """Spots as they were measured.

    Attributes
    ----------
    expression
        Linear expression per 10 000, spots × genes; every spot has some.
    cells
        Number of cells that each spot holds, (spots,).
    counts
        Counts of each spot in these genes, (spots,); infinite where they are not known.
    around
        Coefficients that the surroundings let expect, spots × types (:mod:`.surroundings`); None where only the whole
        section says what to expect.
    """

    expression: sp.csr_matrix
    cells: np.ndarray
    counts: np.ndarray
    around: np.ndarray | None = None

    def at(self, rows: np.ndarray | slice) -> "Measured":
        """Return some of the spots."""
        around = None if self.around is None else self.around[rows]
        return Measured(self.expression[rows], self.cells[rows], self.counts[rows], around)

    def dense(self) -> Spots:
        """Return the spots with a dense matrix."""
        weight_of_section = TRUSTED_COUNTS / (TRUSTED_COUNTS + self.counts)
        return Spots(self.expression.toarray().astype(np.float64), self.cells, weight_of_section, self.around)


class MadeByRows(Protocol):
    """Spots that are made as :class:`Measured` block by block."""

    cells: np.ndarray

    def at(self, rows: np.ndarray | slice) -> Measured:
        """Return some of the spots."""
        ...


class Shared(NamedTuple):
    """What all spots of a section share.

    Attributes
    ----------
    log_factors
        Logarithms of the gene factors, (genes,).
    prior
        What is expected of a spot before it is seen; None in a section of few spots.
    section
        Means over the spots for each gene; None in a section of few spots.
    way
        How the section is fitted.
    """

    log_factors: np.ndarray
    prior: Prior | None
    section: SectionMean | None
    way: Way


def fit(
    measured: Measured | MadeByRows,
    means: np.ndarray,
    noise: CellNoise,
    rng: np.random.Generator,
    way: Way = STANDARD,
    *,
    log_factors: np.ndarray | None = None,
) -> Fit:
    """Fit compositions and gene factors of a section.

    Parameters
    ----------
    measured
        All its spots.
    means
        Mean expression of each type per 10 000, types × genes.
    noise
        From :func:`.cell_noise.cell_noise`.
    rng
        Draws the spots that tell what all share, in a section of more than MOST_LEARNED_FROM spots.
    way
        How to fit.
    log_factors
        Logarithms of the gene factors where they are known, (genes,); None to learn them.

    Returns
    -------
    The fit. From fewer than 10 spots, neither gene factors nor what spots have in common is estimated.
    """
    number = len(measured.cells)
    if number <= MOST_LEARNED_FROM:
        return learn(measured.at(slice(None)), means, noise, way=way, log_factors=log_factors)[1]
    drawn = np.sort(rng.choice(number, MOST_LEARNED_FROM, replace=False))
    shared = learn(measured.at(drawn), means, noise, way=way, log_factors=log_factors)[0]
    blocks = used().in_blocks(
        number, _bytes_of_spot(*means.shape), lambda rows: fit_block(measured.at(rows), means, noise, shared)
    )
    progress, found = Progress(log, "spots fitted", number), []
    for rows, of_block in blocks:
        found.append(of_block)
        progress.add(rows.stop - rows.start)
    coefficients, _, deviation = zip(*found, strict=True)
    return Fit(np.vstack(coefficients), shared.log_factors, np.vstack(deviation))


def learn(
    measured: Measured,
    means: np.ndarray,
    noise: CellNoise,
    *,
    way: Way = STANDARD,
    rounds: int = ROUNDS,
    log_factors: np.ndarray | None = None,
) -> tuple[Shared, Fit]:
    """Learn what the spots share, while all of them are fitted together.

    Parameters
    ----------
    measured
        A section, or spots drawn from it.
    means, noise
        As in :func:`fit`.
    way
        How to fit.
    rounds
        Number of alternations.
    log_factors
        As in :func:`fit`.
    """
    expression = sp.csr_matrix(measured.expression, dtype=np.float64)
    many = expression.shape[0] >= FEWEST_SAMPLES
    x = start_coefficients(expression, means)
    deviation = np.zeros_like(x)
    learned = way.gene_factors and log_factors is None
    log_factors = np.zeros(means.shape[1]) if log_factors is None else log_factors
    scale = LOG_FACTOR_VARIANCE
    prior = section = None
    for turn in range(rounds):
        total = _round(measured, x, deviation, (_seen_through(means, noise, log_factors), prior, section), way)
        if many:
            section = _section_mean(total.of_genes, len(x), settled=turn >= FIRST_SETTLED_ROUND)
        if many and turn >= FIRST_SETTLED_ROUND:
            expected = x.mean(axis=0) if measured.around is None else measured.around
            spread = ((x - expected) ** 2).mean(axis=0)
            prior = Prior(x.mean(axis=0), spread + total.coefficient_variance / len(x) + TINY)
            if learned:
                log_factors, scale = _factor_step(log_factors, scale, total)
    return Shared(log_factors, prior, section, way), Fit(x, log_factors, deviation)


def _round(measured: Measured, x: np.ndarray, deviation: np.ndarray, known: Known, way: Way) -> Sums:
    """Take one step of all spots, block by block.

    Parameters
    ----------
    measured
        The spots.
    x, deviation
        Their coefficients and the deviation of these, spots × types; both are renewed in place.
    known
        What a step takes of the whole section.
    way
        How to fit.
    """
    device, size = used(), known[0].means.shape
    total = Sums.zeros(*size)
    types, prior, section = device.put(known)

    def moved(rows: slice) -> tuple[np.ndarray, np.ndarray, Sums]:
        block, now = device.put((measured.at(rows).dense(), x[rows]))
        done = spot_block.step(block, now, types, prior, section, way)
        sums = spot_block.sums(block, done, types, prior, section, way)
        return device.take((done.coefficients, done.variance, sums))

    for rows, (after, variance, sums) in device.in_blocks(len(x), _bytes_of_spot(*size), moved):
        total.add(sums)
        x[rows], deviation[rows] = after, np.sqrt(variance)
    return total


def fit_block(measured: Measured, means: np.ndarray, noise: CellNoise, shared: Shared) -> Fit:
    """Fit some spots of a section of which is known what its spots share: the other spots of the block change nothing.

    A spot is fitted until its coefficients change by less than SETTLED of their sum.

    Parameters
    ----------
    measured
        The spots.
    means, noise
        As in :func:`fit`.
    shared
        From :func:`learn`.
    """
    device = used()
    types, prior, section = device.put((_seen_through(means, noise, shared.log_factors), shared.prior, shared.section))
    start = start_coefficients(sp.csr_matrix(measured.expression, dtype=np.float64), means)
    block, x = device.put((measured.dense(), start))
    xp = array_namespace(x)
    deviation, (moving,) = xp.zeros_like(x), xp.nonzero(xp.ones_like(x[:, 0]))
    for _ in range(MOST_ROUNDS):
        done = spot_block.step(block, x[moving], types, prior, section, shared.way)
        change = xp.max(xp.abs(done.coefficients - x[moving]), axis=1)
        x[moving], deviation[moving] = done.coefficients, xp.sqrt(done.variance)
        (open_still,) = xp.nonzero(change > SETTLED * xp.sum(done.coefficients, axis=1))
        if not len(open_still):
            break
        moving, block = moving[open_still], block.at(open_still)
    coefficients, deviation = device.take((x, deviation))
    return Fit(coefficients, shared.log_factors, deviation)


def _bytes_of_spot(n_types: int, n_genes: int) -> int:
    """Return how much memory a step needs for each spot."""
    return np.dtype(np.float64).itemsize * (ARRAYS_OF_GENES * n_genes + ARRAYS_OF_PAIRS * n_types**2)


def _seen_through(means: np.ndarray, noise: CellNoise, log_factors: np.ndarray) -> Profiles:
    """Return means and noise of expression after the gene factors, (genes,)."""
    factors = np.exp(log_factors)
    seen = CellNoise(noise.variance * factors**2, noise.programs * factors[:, None], noise.strength)
    return Profiles(means * factors, seen)


def _section_mean(of_genes: np.ndarray, n_spots: int, *, settled: bool) -> SectionMean:
    """Return the means over spots from their sums, 4 × genes; the misfit of genes counts once fits have settled."""
    mean, variance, noise, _ = of_genes / n_spots
    misfit = (of_genes[3] + ORDINARY_SPOTS) / (n_spots + ORDINARY_SPOTS)
    bounded = np.clip(misfit, SMALLEST_MISFIT, LARGEST_MISFIT)
    return SectionMean(mean, variance, noise, bounded if settled else np.ones_like(bounded))


def _factor_step(log_factors: np.ndarray, scale: float, sums: Sums) -> tuple[np.ndarray, float]:
    """Return new log gene factors, (genes,), by a Newton step, and the new scale of their distribution."""
    weight = 2 / (scale + log_factors**2)  # of a Student t with one degree of freedom
    newton = (sums.gradient - weight * log_factors) / (sums.curvature + weight)
    log_factors = np.clip(log_factors + STEP * newton, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)
    return log_factors, float(np.mean((log_factors**2 + 1 / (sums.curvature + weight)) * weight * scale))
