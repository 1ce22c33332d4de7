"""Cell-type fractions of bulk samples and spots as non-negative sums of profiles (paper, Methods, eq. 1 and 2)."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from . import count_model
from .expression import counts_or_linear, has_counts, linear, totals, type_means
from .nnls import nnls_gram
from .problems import InputError

log = logging.getLogger(__name__)

METHODS = ("negative_binomial", "log_nnls")
LARGE_RESIDUAL = 6.0  # between laboratories reached seldom with all types, mostly where one of a quarter or more lacks
WIDER = 2.0  # than the draws are the intervals
ROUNDS = 8  # of a bootstrap draw, which starts at the fit of the whole
FEWEST_CELLS = 10  # of a type that the bulk does not exclude
BLOCK = 1024  # samples held dense at once


class ReferenceProfile(NamedTuple):
    """What the fit needs to know of a reference.

    Attributes
    ----------
    types
        Sorted names of the cell types.
    genes
        Names of the genes, in the order of the columns below.
    means
        Mean expression per 10 000, types × genes.
    log_means
        Mean of log1p of counts per 10 000, types × genes (the published profile).
    mrna_content
        mRNA of a cell of each type, (types,), in any unit; all ones where it is not known.
    """

    types: list[str]
    genes: list[str]
    means: np.ndarray
    log_means: np.ndarray
    mrna_content: np.ndarray


class Fractions(NamedTuple):
    """Fitted fractions of samples or spots.

    Attributes
    ----------
    rna_fraction
        Share of mRNA of each type, samples × types; rows sum to 1, or to 0 for a sample without expression.
    proportion
        Share of cells of each type, samples × types; sums as above.
    residual
        Misfit as a multiple of the noise that counts have, (samples,); see :func:`misfit`.
    """

    rna_fraction: np.ndarray
    proportion: np.ndarray
    residual: np.ndarray


def reference_profile(
    reference: ad.AnnData, genes: list[str], *, mrna_content: dict[str, float] | None = None
) -> ReferenceProfile:
    """Average a reference's cells by type over the given genes.

    Parameters
    ----------
    reference
        Annotated cells with `obs['cell_type']`, `X` = log1p of counts per 10 000 and, where known, `layers['counts']`.
    genes
        Genes to keep, in this order.
    mrna_content
        mRNA of a cell of each type from the user; without it the geometric mean of the total counts of the type's cells
        is taken, and where the reference has no counts all types count the same (a warning says so).

    Raises
    ------
    InputError
        If the user's table lacks a type, or a value in it is not a positive number.
    """
    labels = reference.obs["cell_type"].to_numpy(dtype=str)
    types, means = type_means(linear(reference[:, genes]), labels)
    log_means = type_means(sp.csr_matrix(reference[:, genes].X), labels)[1]
    return ReferenceProfile(types, list(genes), means, log_means, _content(reference, types, labels, mrna_content))


def _content(reference: ad.AnnData, types: list[str], labels: np.ndarray, table: dict | None) -> np.ndarray:
    if table is not None:
        check_mrna_content(table, types)
        return np.array([table[name] for name in types], dtype=float)
    if not has_counts(reference):
        log.warning(
            "the reference has no counts and no table of mRNA content was given: proportion equals rna_fraction"
        )
        return np.ones(len(types))
    content = np.exp(type_means(sp.csr_matrix(log_totals(reference)[:, None]), labels)[1].ravel())
    log.info("counts of a typical cell: %s", ", ".join(f"{t} {c:.0f}" for t, c in zip(types, content, strict=True)))
    return content


def log_totals(adata: ad.AnnData) -> np.ndarray:
    """Return the logarithm of each cell's counts, or of its expression where counts are unknown, (cells,).

    Its mean over a type gives what a typical cell holds. The arithmetic mean of a rare type hangs on single cells: one
    doublet among seven platelets of a blood sample doubles it.
    """
    return np.log(np.maximum(totals(counts_or_linear(adata)), 1))


def check_mrna_content(table: dict[str, float], types: list[str]) -> None:
    """Refuse a user's table that lacks a type of the reference or has a value that is not a positive number.

    Raises
    ------
    InputError
        With the first thing that is wrong.
    """
    missing = [name for name in types if name not in table]
    if missing:
        raise InputError(
            f"the table of mRNA content lacks {', '.join(missing)}: give a value for every cell type of the reference"
        )
    wrong = [name for name in types if not (np.isfinite(table[name]) and table[name] > 0)]
    if wrong:
        raise InputError(f"the table of mRNA content: the value of {wrong[0]} is not a positive number, correct it")
    unknown = sorted(name for name in table if name not in types)
    if unknown:
        log.warning("the table of mRNA content names types that the reference has not: %s", ", ".join(unknown))


def estimate(
    expression: sp.csr_matrix,
    profile: ReferenceProfile,
    *,
    method: str = "negative_binomial",
    sparsity: float = count_model.SPARSITY,
) -> Fractions:
    """Fit each sample as a non-negative sum of the types' mean profiles (eq. 1 and 2).

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × the profile's genes.
    profile
        The reference, from :func:`reference_profile`.
    method
        ``negative_binomial``: linear values with the noise of counts, gene factors between reference and bulk, and a
        prior that leaves out types a sample does not need (:mod:`count_model`). ``log_nnls``: least squares on log1p
        values, as published.
    sparsity
        Strength of that prior, 0 for none; the published way has none.

    Returns
    -------
    Fractions; a sample without any expression in these genes has zeros for all types and residual 0.
    """
    expression = sp.csr_matrix(expression)
    if method == "negative_binomial":
        coefficients = count_model.fit(expression, profile.means, sparsity=sparsity)[0]
    elif method == "log_nnls":
        design = profile.log_means  # types × genes
        coefficients = nnls_gram(design @ design.T, expression.astype(float).log1p() @ design.T)
    else:
        raise ValueError(f"method is one of {METHODS}, not {method}")
    rna, cells = fractions_of(coefficients, profile.mrna_content)
    return Fractions(rna, cells, misfit(expression, rna @ profile.means))


def misfit(expression: sp.csr_matrix, mean: np.ndarray) -> np.ndarray:
    """Return how far samples lie from their fit, as a multiple of the count model's noise.

    The root of the mean squared residual over the noise's variance, where the fit has the scale that suits the sample
    best: 1 is what the model expects. Gene factors stay out of the fit: they would hide what is to be seen.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    mean
        Fitted expression up to a factor for each sample, samples × genes.

    Returns
    -------
    (samples,); 0 for a sample without expression.
    """
    result = np.zeros(expression.shape[0])
    for start in range(0, len(result), BLOCK):
        values, fit = expression[start : start + BLOCK].toarray().astype(float), mean[start : start + BLOCK]
        totals = fit.sum(axis=1, keepdims=True)
        fit = fit * np.divide(values.sum(axis=1, keepdims=True), totals, out=np.zeros_like(totals), where=totals > 0)
        noise = count_model.variance(fit)
        own = (fit**2 / noise).sum(axis=1, keepdims=True)
        scale = np.divide((values * fit / noise).sum(axis=1, keepdims=True), own, out=np.ones_like(own), where=own > 0)
        ratio = (values - scale * fit) ** 2 / count_model.variance(scale * fit)
        result[start : start + BLOCK] = np.sqrt(ratio.mean(axis=1))
    return result


def fractions_of(coefficients: np.ndarray, mrna_content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn fitted coefficients (… × types) into shares of mRNA and shares of cells; zeros stay zeros."""
    return rows_to_one(coefficients), rows_to_one(coefficients / mrna_content)


def rows_to_one(values: np.ndarray) -> np.ndarray:
    """Scale the last axis to sum 1; zeros stay zero."""
    totals = values.sum(axis=-1, keepdims=True)
    return np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)


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
    labels = reference.obs["cell_type"].to_numpy(dtype=str)
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


def report_residuals(residual: np.ndarray, names: list[str]) -> None:
    """Log the residuals and warn of samples that the reference explains badly."""
    log.info("residual, in units of the counts' noise: median %.2f, largest %.2f", np.median(residual), residual.max())
    bad = [name for name, value in zip(names, residual, strict=True) if value > LARGE_RESIDUAL]
    if bad:
        log.warning(
            "%d of %d have a residual above %.1f times the counts' noise (the reference lacks a cell type, or was "
            "measured very differently): %s",
            len(bad), len(names), LARGE_RESIDUAL, ", ".join(bad[:5]) + (", ..." if len(bad) > 5 else ""),
        )  # fmt: skip


def largest_remainder(proportions: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Round shares to whole cells so that every row has exactly its total.

    Parameters
    ----------
    proportions
        Shares, rows × types; a row is scaled by its sum. A row of zeros gets no cells.
    totals
        Whole cells of each row, (rows,).

    Returns
    -------
    Whole numbers, rows × types. Between equal remainders the larger share, then the earlier type, comes first.
    """
    shares = rows_to_one(np.asarray(proportions, dtype=float))
    quota = shares * np.asarray(totals, dtype=float)[:, None]
    whole = np.floor(quota + 1e-9).astype(np.int64)
    missing = np.where(shares.sum(axis=1) > 0, np.asarray(totals, dtype=np.int64), 0) - whole.sum(axis=1)
    remainder = np.round(quota - whole, 9)
    columns = np.broadcast_to(np.arange(shares.shape[1]), shares.shape)
    order = np.lexsort((columns, -shares, -remainder), axis=1)
    place = np.argsort(order, axis=1)
    return whole + (place < missing[:, None])


def whole_cells(proportions: np.ndarray, upper: np.ndarray, total: int) -> np.ndarray:
    """Share out the cells to generate: by largest remainder, yet some of every type that the bulk does not exclude.

    Least squares often gives a rare type nothing although its interval reaches above zero. A type that would get no
    cell gets ten, yet no more than one in a hundred of all and than its interval allows, so that a section that shows
    it has cells to place; the others share the rest.

    Parameters
    ----------
    proportions
        Share of cells of each type, (types,).
    upper
        Upper end of each share's interval, (types,).
    total
        Cells to generate.

    Returns
    -------
    Whole numbers, (types,), that add up to the total.
    """
    shared = largest_remainder(proportions[None], np.array([total]))[0]
    most = min(FEWEST_CELLS, -(-total // 100))
    kept = np.where(shared == 0, np.minimum(most, np.floor(upper * total)), 0).astype(np.int64)
    if not kept.any() or kept.sum() >= total:
        return shared
    log.info("%d types get more cells than their share, being rare but not excluded by the bulk", (kept > 0).sum())
    rest = largest_remainder(np.where(kept > 0, 0, proportions)[None], np.array([total - kept.sum()]))[0]
    return kept + rest
