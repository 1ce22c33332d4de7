"""Types of imaged cells with their probabilities, and how well each gene is predicted."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract import remarks
from ..contract.expression import counts_or_linear, has_counts
from ..numerics.scaling import totals
from . import intervals
from .evidence import DENSITY, KINDS, evidence
from .held_out_cells import held_out
from .matched import Matched, matched_cells
from .neighbors import empty_rows
from .probability import Weights, composition_of, learn, probabilities
from .technology import technology

log = logging.getLogger(__name__)


class Mapped(NamedTuple):
    """A section mapped onto generated cells.

    Attributes
    ----------
    matched
        Neighbours of the imaged cells, and how they were found.
    types
        Names of the types, sorted.
    probability
        Of each type, imaged cells × types; rows sum to 1.
    expected_pcc
        Expected correlation of each gene's prediction with its measurement, (genes,); NaN for genes of the panel.
    half_width
        How far the interval of a prediction reaches to either side, genes × types; None where the panel is too small.
    """

    matched: Matched
    types: np.ndarray
    probability: np.ndarray
    expected_pcc: np.ndarray
    half_width: np.ndarray | None


def mapped_cells(
    cells: ad.AnnData,
    section: ad.AnnData,
    genes: list[str],
    mapper: str,
    rng: np.random.Generator,
    *,
    single: bool = False,
    reference: ad.AnnData | None = None,
) -> Mapped:
    """Map a section, and learn on held-out reference cells how far the mapping can be trusted.

    Parameters are those of :func:`.matched.matched_cells`.
    """
    found = matched_cells(cells, section, genes, mapper, rng, single=single, reference=reference)
    probability, expected = learned(found, cells, section[:, genes], rng)
    expected[found.cells.columns] = np.nan
    widths = intervals.half_widths(
        found.cells, sp.csr_matrix(section[:, genes].X), probability.argmax(axis=1), found.matches, found.way, rng
    )
    return Mapped(found, found.cells.types, probability, expected, widths)


def learned(
    found: Matched, cells: ad.AnnData, panel: ad.AnnData, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Learn from held-out reference cells how probable each type is, and how well each gene is predicted.

    Parameters
    ----------
    found
        Neighbours of the imaged cells.
    cells
        Generated cells.
    panel
        The section in the genes that both have.
    rng
        Decides on held-out cells.

    Returns
    -------
    Probability of each type, imaged cells × types, and expected correlation of each gene, (genes,).
    """
    known, imaged = found.cells, counts_or_linear(panel)
    seen_as = technology(known.panel_values, imaged, counted=has_counts(cells) and has_counts(panel))
    if seen_as.depths is None:
        _warn_of_unknown_depth()
    depth = np.ones(panel.n_obs) if seen_as.depths is None else totals(imaged) / seen_as.typical
    given = evidence(found.matches.of_types, known.panel_values, imaged, known.codes, len(known.types), depth)
    checked = held_out(found.reference, known, seen_as, found.way, rng)
    if checked is None:
        _warn_of_no_check()
        weights = Weights(np.eye(KINDS)[DENSITY], known.frequency)
        return probabilities(given, *weights), np.full(cells.n_vars, np.nan)
    weights = learn(checked.evidence, checked.codes, known.frequency)
    log.info("weights of density, centre and profile: %s", np.round(weights.coefficients, 3).tolist())
    filled = ~empty_rows(imaged)
    telling = given[filled] if filled.any() else given
    composition = composition_of(telling, checked.evidence, checked.codes, weights)
    return probabilities(given, weights.coefficients, composition), checked.expected_pcc


def _warn_of_no_check() -> None:
    """Warn that no cell could be held out."""
    remarks.warn(
        log, "probabilities_not_checked",
        "no cell of the reference can be held out and seen through the panel: probabilities of types "
        "are proportions of votes, and no correlation is expected of a gene",
    )  # fmt: skip


def _warn_of_unknown_depth() -> None:
    """Warn that the section's depth is not known."""
    remarks.warn(
        log, "depth_not_known",
        "the section or the reference has no counts, so the section's depth is not known: probabilities of types and "
        "expected correlations of genes may be too high",
    )  # fmt: skip
