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
from .generated import generated, of_reference
from .held_out_cells import held_out
from .mappers import Mapper, Way
from .probability import Weights, composition_of, learn, probabilities
from .technology import technology

log = logging.getLogger(__name__)


class Mapped(NamedTuple):
    """A section mapped onto generated cells.

    Attributes
    ----------
    mapper
        The fitted mapper.
    types
        Names of the types, sorted.
    probability
        Of each type, imaged cells × types; rows sum to 1.
    expected_pcc
        Expected correlation of each gene's prediction with its measurement, (genes,); NaN for genes of the panel.
    half_width
        How far the interval of a prediction reaches to either side, genes × types; None where the panel is too small.
    """

    mapper: Mapper
    types: np.ndarray
    probability: np.ndarray
    expected_pcc: np.ndarray
    half_width: np.ndarray | None


def mapped_cells(
    cells: ad.AnnData,
    section: ad.AnnData,
    genes: list[str],
    way: Way,
    rng: np.random.Generator,
    *,
    reference: ad.AnnData | None = None,
) -> Mapped:
    """Map a section, and learn on held-out reference cells how far the mapping can be trusted.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    genes
        Genes that both have.
    way
        How it is mapped.
    rng
        Decides on held-out cells and genes.
    reference
        The reference that the cells were generated from, log expression, `cell_type`; None where the cells are those of
        the reference itself.
    """
    known, panel = generated(cells, genes), section[:, genes]
    fitted = way.mapper().fit(known.panel, panel.X, known.target)
    imaged = counts_or_linear(panel)
    seen_as = technology(known.panel_values, imaged, counted=has_counts(cells) and has_counts(section))
    if seen_as.depths is None:
        _warn_of_unknown_depth()
    depth = np.ones(section.n_obs) if seen_as.depths is None else totals(imaged) / seen_as.typical
    found = evidence(fitted, known.panel_values, imaged, known.codes, len(known.types), depth)
    asked = known if reference is None else of_reference(reference, known, cells.var_names)
    checked = held_out(asked, known, seen_as, way, rng)
    if checked is None:
        _warn_of_no_check()
        weights, composition = Weights(np.eye(KINDS)[DENSITY], known.frequency), known.frequency
        expected = np.full(cells.n_vars, np.nan)
    else:
        weights = learn(checked.evidence, checked.codes, known.frequency)
        composition, expected = composition_of(found, checked.evidence, checked.codes, weights), checked.expected_pcc
    log.info("weights of density, centre and profile: %s", np.round(weights.coefficients, 3).tolist())
    expected[known.columns] = np.nan
    probability = probabilities(found, weights.coefficients, composition)
    widths = intervals.half_widths(known, sp.csr_matrix(panel.X), probability.argmax(axis=1), fitted, way, rng)
    return Mapped(fitted, known.types, probability, expected, widths)


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
