"""Views of the pipeline's own files: linear values, counts, shared genes, means of cell types.

A reference, a section and generated cells hold ``X`` = log1p of counts per 10 000 and, where counts are
known, ``layers["counts"]``. A bulk holds linear values in ``X``.
"""

import anndata as ad
import numpy as np
import scipy.sparse as sp

TARGET_SUM = 1e4


def totals(matrix: sp.csr_matrix) -> np.ndarray:
    """Return the sum of each row, (rows,), float64."""
    return np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()


def factors_to(target: float, matrix: sp.csr_matrix) -> np.ndarray:
    """Return what brings the sum of each row to a target, (rows,), float64; 0 for rows of zeros."""
    sums = totals(matrix)
    return np.divide(target, sums, out=np.zeros_like(sums), where=sums > 0)


def normalize_total(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Scale every row of a non-negative matrix to 10 000; rows of zeros stay zero.

    Parameters
    ----------
    matrix
        Linear expression or counts, observations × genes.

    Returns
    -------
    float32 matrix of the same shape.
    """
    matrix = sp.csr_matrix(matrix, dtype=np.float32)
    factors = factors_to(TARGET_SUM, matrix).astype(np.float32)
    scaled = matrix.data * np.repeat(factors, np.diff(matrix.indptr))
    return sp.csr_matrix((scaled, matrix.indices.copy(), matrix.indptr.copy()), shape=matrix.shape)


def log_normalize(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Return log1p of counts per 10 000 (the paper's "LogNormalize")."""
    scaled = normalize_total(counts)
    np.log1p(scaled.data, out=scaled.data)
    return scaled


def has_counts(adata: ad.AnnData) -> bool:
    """Tell whether the file carries integer counts beside its log values."""
    return "counts" in adata.layers


def linear(adata: ad.AnnData) -> sp.csr_matrix:
    """Return expression per 10 000 (observations × genes, float32) of a reference, section or cells file.

    Values come from ``X``, so that a table cut to some genes keeps the scale of its whole library.
    """
    return sp.csr_matrix(adata.X, dtype=np.float32).expm1()


def linear_bulk(bulk: ad.AnnData) -> sp.csr_matrix:
    """Return bulk expression per 10 000 (samples × genes, float32)."""
    return normalize_total(bulk.X)


def counts_or_linear(adata: ad.AnnData) -> sp.csr_matrix:
    """Return the counts where they are known, else expression per 10 000 (observations × genes)."""
    return sp.csr_matrix(adata.layers["counts"]) if has_counts(adata) else linear(adata)


def shared_genes(first: ad.AnnData, *others: ad.AnnData) -> list[str]:
    """Return the genes that all files have, in the order of the first."""
    names = first.var_names
    for other in others:
        names = names[names.isin(other.var_names)]
    return list(names)


def type_means(matrix: sp.csr_matrix, labels: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Average the rows of each cell type.

    Parameters
    ----------
    matrix
        Cells × genes.
    labels
        Cell type of each row, (cells,).

    Returns
    -------
    Sorted names of the types and their means, types × genes (float64).
    """
    types, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    cells = np.arange(len(codes))
    members = sp.csr_matrix((np.ones(len(codes)), (codes, cells)), shape=(len(types), len(codes)))
    means = (members @ matrix).toarray() / np.bincount(codes)[:, None]
    return list(types), means
