"""A section's neighbours among generated cells, by the mappers that it chooses or by the one that is named."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from .choice import WEIGHTED, chosen
from .generated import Generated, generated, of_reference, with_expected
from .mappers import COMBAT
from .way import Matches, Way

TYPES_BY = "joint_components"
"""The mapper that tells types where the section chooses. Types cannot be left out as genes can."""


class Matched(NamedTuple):
    """Neighbours of the imaged cells, and how they were found.

    Attributes
    ----------
    cells, reference
        The generated cells, and the reference's cells of the generated types.
    way
        Which mappers count how much.
    left_out
        Mean correlation of left-out genes by mapper (:class:`.choice.Chosen`).
    matches
        The neighbours.
    """

    cells: Generated
    reference: Generated
    way: Way
    left_out: dict[str, float]
    matches: Matches


def matched_cells(
    cells: ad.AnnData,
    section: ad.AnnData,
    genes: list[str],
    mapper: str,
    rng: np.random.Generator,
    *,
    single: bool = False,
    reference: ad.AnnData | None = None,
) -> Matched:
    """Find the neighbours of all imaged cells.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    genes
        Genes that both have.
    mapper
        Name of the mapper, or :data:`.choice.WEIGHTED`: the section weighs all candidates.
    rng
        Decides on held-out cells and genes.
    single
        Whether a prediction is the expression of a single generated cell.
    reference
        The reference that the cells were generated from, log expression, `cell_type`; None where the cells are those of
        the reference itself.
    """
    known, panel = generated(cells, genes), sp.csr_matrix(section[:, genes].X)
    asked = known if reference is None else of_reference(reference, known, cells.var_names)
    if not single and mapper != COMBAT:  # a single cell and the published way keep what was drawn
        known = with_expected(known, asked)
    weighed = chosen(mapper, known.panel, known.expected.of_genes(known.columns), panel, known.target, rng)
    way = Way(weighed.weights, TYPES_BY if mapper == WEIGHTED else mapper, single)
    matches = way.fit(known.panel, panel, known.target).find(panel)
    return Matched(known, asked, way, weighed.left_out, matches)
