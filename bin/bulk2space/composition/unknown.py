"""The unknown share: which proportion of the mRNA comes from a cell type that the reference lacks.

Such a type changes two groups of genes differently. Genes that all types express alike keep their level, because the
missing type expresses them, too. Markers of the known types fall short of the fit, because the fit gives the missing
type's mRNA to the known types. The shortfall of the markers, against the genes that all types share, shows the share.
Laboratories shift both groups by a similar factor, so that most of their difference cancels.
"""

import numpy as np
import scipy.sparse as sp

from ..numerics.shares import rows_to_one
from . import count_model

ROUNDS = 20
"""Alternations of the fit."""
WELL_MEASURED = 1.0, 5
"""Fitted expression per 10 000, and fitted counts, from which a gene's ratio of measurement to fit is reliable."""
FEWEST_MEASURED = 300
"""With fewer such genes, as in a targeted panel, nothing can be said."""
SHARED_BY_ALL = 2.0
"""Largest ratio of the highest type to the mean of all types in a gene that all types share."""
FEWEST_SHARED = 100
"""So many genes that all types share, at least; where there are fewer, the next best ones are taken."""
LARGEST_NOISE = 0.7
"""Standard deviation of the logarithm of their ratios, a factor of two, above which nothing can be said. On the tuning
sets, a common type that was missing was said to be 0 there."""
MARKERS = 60
"""Own markers of a type, at most."""
MARKER_LEVEL = 0.3, 3
"""Fitted expression per 10 000, and fitted counts, of an own marker."""
SUPPLIED, ABOVE_OTHERS = 0.5, 2.0
"""A type supplies more than this part of an own marker, and expresses it so many times as the mean of the others."""
FEWEST_MARKERS, FEWEST_RNA = 5, 0.02
"""Types with fewer own markers, or less of the mRNA, take no part."""
FEWEST_KNOWN = 0.3
"""Proportion of the mRNA, at least, of the types that take part."""
PER_SHORTFALL = 1.5
"""Unknown share per shortfall: a missing type expresses the markers of the known types in part. From simulations
(`make bench-trust`)."""
SMALL = 0.05  # expression per 10 000 that is added before logarithms


def unknown_share(expression: np.ndarray, means: np.ndarray, *, depth: float = np.inf) -> float:
    """Return the proportion of the mRNA that comes from a type that the reference lacks.

    Parameters
    ----------
    expression
        Linear expression of a sample over all genes that it shares with the reference, in any unit, (genes,).
    means
        Mean expression of each type, types × genes.
    depth
        Counts of the sample in these genes; infinite where its values are not counts.

    Returns
    -------
    0 to 1. NaN where it cannot be told: too few well-measured genes, too few markers, or laboratories that differ too
    much.
    """
    values, profiles = 1e4 * rows_to_one(expression[None])[0], 1e4 * rows_to_one(means)
    # Markers that fall short must not lose their weight, hence normal noise.
    found = count_model.fit(sp.csr_matrix(values[None]), profiles, sparsity=0.0, degrees=np.inf, rounds=ROUNDS)
    rna = rows_to_one(found[0])[0]
    fit = rna @ profiles
    one_count = 1e4 / depth
    offset = max(SMALL, one_count)
    ratio = np.log((values + offset) / (fit + offset))
    shared = _shared_genes(profiles, fit, one_count)
    if not len(shared) or _spread(ratio[shared]) > LARGEST_NOISE:
        return np.nan
    explained, known = 0.0, 0.0
    for number in np.flatnonzero(rna >= FEWEST_RNA):
        own = _own_markers(profiles, rna, number, fit, one_count)
        if len(own) >= FEWEST_MARKERS:
            explained += rna[number] * np.exp(np.median(ratio[own]))
            known += rna[number]
    if known < FEWEST_KNOWN:
        return np.nan
    shortfall = 1 - explained / known / np.exp(np.median(ratio[shared]))
    return float(np.clip(PER_SHORTFALL * shortfall, 0, 1))


def _shared_genes(profiles: np.ndarray, fit: np.ndarray, one_count: float) -> np.ndarray:
    """Return the places of well-measured genes that all types express alike; none where too few are well measured."""
    level, counts = WELL_MEASURED
    measured = np.flatnonzero(fit > max(level, counts * one_count))
    if len(measured) < FEWEST_MEASURED:
        return measured[:0]
    above = profiles.max(axis=0)[measured] / profiles.mean(axis=0)[measured]
    wanted = max(FEWEST_SHARED, int((above < SHARED_BY_ALL).sum()))
    return measured[np.argsort(above, kind="stable")[:wanted]]


def _own_markers(profiles: np.ndarray, rna: np.ndarray, number: int, fit: np.ndarray, one_count: float) -> np.ndarray:
    """Return the places of a type's own markers: it supplies most of them, and the other types express less."""
    others = np.delete(profiles, number, axis=0).mean(axis=0) if len(profiles) > 1 else np.zeros_like(fit)
    level, counts = MARKER_LEVEL
    is_own = (rna[number] * profiles[number] > SUPPLIED * fit) & (profiles[number] > ABOVE_OTHERS * others)
    own = np.flatnonzero(is_own & (fit > max(level, counts * one_count)))
    score = profiles[number, own] / (others[own] + 0.1) * np.sqrt(np.minimum(fit[own], 20))
    return own[np.argsort(-score, kind="stable")[:MARKERS]]


def _spread(values: np.ndarray) -> float:
    """Return half the distance of the 16th and 84th percentiles: the standard deviation of normal values."""
    return float(np.diff(np.quantile(values, [0.16, 0.84]))[0] / 2)
