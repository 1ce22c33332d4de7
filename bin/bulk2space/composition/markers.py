"""Marker genes: all genes ranked for each cell type by Wilcoxon's rank-sum test, and the best of them selected."""

import logging
import warnings

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks, tables
from ..contract.problems import InputError
from ..numerics.groups import type_means

log = logging.getLogger(__name__)

LARGEST_PVALUE = 1e-5
"""Largest adjusted p value of a marker beyond the first FEWEST_MARKERS."""
FEWEST_MARKERS = 20
"""Number of best genes of a type that are markers at any p value."""
PSEUDOCOUNT = 0.01  # counts per 10 000, added to both sides of a fold change so that absent genes have one


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
    Table of types × genes rows (contract/tables.py, MARKERS). `score` is the z of the rank sum, corrected for ties;
    `log2fc` compares mean linear expression in the type with the mean in all other cells; `pvalue_adj` is two-sided,
    adjusted over the genes of the type. A type of a single cell, or a single type, cannot be tested: it has score 0 and
    p value 1 throughout and is ranked by fold change.
    """
    labels = np.asarray(labels, dtype=str)
    types, means = type_means(sp.csr_matrix(log_values).expm1(), labels)
    sizes = np.unique(labels, return_counts=True)[1]
    table = pd.DataFrame(
        {
            "cell_type": np.repeat(types, len(genes)),
            "gene": np.tile(genes, len(types)),
            "log2fc": fold_changes(means, sizes).ravel(),
        }
    )
    testable = [name for name, size in zip(types, sizes, strict=True) if size > 1] if len(types) > 1 else []
    if len(testable) < len(types):
        untested = ", ".join(name for name in types if name not in testable)
        remarks.warn(
            log,
            "markers_untested",
            f"too few cells or types to test the genes of {untested}: ranked by fold change, with score 0",
            types=[name for name in types if name not in testable],
        )
    tests = rank_sum_tests(log_values, labels, genes, testable)
    table = table.merge(tests, how="left", on=["cell_type", "gene"]).fillna({"score": 0.0, "pvalue_adj": 1.0})
    table = table.sort_values(
        ["cell_type", "score", "log2fc"], ascending=[True, False, False], kind="stable", ignore_index=True
    )
    table["rank"] = table.groupby("cell_type").cumcount() + 1
    return table[tables.MARKERS.header]


def fold_changes(means: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return log2 of each type's mean over the mean of all other cells, types × genes.

    Parameters
    ----------
    means
        Mean linear expression, types × genes.
    sizes
        Number of cells of each type, (types,). A single type has no other cells: its fold change is over a mean of 0.
    """
    sums = means * sizes[:, None]
    others = (sums.sum(axis=0) - sums) / np.maximum(sizes.sum() - sizes, 1)[:, None]
    return np.log2((means + PSEUDOCOUNT) / (np.maximum(others, 0) + PSEUDOCOUNT))


def rank_sum_tests(log_values: sp.csr_matrix, labels: np.ndarray, genes: list[str], groups: list[str]) -> pd.DataFrame:
    """Test the genes of some types against all other cells; columns `cell_type`, `gene`, `score`, `pvalue_adj`."""
    if not groups:
        return pd.DataFrame({"cell_type": [], "gene": [], "score": [], "pvalue_adj": []}).astype(
            {"cell_type": str, "gene": str}
        )
    import scanpy as sc

    cells = ad.AnnData(
        log_values, obs=pd.DataFrame({"cell_type": pd.Categorical(labels)}, index=map(str, range(len(labels))))
    )
    cells.var_names = genes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)  # from scanpy's own table
        warnings.simplefilter("ignore", RuntimeWarning)  # from genes that are equal in all cells
        sc.tl.rank_genes_groups(cells, "cell_type", groups=groups, method="wilcoxon", tie_correct=True)
        tests = sc.get.rank_genes_groups_df(cells, groups)
    if "group" not in tests:  # scanpy leaves the column out for a single group
        tests["group"] = groups[0]
    names = {"group": "cell_type", "names": "gene", "scores": "score", "pvals_adj": "pvalue_adj"}
    tests = tests.rename(columns=names)[list(names.values())]
    return tests.astype({"cell_type": str, "gene": str})


def significant(markers: pd.DataFrame, genes: list[str]) -> pd.DataFrame:
    """Return the rows of genes that are surely markers.

    Of a type of few cells, few genes are. The next best ones look better than they are, since they were chosen on the
    same cells.

    Parameters
    ----------
    markers
        Table of :func:`rank`.
    genes
        Genes of the bulk.

    Returns
    -------
    Of each type the rows of its first FEWEST_MARKERS genes that the bulk has, and of others of a small adjusted p
    value. A type that could not be tested keeps all rows.
    """
    present = markers[markers["gene"].isin(genes)].sort_values(["cell_type", "rank"], kind="stable")
    by_type = present.groupby("cell_type")
    tested = by_type["score"].transform("any")
    small = present["pvalue_adj"] < LARGEST_PVALUE
    return present[small | ~tested | (by_type.cumcount() < FEWEST_MARKERS)]


def select(markers: pd.DataFrame, genes: list[str], *, per_type: int) -> list[str]:
    """Return the best genes of each type among those that another file has, too.

    Parameters
    ----------
    markers
        Table of :func:`rank`.
    genes
        Genes of the bulk or section.
    per_type
        Largest number of genes of each type.

    Returns
    -------
    The genes of all types, without repetition, in the order of types and ranks. Only genes with a positive score are
    selected; where a type could not be tested, those with a positive fold change.

    Raises
    ------
    InputError
        If no gene is left.
    """
    present = markers[markers["gene"].isin(genes)]
    untested = (present["score"] == 0).groupby(present["cell_type"]).transform("all")
    present = present[(present["score"] > 0) | (untested & (present["log2fc"] > 0))]
    top = present.sort_values(["cell_type", "rank"], kind="stable").groupby("cell_type", sort=False).head(per_type)
    if top.empty:
        raise InputError("no marker gene of the reference is among the genes of the other file: check gene names")
    counts = top["cell_type"].value_counts(sort=False)
    log.info("markers per type: %s", ", ".join(f"{name} {n}" for name, n in counts.items()))
    missing = sorted(set(markers["cell_type"]) - set(counts.index))
    if missing:
        remarks.warn(log, "no_marker", f"no marker gene for: {', '.join(missing)}", types=missing)
    chosen = list(dict.fromkeys(top["gene"]))
    log.info("%d distinct marker genes out of %d", len(chosen), markers["gene"].nunique())
    return chosen
