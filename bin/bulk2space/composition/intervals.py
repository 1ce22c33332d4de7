"""Intervals of proportions by resampling marker genes and reference cells."""

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

WIDER = 2.0  # than the draws are the intervals
ROUNDS = 8  # of a bootstrap draw, which starts at the fit of the whole


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
    """Return the 95 % interval of each sample's `proportion`, resampling marker genes and reference cells.

    Each draw takes the genes with replacement and, within each type, the cells with replacement; means and mRNA
    content are formed anew. Samples share the draws. The count model's sparse prior stays out of the draws: it decides
    on one best composition, while a type that it leaves out may well be there.

    The 95 % of the draws are then widened around the estimate, by WIDER since marker genes rise and fall together and
    so hold less than as many independent ones, and, where gene factors have taken up the misfit between reference and
    bulk so that the draws no longer show it, by the root of that misfit.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    reference, genes, method, mrna_content
        As in :func:`reference_profile` and :func:`estimate`.
    fit
        The estimate itself, which always lies inside.
    rng
        Source of the draws.
    draws
        Number of draws.

    Returns
    -------
    Lower and upper bounds, samples × types each.
    """
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    types = list(np.unique(labels))
    on_genes = reference[:, genes]
    published = method == "log_nnls"
    values = sp.csr_matrix(on_genes.X) if published else linear(on_genes)
    log_content = log_totals(reference)
    known = mrna_content is None and has_counts(reference)
    content = np.array([mrna_content[name] for name in types]) if mrna_content is not None else np.ones(len(types))
    members = [np.flatnonzero(labels == name) for name in types]
    by_type = [values[cells] for cells in members]
    expression = sp.csr_matrix(expression, dtype=float)
    if published:
        expression = expression.log1p()
    else:
        start, factors = count_model.fit(expression, type_means(values, labels)[1], sparsity=0)

    proportions = np.empty((draws, expression.shape[0], len(types)))
    for draw in range(draws):
        picks = [rng.multinomial(len(cells), np.full(len(cells), 1 / len(cells))) / len(cells) for cells in members]
        means = np.array([cells.T @ pick for cells, pick in zip(by_type, picks, strict=True)])  # types × genes
        if known:
            content = np.exp([pick @ log_content[cells] for pick, cells in zip(picks, members, strict=True)])
        weight = rng.multinomial(len(genes), np.full(len(genes), 1 / len(genes))).astype(float)
        if published:
            drawn = nnls_gram((means * weight) @ means.T, expression @ (means * weight).T)
        else:
            drawn, _ = count_model.fit(
                expression, means, start=start, log_factors=factors, gene_weights=weight, sparsity=0, rounds=ROUNDS
            )
        proportions[draw] = fractions_of(drawn, content)[1]
    low, high = np.quantile(proportions, [0.025, 0.975], axis=0)
    wider = np.full((len(fit.residual), 1), WIDER)
    if not published and len(fit.residual) >= count_model.FEWEST_SAMPLES:
        wider += np.sqrt(fit.residual)[:, None]
    below, above = np.maximum(fit.proportion - low, 0), np.maximum(high - fit.proportion, 0)
    return np.maximum(fit.proportion - wider * below, 0), np.minimum(fit.proportion + wider * above, 1)
