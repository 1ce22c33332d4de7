"""Fits to marker genes and reference cells that are drawn anew with replacement: the bootstrap."""

from collections.abc import Callable
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract.expression import has_counts, linear
from ..contract.keys import Obs
from ..numerics.groups import type_means
from ..numerics.nnls import nnls_gram
from . import bulk_model, count_model
from .profile import log_totals

ROUNDS_PER_DRAW = 8  # enough, since a draw starts at the fit of the whole


class Draw(NamedTuple):
    """One bootstrap draw of the reference and its genes."""

    means: np.ndarray  # types × genes
    mrna_content: np.ndarray  # (types,)
    gene_weights: np.ndarray  # (genes,): how often each gene was drawn


class Cells(NamedTuple):
    """The reference's cells, ready to be resampled within each type."""

    means: np.ndarray  # types × genes
    by_type: list[sp.csr_matrix]  # of each type its cells × genes
    log_totals: list[np.ndarray]  # of each type, (its cells,)
    given_content: np.ndarray | None  # (types,) where the mRNA content does not follow from the cells

    def draw(self, rng: np.random.Generator) -> Draw:
        """Draw the cells of each type, then the genes, each with replacement."""
        sizes = [cells.shape[0] for cells in self.by_type]
        weights = [rng.multinomial(n, np.full(n, 1 / n)) / n for n in sizes]
        means = np.array([cells.T @ weight for cells, weight in zip(self.by_type, weights, strict=True)])
        content = self.given_content
        if content is None:
            content = np.exp([weight @ totals for weight, totals in zip(weights, self.log_totals, strict=True)])
        n_genes = means.shape[1]
        return Draw(means, content, rng.multinomial(n_genes, np.full(n_genes, 1 / n_genes)).astype(float))


def cells_of(
    reference: ad.AnnData, genes: list[str], mrna_content: dict[str, float] | None, *, log_values: bool
) -> Cells:
    """Return the reference's cells by type.

    Parameters
    ----------
    reference, genes, mrna_content
        As in :func:`.profile.reference_profile`.
    log_values
        Whether to take the means of logarithms, as the published fit does.
    """
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    values = sp.csr_matrix(reference[:, genes].X) if log_values else linear(reference[:, genes])
    types, means = type_means(values, labels)
    totals = log_totals(reference)
    members = [np.flatnonzero(labels == name) for name in types]
    content = None
    if mrna_content is not None:
        content = np.array([mrna_content[name] for name in types])
    elif not has_counts(reference):
        content = np.ones(len(types))
    return Cells(means, [values[rows] for rows in members], [totals[rows] for rows in members], content)


def log_nnls(expression: sp.csr_matrix) -> Callable[[Draw], np.ndarray]:
    """Return the published fit of these samples to a draw; its result is samples × types."""
    logs = expression.log1p()

    def coefficients(draw: Draw) -> np.ndarray:
        weighted = draw.means * draw.gene_weights
        return nnls_gram(weighted @ draw.means.T, logs @ weighted.T)

    return coefficients


def by_count_model(expression: sp.csr_matrix, means: np.ndarray) -> Callable[[Draw], np.ndarray]:
    """Return the count model's fit of these samples to a draw, started at the fit of the whole reference."""
    whole = bulk_model.fit(expression, means, sparsity=0)

    def coefficients(draw: Draw) -> np.ndarray:
        found, _ = count_model.fit(
            expression,
            draw.means,
            start=whole.coefficients,
            log_factors=whole.log_factors,
            gene_weights=draw.gene_weights * whole.measured,
            dispersion=whole.dispersion,
            sparsity=0,
            rounds=ROUNDS_PER_DRAW,
        )
        return found

    return coefficients
