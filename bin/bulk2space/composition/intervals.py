"""Intervals of proportions: genes and cells drawn anew, and what differs between laboratories."""

from collections.abc import Callable
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract.expression import has_counts, linear
from ..contract.keys import Obs
from ..numerics.groups import type_means
from ..numerics.nnls import nnls_gram
from . import count_model
from .fractions import Fractions, fractions_of
from .laboratory import disturbed, type_error
from .profile import ReferenceProfile, log_totals

LEVEL = (0.025, 0.975)  # quantiles of a 95 % interval
FITS = 100  # to genes and cells that are drawn anew
ERRORS_PER_FIT = 4  # between laboratories, that are drawn for each fit
ROUNDS_PER_DRAW = 8  # enough, since a draw starts at the fit of the whole


class _Draw(NamedTuple):
    """One bootstrap draw of the reference and its genes."""

    means: np.ndarray  # types × genes
    mrna_content: np.ndarray  # (types,)
    gene_weights: np.ndarray  # (genes,): how often each gene was drawn


class _Cells(NamedTuple):
    """The reference's cells, ready to be resampled within each type."""

    means: np.ndarray  # types × genes
    by_type: list[sp.csr_matrix]  # of each type its cells × genes
    log_totals: list[np.ndarray]  # of each type, (its cells,)
    given_content: np.ndarray | None  # (types,) where the mRNA content does not follow from the cells

    def draw(self, rng: np.random.Generator) -> _Draw:
        """Draw the cells of each type, then the genes, each with replacement."""
        sizes = [cells.shape[0] for cells in self.by_type]
        weights = [rng.multinomial(n, np.full(n, 1 / n)) / n for n in sizes]
        means = np.array([cells.T @ weight for cells, weight in zip(self.by_type, weights, strict=True)])
        content = self.given_content
        if content is None:
            content = np.exp([weight @ totals for weight, totals in zip(weights, self.log_totals, strict=True)])
        n_genes = means.shape[1]
        return _Draw(means, content, rng.multinomial(n_genes, np.full(n_genes, 1 / n_genes)).astype(float))


def bootstrap(
    expression: sp.csr_matrix,
    reference: ad.AnnData,
    profile: ReferenceProfile,
    fit: Fractions,
    *,
    shared: list[str],
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    fits: int = FITS,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of each sample's `proportion`: lower and upper bounds, samples × types each.

    The estimate itself always lies inside. Parameters as in :func:`draws`.
    """
    drawn = draws(
        expression, reference, profile, fit, shared=shared, method=method, mrna_content=mrna_content, rng=rng, fits=fits
    )
    return bounds(drawn, fit.proportion)


def bounds(drawn: np.ndarray, proportion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of draws, which holds the estimate.

    Parameters
    ----------
    drawn
        Draws × samples × types, or groups of types.
    proportion
        The estimate, samples × types or groups.

    Returns
    -------
    Lower and upper bounds, samples × types or groups each.
    """
    low, high = np.quantile(drawn, LEVEL, axis=0)
    return np.minimum(low, proportion), np.maximum(high, proportion)


def draws(
    expression: sp.csr_matrix,
    reference: ad.AnnData,
    profile: ReferenceProfile,
    fit: Fractions,
    *,
    shared: list[str],
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    fits: int = FITS,
) -> np.ndarray:
    """Return proportions as they might be, draws × samples × types.

    Each fit takes the genes with replacement and, within each type, the cells with replacement. Means and mRNA content
    are computed anew. All samples share the draws. The count model's sparse prior is not used: it decides on one best
    composition, while a type that it leaves out may well be present. Then errors between laboratories are drawn for
    each fit (:mod:`.laboratory`).

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × the profile's genes.
    reference
        The pipeline's own file.
    profile, method
        As in :func:`.bulk.estimate`.
    fit
        The estimate itself.
    mrna_content
        The user's mRNA per cell of each type; None to take it from the reference's counts.
    shared
        Genes that the reference shares with the bulk.
    rng
        Source of the draws.
    fits
        Number of fits.
    """
    published = method == "log_nnls"
    cells = _cells(reference, profile.genes, mrna_content, log_values=published)
    expression = sp.csr_matrix(expression, dtype=float)
    coefficients = _log_nnls(expression) if published else _count_model(expression, cells.means)
    proportions = np.empty((fits, *fit.proportion.shape))
    for number in range(fits):
        draw = cells.draw(rng)
        proportions[number] = fractions_of(coefficients(draw), draw.mrna_content)[1]
    error = type_error(expression, fit.rna_fraction @ profile.means, reference, shared, content_is_given=mrna_content is not None)
    return disturbed(np.repeat(proportions, ERRORS_PER_FIT, axis=0), error, rng)


def _cells(
    reference: ad.AnnData, genes: list[str], mrna_content: dict[str, float] | None, *, log_values: bool
) -> _Cells:
    """Sort the reference's cells by type."""
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
    return _Cells(means, [values[rows] for rows in members], [totals[rows] for rows in members], content)


def _log_nnls(expression: sp.csr_matrix) -> Callable[[_Draw], np.ndarray]:
    """Return the published fit of these samples to a draw; its result is samples × types."""
    logs = expression.log1p()

    def coefficients(draw: _Draw) -> np.ndarray:
        weighted = draw.means * draw.gene_weights
        return nnls_gram(weighted @ draw.means.T, logs @ weighted.T)

    return coefficients


def _count_model(expression: sp.csr_matrix, means: np.ndarray) -> Callable[[_Draw], np.ndarray]:
    """Return the count model's fit of these samples to a draw, started at the fit of the whole reference."""
    start, log_factors = count_model.fit(expression, means, sparsity=0)

    def coefficients(draw: _Draw) -> np.ndarray:
        found, _ = count_model.fit(
            expression,
            draw.means,
            start=start,
            log_factors=log_factors,
            gene_weights=draw.gene_weights,
            sparsity=0,
            rounds=ROUNDS_PER_DRAW,
        )
        return found

    return coefficients
