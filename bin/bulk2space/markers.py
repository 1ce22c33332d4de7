"""Marker genes: every gene ranked for every cell type by Wilcoxon's rank-sum test, and the list cut from it.

Ranks are taken on the sparse matrix: the zeros of a gene are one tied block below everything else, so only the
non-zeros are sorted. This is exact and needs neither a dense matrix nor a loop over genes.
"""

import logging

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.stats import norm

from .expression import type_means
from .problems import InputError

log = logging.getLogger(__name__)

COLUMNS = ["cell_type", "gene", "rank", "score", "log2fc", "pvalue_adj"]
PSEUDOCOUNT = 0.01  # counts per 10 000 added to both sides of a fold change, so that absent genes have one


def rank(log_values: sp.csr_matrix, labels: np.ndarray, genes: list[str]) -> pd.DataFrame:
    """Rank all genes of each cell type against all other cells.

    Parameters
    ----------
    log_values
        log1p of counts per 10 000, cells × genes, non-negative.
    labels
        Cell type of each cell, (cells,).
    genes
        Names of the columns.

    Returns
    -------
    Table of types × genes rows with `cell_type`, `gene`, `rank` (1 = best), `score` (z of the rank sum, corrected for
    ties), `log2fc` (mean linear expression in the type over the mean in all other cells) and `pvalue_adj` (two-sided,
    Benjamini-Hochberg over the genes of a type). With a single cell type there is nothing to compare with: genes are
    then ranked by mean expression, with score 0 and p-value 1.
    """
    linear = sp.csr_matrix(log_values).expm1()
    types, means = type_means(linear, labels)
    codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)[1]
    if len(types) == 1:
        log.warning(
            "the reference has a single cell type, %s: genes are ranked by mean expression, with score 0",
            types[0],
        )
        order = np.argsort(-means[0], kind="stable")
        return _table(types[0], order, genes, np.zeros(len(genes)), np.zeros(len(genes)), np.ones(len(genes)))

    scores = rank_sum_scores(log_values, codes, len(types))
    sizes = np.bincount(codes)
    rest = ((sizes[:, None] * means).sum(axis=0) - sizes[:, None] * means) / (len(codes) - sizes)[:, None]
    fold = np.log2((means + PSEUDOCOUNT) / (np.maximum(rest, 0) + PSEUDOCOUNT))
    adjusted = benjamini_hochberg(2 * norm.sf(np.abs(scores)))
    return pd.concat(
        [
            _table(name, np.lexsort((-fold[t], -scores[t])), genes, scores[t], fold[t], adjusted[t])
            for t, name in enumerate(types)
        ],
        ignore_index=True,
    )


def rank_sum_scores(values: sp.csr_matrix, codes: np.ndarray, n_types: int) -> np.ndarray:
    """Return the tie-corrected z-score of each type's rank sum for each gene, types × genes.

    Parameters
    ----------
    values
        Non-negative expression, cells × genes.
    codes
        Index of the cell type of each cell, (cells,).
    n_types
        Number of types.
    """
    columns = sp.csc_matrix(values, dtype=np.float64)
    columns.eliminate_zeros()
    n_cells, n_genes = columns.shape
    stored = np.diff(columns.indptr)
    zeros = n_cells - stored  # (genes,)
    gene = np.repeat(np.arange(n_genes), stored)
    order = np.lexsort((columns.data, gene))

    # runs of equal values within a gene share the mean of their ranks
    sorted_gene, sorted_value = gene[order], columns.data[order]
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (sorted_gene[1:] != sorted_gene[:-1]) | (sorted_value[1:] != sorted_value[:-1])
    first = np.flatnonzero(starts)
    length = np.diff(np.append(first, len(order)))
    in_gene = first - columns.indptr[sorted_gene[first]]
    run_rank = zeros[sorted_gene[first]] + in_gene + (length + 1) / 2
    ranks = np.empty(len(order))
    ranks[order] = np.repeat(run_rank, length)

    members = sp.csr_matrix((np.ones(n_cells), (codes, np.arange(n_cells))), shape=(n_types, n_cells))
    sizes = np.bincount(codes, minlength=n_types).astype(float)[:, None]
    ranked = sp.csc_matrix((ranks, columns.indices, columns.indptr), shape=columns.shape)
    present = sp.csc_matrix((np.ones(len(ranks)), columns.indices, columns.indptr), shape=columns.shape)
    zeros_in_type = sizes - (members @ present).toarray()
    rank_sums = (members @ ranked).toarray() + zeros_in_type * (zeros + 1) / 2

    ties = np.bincount(sorted_gene[first], weights=length.astype(float) ** 3 - length, minlength=n_genes)
    ties += zeros.astype(float) ** 3 - zeros
    correction = np.maximum(1 - ties / max(float(n_cells) ** 3 - n_cells, 1), 0)
    deviation = np.sqrt(correction * sizes * (n_cells - sizes) * (n_cells + 1) / 12)
    difference = rank_sums - sizes * (n_cells + 1) / 2
    return np.divide(difference, deviation, out=np.zeros_like(difference), where=deviation > 0)


def benjamini_hochberg(pvalues: np.ndarray) -> np.ndarray:
    """Adjust p-values within each row, types × genes."""
    n = pvalues.shape[1]
    order = np.argsort(pvalues, axis=1)
    scaled = np.take_along_axis(pvalues, order, axis=1) * n / np.arange(1, n + 1)
    monotone = np.minimum(np.minimum.accumulate(scaled[:, ::-1], axis=1)[:, ::-1], 1)
    adjusted = np.empty_like(monotone)
    np.put_along_axis(adjusted, order, monotone, axis=1)
    return adjusted


def _table(cell_type, order, genes, score, fold, adjusted) -> pd.DataFrame:
    names = np.asarray(genes, dtype=object)
    columns = [
        cell_type,
        names[order],
        np.arange(1, len(order) + 1),
        score[order],
        fold[order],
        adjusted[order],
    ]
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def select(markers: pd.DataFrame, genes: list[str], *, per_type: int) -> list[str]:
    """Cut the ranking to the best genes of each type among those that another file has too.

    Parameters
    ----------
    markers
        Table of :func:`rank`.
    genes
        Genes of the bulk or section.
    per_type
        Largest number of genes a type.

    Returns
    -------
    Union over the types, in the order of types and ranks. Only genes with a positive score count; where no gene has
    one (a single cell type) the ranking alone decides.

    Raises
    ------
    InputError
        If no gene is left.
    """
    present = markers[markers["gene"].isin(genes)]
    if (present["score"] > 0).any():
        present = present[present["score"] > 0]
    top = present.sort_values(["cell_type", "rank"], kind="stable").groupby("cell_type", sort=False).head(per_type)
    if top.empty:
        raise InputError("no marker gene of the reference is among the genes of the other file: check gene names")
    counts = top["cell_type"].value_counts(sort=False)
    log.info("markers per type: %s", ", ".join(f"{name} {n}" for name, n in counts.items()))
    missing = sorted(set(markers["cell_type"]) - set(counts.index))
    if missing:
        log.warning("no marker gene for: %s", ", ".join(missing))
    chosen = list(dict.fromkeys(top["gene"]))
    log.info("%d distinct marker genes out of %d", len(chosen), markers["gene"].nunique())
    return chosen
