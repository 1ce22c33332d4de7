"""Genes and samples that can be no expression, whatever their names: totals, row numbers, flags, strangers."""

from collections.abc import Collection

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ...numerics.scaling import totals
from ...numerics.values import by_row, is_whole
from .annotation import FEWEST_GENES, FEWEST_OBSERVATIONS, left_out

SAME = 1e-5
"""Relative difference, at most, of a number from the sum or mean that it is."""
MOST_OTHERS = 5
"""Columns of annotation that a number of expressed genes may include, at most, or leave out."""
PROBED_GENES = 2000
"""Genes that show whether samples are related."""
UNRELATED, RELATED = 0.2, 0.5
"""Rank correlation of a sample with the others: at most that of annotation, at least that of samples.

Even brain and liver have a rank correlation above 0.5 over all genes.
"""
NUMBERED = 1.1
"""Range of different whole numbers, over how many they are, of a column of row numbers of which some rows are lost."""


def without_sums(raw: ad.AnnData, source: str) -> ad.AnnData:
    """Leave out genes whose value is, in each observation, the sum of all others, or how many of them are expressed.

    Parameters
    ----------
    raw
        Observations × genes.
    source
        The file's name, for the warning.
    """
    if raw.n_vars < FEWEST_GENES or not np.isfinite(raw.X.data).all():
        return raw
    for find in (_number_of_genes, _sum_of_genes):
        gene = find(sp.csr_matrix(raw.X))
        if gene is not None:
            left_out(source, [raw.var_names[gene]], " (computed from all genes)")
            raw = raw[:, np.arange(raw.n_vars) != gene].copy()
    return raw


def _sum_of_genes(matrix: sp.csr_matrix) -> int | None:
    sums = totals(matrix)
    of_genes = np.asarray(matrix.sum(axis=0)).ravel()
    gene = int(np.argmax(of_genes))
    values = matrix[:, [gene]].toarray().ravel()
    return gene if sums.any() and np.allclose(values * 2, sums, rtol=SAME) else None


def _number_of_genes(matrix: sp.csr_matrix) -> int | None:
    if matrix.shape[0] < FEWEST_OBSERVATIONS:
        return None
    expressed = np.diff(matrix.indptr)
    near = np.abs(np.asarray(matrix.sum(axis=0)).ravel() - expressed.sum()) <= MOST_OTHERS * len(expressed)
    for gene in np.flatnonzero(near):
        difference = expressed - matrix[:, [gene]].toarray().ravel()
        if np.ptp(expressed) and (difference == difference[0]).all():
            return int(gene)
    return None


def without_strangers(raw: ad.AnnData, source: str, *, known: Collection[str] = ()) -> ad.AnnData:
    """Leave out bulk samples that are row numbers, flags, the sum or mean of the others, or not related to them.

    Parameters
    ----------
    raw
        Samples × genes.
    source
        The file's name, for the warnings.
    known
        Names of samples that are known to be such.
    """
    matrix = sp.csr_matrix(raw.X)
    if raw.n_vars < FEWEST_GENES or raw.n_obs < 2 or not np.isfinite(matrix.data).all():
        return raw
    rows = by_row(matrix)
    found = {
        " (row numbers)": np.array([_are_numbers(row, raw.n_vars) for row in rows]),
        " (0 or 1 throughout)": np.array([len(row) > 0 and (row == 1).all() for row in rows]),
        " (computed from the other columns)": _is_summary(matrix),
        " (not related to the other columns, which are related)": _is_unrelated(matrix),
    }
    is_known = np.asarray(raw.obs_names.isin(known))
    strange = np.zeros(raw.n_obs, dtype=bool)
    for why, which in found.items():
        new = which & ~is_known & ~strange
        if new.any() and not (strange | new).all():
            left_out(source, list(raw.obs_names[new]), why)
            strange |= new
    return raw[~strange].copy() if strange.any() else raw


def _are_numbers(row: np.ndarray, genes: int) -> bool:
    """Tell whether the values above 0 of a sample are different whole numbers without large gaps, such as 1 to n."""
    if len(row) < genes - 1 or not is_whole(row):
        return False
    return len(np.unique(row)) == len(row) and np.ptp(row) < NUMBERED * len(row)


def _is_summary(matrix: sp.csr_matrix) -> np.ndarray:
    """Tell which row is the sum or the mean of all others, (rows,)."""
    is_summary = np.zeros(matrix.shape[0], dtype=bool)
    if matrix.shape[0] < 3:
        return is_summary
    probed = _probed(matrix)
    of_genes = np.asarray(matrix.sum(axis=0)).ravel()
    of_probed = probed.sum(axis=0)
    for times in (2, matrix.shape[0]):
        near = np.isclose(probed * times, of_probed, rtol=1e-3, atol=0.01).all(axis=1)
        for row in np.flatnonzero(near)[:2]:  # more than one are no summary, but the same sample
            is_summary[row] |= np.allclose(matrix[[row]].toarray().ravel() * times, of_genes, rtol=1e-3, atol=0.01)
    return is_summary if is_summary.sum() == 1 else np.zeros_like(is_summary)


def _is_unrelated(matrix: sp.csr_matrix) -> np.ndarray:
    """Tell which rows are related to no other, where at least half are related to one another, (rows,)."""
    from scipy.stats import rankdata  # half a second to import, which sections and references are spared

    if matrix.shape[0] < 3:
        return np.zeros(matrix.shape[0], dtype=bool)
    ranks = rankdata(_probed(matrix), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    relation = _correlation(ranks, np.median(ranks, axis=0)[None])
    is_core = relation >= np.median(relation)  # without what is unrelated
    relation = _correlation(ranks, ranks[is_core].sum(axis=0) - is_core[:, None] * ranks)  # and each without itself
    return ranks.any(axis=1) & (relation <= UNRELATED) & (np.mean(relation >= RELATED) >= 0.5)


def _probed(matrix: sp.csr_matrix) -> np.ndarray:
    """Return the values of genes from all over the table, rows × genes."""
    genes = np.linspace(0, matrix.shape[1] - 1, min(matrix.shape[1], PROBED_GENES)).astype(int)
    return np.asarray(matrix[:, genes].toarray(), dtype=float)


def _correlation(ranks: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Return the correlation of each row with its profile, (rows,), all of mean 0."""
    sizes = np.linalg.norm(ranks, axis=1) * np.linalg.norm(profiles, axis=1)
    return np.asarray((ranks * profiles).sum(axis=1) / np.where(sizes > 0, sizes, np.inf))
