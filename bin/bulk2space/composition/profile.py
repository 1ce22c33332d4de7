"""What a fit needs to know of a reference: mean expression and mRNA content of each cell type."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract import remarks
from ..contract.expression import counts_or_linear, has_counts, linear
from ..contract.keys import Obs
from ..contract.mrna_content import check_mrna_content
from ..numerics.groups import type_means
from ..numerics.scaling import totals

log = logging.getLogger(__name__)


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
        mRNA of one cell of each type, (types,), in any unit; all ones where it is not known.
    """

    types: list[str]
    genes: list[str]
    means: np.ndarray
    log_means: np.ndarray
    mrna_content: np.ndarray


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
        The user's mRNA per cell of each type. Without it, the geometric mean of the total counts of the type's cells is
        taken. Where the reference has no counts either, all types get the same content and a remark says so.

    Raises
    ------
    InputError
        If the user's table lacks a type, or a value in it is not a positive number.
    """
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    types, means = type_means(linear(reference[:, genes]), labels)
    log_means = type_means(sp.csr_matrix(reference[:, genes].X), labels)[1]
    return ReferenceProfile(types, list(genes), means, log_means, _content(reference, types, labels, mrna_content))


def _content(reference: ad.AnnData, types: list[str], labels: np.ndarray, table: dict[str, float] | None) -> np.ndarray:
    """Return the mRNA of one cell of each type, (types,)."""
    if table is not None:
        check_mrna_content(table, types)
        return np.array([table[name] for name in types], dtype=float)
    if not has_counts(reference):
        remarks.warn(
            log,
            "no_mrna_content",
            "the reference has no counts and no table of mRNA content was given: proportion equals rna_fraction",
        )
        return np.ones(len(types))
    content = np.exp(type_means(sp.csr_matrix(log_totals(reference)[:, None]), labels)[1].ravel())
    log.info("counts of a typical cell: %s", ", ".join(f"{t} {c:.0f}" for t, c in zip(types, content, strict=True)))
    return content


def log_totals(adata: ad.AnnData) -> np.ndarray:
    """Return the logarithm of each cell's total counts, or total expression where counts are unknown, (cells,).

    Its mean over a type gives the content of a typical cell. The arithmetic mean of a rare type depends on single
    cells: one doublet among seven platelets of a blood sample doubles it.
    """
    return np.log(np.maximum(totals(counts_or_linear(adata)), 1))
