"""Cell-type fractions of bulk samples and spots by non-negative least squares (paper, Methods, eq. 1 and 2)."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from .expression import counts_or_linear, has_counts, linear, type_means
from .problems import InputError

log = logging.getLogger(__name__)

METHODS = ("scaled_nnls", "log_nnls")
FLOOR = 1.0  # per 10 000, added to a gene's largest type mean before scaling by it: rare genes are noise
LARGE_RESIDUAL = 0.8
FEWEST_CELLS = 10  # of a type that the bulk does not exclude
BLOCK = 4096  # samples fitted at once


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
        Norm of what the fit leaves over the norm of the sample, (samples,).
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
        mRNA of a cell of each type from the user; without it the mean total counts of the type's cells are taken,
        and where the reference has no counts all types count the same (a warning says so).

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
    totals = np.asarray(reference.layers["counts"].sum(axis=1)).reshape(-1, 1)
    content = type_means(sp.csr_matrix(totals), labels)[1].ravel()
    log.info("mean counts of a cell: %s", ", ".join(f"{t} {c:.0f}" for t, c in zip(types, content, strict=True)))
    return content


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


def estimate(expression: sp.csr_matrix, profile: ReferenceProfile, *, method: str = "scaled_nnls") -> Fractions:
    """Fit each sample as a non-negative sum of the types' mean profiles (eq. 1 and 2).

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × the profile's genes.
    profile
        The reference, from :func:`reference_profile`.
    method
        ``scaled_nnls``: linear values, each gene divided by its largest type mean plus a floor, so that no few highly
        expressed genes rule the fit. ``log_nnls``: log1p values, as published.

    Returns
    -------
    Fractions; a sample without any expression in these genes has zeros for all types and residual 0.
    """
    design, scale = _design(profile.means, profile.log_means, method)  # types × genes, (genes,)
    gram = design @ design.T
    expression = sp.csr_matrix(expression)
    coefficients = np.zeros((expression.shape[0], len(profile.types)))
    residual = np.zeros(expression.shape[0])
    for start in range(0, expression.shape[0], BLOCK):
        block = _scaled(expression[start : start + BLOCK], scale, method)
        inner = np.asarray(block @ design.T)  # samples × types
        fit = nnls_gram(gram, inner)
        coefficients[start : start + BLOCK] = fit
        # |x - fit|² by parts: the block stays sparse
        norm2 = np.asarray(block.multiply(block).sum(axis=1)).ravel()
        left = norm2 - 2 * (fit * inner).sum(axis=1) + np.einsum("st,tu,su->s", fit, gram, fit)
        ratio = np.divide(np.maximum(left, 0), norm2, out=np.zeros_like(norm2), where=norm2 > 0)
        residual[start : start + BLOCK] = np.sqrt(ratio)
    rna, cells = fractions_of(coefficients, profile.mrna_content)
    return Fractions(rna, cells, residual)


def _design(means: np.ndarray, log_means: np.ndarray, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the scaled profiles (… types × genes) and what each gene is multiplied by (… genes)."""
    if method == "log_nnls":
        return log_means, np.ones(log_means.shape[-1])
    if method != "scaled_nnls":
        raise ValueError(f"method is one of {METHODS}, not {method}")
    scale = 1 / (means.max(axis=-2) + FLOOR)
    return means * scale[..., None, :], scale


def _scaled(expression: sp.csr_matrix, scale: np.ndarray, method: str) -> sp.csr_matrix:
    values = sp.csr_matrix(expression, dtype=np.float64)
    return values.log1p() if method == "log_nnls" else sp.csr_matrix(values @ sp.diags_array(scale))


def fractions_of(coefficients: np.ndarray, mrna_content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn fitted coefficients (… × types) into shares of mRNA and shares of cells; zeros stay zeros."""
    return _normalize(coefficients), _normalize(coefficients / mrna_content)


def _normalize(values: np.ndarray) -> np.ndarray:
    totals = values.sum(axis=-1, keepdims=True)
    return np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)


def nnls_gram(gram: np.ndarray, inner: np.ndarray, *, max_iterations: int = 500) -> np.ndarray:
    """Solve many non-negative least squares problems at once by block principal pivoting.

    Minimises ``xᵀGx/2 - bᵀx`` over ``x ≥ 0`` for every row b (Kim and Park 2011, SIAM J. Sci. Comput. 33:3261): all
    variables on the wrong side change sides together, and one at a time where that does not help, which is what
    makes it end.

    Parameters
    ----------
    gram
        ``C Cᵀ``, types × types, or one for each problem, problems × types × types.
    inner
        ``C x`` of each problem, problems × types.

    Returns
    -------
    Coefficients, problems × types.
    """
    problems, n = inner.shape
    gram = np.broadcast_to(gram, (problems, n, n)).astype(float)
    # unit diagonal, and a ridge far below the data's noise, so that equal profiles still have one solution
    root = np.sqrt(np.einsum("pii->pi", gram))
    root = np.where(root > 0, root, 1)
    gram = gram / (root[:, :, None] * root[:, None, :]) + 1e-12 * np.eye(n)
    inner = inner / root

    passive = np.zeros((problems, n), dtype=bool)
    x = np.zeros((problems, n))
    dual = -inner
    fewest = np.full(problems, n + 1)
    patience = np.full(problems, 3)
    tolerance = 1e-10 * (np.abs(inner).max(axis=1, keepdims=True) + 1e-300)
    for _ in range(max_iterations):
        wrong = np.where(passive, x < -tolerance, dual < -tolerance)
        count = wrong.sum(axis=1)
        active = np.flatnonzero(count)
        if not len(active):
            break
        better = count[active] < fewest[active]
        fewest[active] = np.where(better, count[active], fewest[active])
        patience[active] = np.where(better, 3, patience[active] - 1)
        last = n - 1 - np.argmax(wrong[active][:, ::-1], axis=1)
        single = np.zeros((len(active), n), dtype=bool)
        single[np.arange(len(active)), last] = True
        passive[active] ^= np.where(patience[active, None] >= 0, wrong[active], single)

        chosen = passive[active]
        masked = np.where(chosen[:, :, None] & chosen[:, None, :], gram[active], 0) + np.einsum(
            "pi,ij->pij", ~chosen, np.eye(n)
        )
        x[active] = np.linalg.solve(masked, np.where(chosen, inner[active], 0)[..., None])[..., 0]
        dual[active] = np.einsum("pij,pj->pi", gram[active], x[active]) - inner[active]
    else:
        log.warning("%d of %d non-negative fits did not converge", len(active), problems)
    return np.maximum(x, 0) / root


def bootstrap(
    expression: sp.csr_matrix,
    reference: ad.AnnData,
    genes: list[str],
    *,
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    draws: int = 200,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of each sample's `proportion`, resampling marker genes and reference cells.

    Each draw takes the genes with replacement and, within each type, the cells with replacement; means, scales and
    mRNA content are formed anew. Samples share the draws.

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × genes.
    reference, genes, method, mrna_content
        As in :func:`reference_profile` and :func:`estimate`.
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
    values = sp.csr_matrix(on_genes.X) if method == "log_nnls" else linear(on_genes)
    totals = np.asarray(counts_or_linear(reference).sum(axis=1), dtype=float).ravel()
    known = mrna_content is None and has_counts(reference)
    fixed = np.array([mrna_content[name] for name in types]) if mrna_content is not None else np.ones(len(types))
    dense = expression.toarray().astype(float)  # samples × genes
    if method == "log_nnls":
        dense = np.log1p(dense)

    n_samples = dense.shape[0]
    block = max(1, min(draws, 20_000_000 // (len(types) * (len(genes) + n_samples * len(types)))))
    proportions = np.empty((draws, n_samples, len(types)))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        means = np.empty((size, len(types), len(genes)))
        content = np.tile(fixed, (size, 1))
        for t, name in enumerate(types):
            cells = np.flatnonzero(labels == name)
            weights = rng.multinomial(len(cells), np.full(len(cells), 1 / len(cells)), size=size) / len(cells)
            means[:, t] = (values[cells].T @ weights.T).T
            if known:
                content[:, t] = weights @ totals[cells]
        design, scale = _design(means, means, method)
        weight = rng.multinomial(len(genes), np.full(len(genes), 1 / len(genes)), size=size).astype(float)
        weighted = design * weight[:, None, :]
        gram = weighted @ design.transpose(0, 2, 1)  # draws × types × types
        inner = (weighted * np.broadcast_to(scale, weight.shape)[:, None, :]) @ dense.T  # draws × types × samples
        fit = nnls_gram(
            np.repeat(gram, n_samples, axis=0), inner.transpose(0, 2, 1).reshape(size * n_samples, len(types))
        )
        fit = fit.reshape(size, n_samples, len(types))
        proportions[start : start + size] = fractions_of(fit, content[:, None, :])[1]
    low, high = np.quantile(proportions, [0.025, 0.975], axis=0)
    return low, high


def report_residuals(residual: np.ndarray, names: list[str]) -> None:
    """Log the relative residuals and warn of samples that the reference explains badly."""
    log.info("relative residual: median %.2f, largest %.2f", np.median(residual), residual.max())
    bad = [name for name, value in zip(names, residual, strict=True) if value > LARGE_RESIDUAL]
    if bad:
        log.warning(
            "%d of %d have a relative residual above %.1f (a missing cell type, or another unit): %s",
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
    shares = _normalize(np.asarray(proportions, dtype=float))
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
