"""Other ways from a bulk to cells in a section: reference cells placed by correlation, and by their true kinds."""

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.generator.generate import draw_sources
from bulk2space.numerics.axes import unit_rows
from bulk2space.numerics.scaling import log_normalize
from bulk2space.numerics.shares import largest_remainder

from ..cases.bulk_and_section import Study
from ..cases.placed import Placed
from ..cases.tissues import CELLS_PER_SPOT, KINDS, SPOTS
from .linear_assignment import best_places


def correlation(study: Study, section: ad.AnnData) -> np.ndarray:
    """Return the correlation of log values over all genes, spots × reference cells."""
    spots, cells = (_unit(matrix.toarray()) for matrix in (section.X, log_normalize(study.counts)))
    return spots @ cells.T


def by_correlation(study: Study, proportions: pd.Series, correlations: np.ndarray) -> Placed:
    """Resample reference cells in given proportions of types, and place them by one linear assignment on correlation.

    This is the formulation of CytoSPACE (Vahid et al. 2023, Nat Biotechnol 41:1543). Spots have no quotas of types.

    Parameters
    ----------
    study
        Its reference and random generator are used.
    proportions
        Proportion of each type, as estimated from the bulk.
    correlations
        Spots × reference cells.
    """
    number = largest_remainder(proportions.to_numpy()[None], np.array([SPOTS * CELLS_PER_SPOT]))[0]
    types = study.types
    equal = np.ones(len(types))
    cells = np.concatenate(
        [
            draw_sources(np.flatnonzero(types == name), n, equal, study.rng, name)
            for name, n in zip(proportions.index, number, strict=True)
            if n
        ]
    )
    spot, chosen = best_places(correlations[:, cells], np.full(SPOTS, CELLS_PER_SPOT))
    cell = cells[chosen]
    return Placed(spot, study.kinds[cell], study.counts[cell])


def by_true_kind(study: Study, truth: Placed) -> Placed:
    """Put a reference cell of the same kind, drawn at random, in the place of each true cell.

    This is no rival: it shows what cells of the reference can reach at best.
    """
    cell = np.empty(len(truth.kind), dtype=int)
    for kind in KINDS:
        own = truth.kind == kind
        cell[own] = study.rng.choice(np.flatnonzero(study.kinds == kind), own.sum())
    return Placed(truth.spot, truth.kind, study.counts[cell])


def _unit(values: np.ndarray) -> np.ndarray:
    """Return rows centred and scaled to length 1, so that products are correlations."""
    return unit_rows(values - values.mean(axis=1, keepdims=True))
