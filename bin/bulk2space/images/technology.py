"""How a section sees cells: its depth and what its platform does to each gene. Reference cells are degraded alike.

Cells whose type and transcriptome are known, seen through the section's panel at the section's depth, tell how far the
mapping can be trusted.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..numerics.scaling import totals

SMALLEST_SHARE = 1e-6  # of a panel's counts, added to both sides of a ratio: a gene may be without counts


class Technology(NamedTuple):
    """What a section's technology does to cells.

    Attributes
    ----------
    factors
        How much of each panel gene it sees, relative to the other genes and to the generated cells, (genes,).
    depths
        Counts in panel genes of the imaged cells that have any, (imaged cells,), sorted; None where the counts of
        either side are not known.
    """

    factors: np.ndarray
    depths: np.ndarray | None

    @property
    def typical(self) -> float:
        """Median depth; 1 where it is not known."""
        return 1.0 if self.depths is None else float(np.median(self.depths))


class Seen(NamedTuple):
    """Cells as the section would show them.

    Attributes
    ----------
    panel
        Counts, or values per 10 000 where there are no counts, cells × panel genes.
    molecules
        Counts that were drawn, (cells,): the depth. Less than the panel's sum where a cell has too few counts.
    kept
        Proportion of its counts that each cell keeps, (cells,); 1 where the depth is not known.
    """

    panel: sp.csr_matrix
    molecules: np.ndarray
    kept: np.ndarray


def technology(cells: sp.csr_matrix, section: sp.csr_matrix, *, counted: bool) -> Technology:
    """Measure depth and gene factors of a section.

    Parameters
    ----------
    cells, section
        Counts or linear values, cells × panel genes and imaged cells × panel genes.
    counted
        Whether both are counts.
    """
    mean, imaged = (np.asarray(shares(values).mean(axis=0)).ravel() + SMALLEST_SHARE for values in (cells, section))
    depths = np.sort(totals(section))
    return Technology(imaged / mean, depths[depths > 0] if counted and depths.any() else None)


def shares(values: sp.csr_matrix) -> sp.csr_matrix:
    """Return each gene's proportion of its row; rows of zeros stay zero."""
    sums = totals(values)
    return sp.csr_matrix(sp.diags_array(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)) @ values)


def seen(panel: sp.csr_matrix, technology: Technology, rng: np.random.Generator) -> Seen:
    """Degrade cells to what the section's technology would show of them.

    Each cell gets the depth of a random imaged cell. Its counts are thinned gene by gene (binomial), so that they
    follow the section's factors. A gene of which more counts are wanted than the cell has is scaled up instead, and
    keeps its noise.

    Parameters
    ----------
    panel
        Counts or linear values of the cells, cells × panel genes.
    technology
        From :func:`technology`.
    rng
        Draws depths and counts.
    """
    biased = sp.csr_matrix(panel @ sp.diags_array(technology.factors), dtype=np.float64)
    if technology.depths is None:
        return Seen(biased, np.ones(panel.shape[0]), np.ones(panel.shape[0]))
    depth = np.quantile(technology.depths, rng.random(panel.shape[0]))
    wanted = sp.csr_matrix(sp.diags_array(depth) @ shares(biased))
    had = sp.csr_matrix(panel, dtype=np.float64)
    proportion = np.divide(wanted.data, had.data, out=np.zeros_like(wanted.data), where=had.data > 0)
    thinned = rng.binomial(np.rint(had.data).astype(np.int64), np.clip(proportion, 0, 1))
    wanted.data = np.where(proportion < 1, thinned, wanted.data)
    wanted.eliminate_zeros()
    sums = totals(had)
    kept = np.clip(np.divide(depth, sums, out=np.ones_like(sums), where=sums > 0), 0, 1)
    return Seen(wanted, totals(wanted.minimum(had)), kept)


def thinned_log(
    expression: sp.csr_matrix, counts: sp.csr_matrix, kept: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return log expression as it would be measured with a part of the counts, cells × genes, dense float32.

    Parameters
    ----------
    expression
        log1p of counts per 10 000, cells × genes.
    counts
        The same cells' counts.
    kept
        Proportion of the counts that is kept, (cells,).
    rng
        Thins the counts.
    """
    per_count = totals(expression.expm1()) / np.maximum(totals(counts), 1)
    thinned = sp.csr_matrix(counts, dtype=np.float64)
    rows = np.repeat(np.arange(thinned.shape[0]), np.diff(thinned.indptr))
    thinned.data = rng.binomial(np.rint(thinned.data).astype(np.int64), kept[rows]) * (per_count / kept)[rows]
    return thinned.log1p().toarray().astype(np.float32)
