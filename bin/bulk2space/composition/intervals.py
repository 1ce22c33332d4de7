"""Intervals of proportions, by resampling marker genes and reference cells."""

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
from .profile import log_totals

LEVEL = (0.025, 0.975)  # quantiles of a 95 % interval
# Marker genes rise and fall together and so tell less than as many independent genes would: intervals are this many
# times as wide as the draws'. The benchmark of proportions measures how often they cover the ground truth.
WIDENING = 2.0
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
    genes: list[str],
    fit: Fractions,
    *,
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    draws: int = 200,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of each sample's `proportion`.

    Each draw takes the genes with replacement and, within each type, the cells with replacement. Means and mRNA content
    are computed anew. All samples share the draws. The count model's sparse prior is not used in the draws: it decides
    on one best composition, while a type that it leaves out may well be present.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    reference, genes, method, mrna_content
        As in :func:`.profile.reference_profile` and :func:`.bulk.estimate`.
    fit
        The estimate itself, which always lies inside its interval.
    rng
        Source of the draws.
    draws
        Number of draws.

    Returns
    -------
    Lower and upper bounds, samples × types each.
    """
    published = method == "log_nnls"
    cells = _cells(reference, genes, mrna_content, log_values=published)
    expression = sp.csr_matrix(expression, dtype=float)
    coefficients = _log_nnls(expression) if published else _count_model(expression, cells.means)
    proportions = np.empty((draws, *fit.proportion.shape))
    for number in range(draws):
        draw = cells.draw(rng)
        proportions[number] = fractions_of(coefficients(draw), draw.mrna_content)[1]
    return _widened(proportions, fit, hidden_misfit=not published)


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


def _widened(proportions: np.ndarray, fit: Fractions, *, hidden_misfit: bool) -> tuple[np.ndarray, np.ndarray]:
    """Widen the draws' interval around the estimate, by WIDENING and by what the draws cannot show.

    Where there are gene factors, they absorb the misfit between reference and bulk, so that the draws no longer show
    it: the interval grows by the root of that misfit, too.

    Parameters
    ----------
    proportions
        Draws × samples × types.
    fit
        The estimate.
    hidden_misfit
        Whether gene factors may have been fitted.
    """
    low, high = np.quantile(proportions, LEVEL, axis=0)
    wider = np.full((len(fit.residual), 1), WIDENING)
    if hidden_misfit and len(fit.residual) >= count_model.FEWEST_SAMPLES:
        wider += np.sqrt(fit.residual)[:, None]
    below, above = np.maximum(fit.proportion - low, 0), np.maximum(high - fit.proportion, 0)
    return np.maximum(fit.proportion - wider * below, 0), np.minimum(fit.proportion + wider * above, 1)
