"""Cell-type proportions of bulk samples, as non-negative sums of the types' profiles (paper, Methods, eq. 1 and 2)."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import shared_genes
from ..contract.problems import InputError
from ..numerics.scaling import normalize_total
from . import bulk_model, count_model, log_values, markers
from .fractions import Fractions, fractions_of
from .intervals import bootstrap
from .profile import ReferenceProfile, reference_profile
from .residual import misfit

log = logging.getLogger(__name__)

METHODS = ("negative_binomial", "log_nnls")


def proportions_with_intervals(
    bulk: ad.AnnData,
    reference: ad.AnnData,
    ranking: pd.DataFrame,
    *,
    source: str,
    markers_per_type: int,
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimate the proportions of every column of a bulk, with their 95 % intervals.

    Parameters
    ----------
    bulk, reference
        The pipeline's own files.
    ranking
        Markers of the reference (contract/tables.py, MARKERS).
    source
        Name of the bulk's file, for messages.
    markers_per_type
        Largest number of marker genes of each type to fit on.
    method
        One of METHODS; see :func:`estimate`.
    mrna_content
        The user's mRNA per cell of each type; None to take it from the reference's counts.
    rng
        Source of the bootstrap's draws.

    Returns
    -------
    One row per column of the bulk and type (contract/tables.py, ESTIMATES).

    Raises
    ------
    InputError
        If no marker gene is shared, or a sample has no expression that any type could explain.
    """
    shared = shared_genes(reference, bulk)
    genes = marker_genes(ranking, shared, per_type=markers_per_type, method=method)
    expression = normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)]
    profile = reference_profile(reference, genes, mrna_content=mrna_content)
    fit = estimate(expression, profile, method=method)
    samples = list(bulk.obs_names)
    unexplained = np.flatnonzero(fit.proportion.sum(axis=1) == 0)
    if len(unexplained):
        raise InputError(
            f"{source}: sample {samples[unexplained[0]]} matches no cell type of the reference in {len(genes)} marker "
            "genes, check its values and gene names"
        )
    low, high = bootstrap(
        expression, reference, profile, fit, shared=shared, method=method, mrna_content=mrna_content, rng=rng
    )
    n_types = len(profile.types)
    return pd.DataFrame(
        {
            "sample": np.repeat(samples, n_types),
            "cell_type": np.tile(profile.types, len(samples)),
            "proportion": fit.proportion.ravel(),
            "ci_low": low.ravel(),
            "ci_high": high.ravel(),
            "rna_fraction": fit.rna_fraction.ravel(),
            "residual": np.repeat(fit.residual, n_types),
        }
    )


def marker_genes(ranking: pd.DataFrame, shared: list[str], *, per_type: int, method: str) -> list[str]:
    """Return the genes to fit on: the best markers of each type, for the default method only significant ones.

    Parameters as in :func:`.markers.select` and :func:`estimate`.
    """
    if method == "negative_binomial":
        ranking = markers.significant(ranking, shared)
    return markers.select(ranking, shared, per_type=per_type)


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
        The reference, from :func:`.profile.reference_profile`.
    method
        ``negative_binomial`` is the count model of :mod:`.bulk_model`: linear values, the noise of counts with heavy
        tails, one factor per gene between reference and bulk, and a prior that leaves out types that a sample does not
        need.
        ``log_nnls`` is the published way: least squares on log1p values.
    sparsity
        Strength of that prior, 0 for none. ``log_nnls`` has none.

    Returns
    -------
    Fractions; a sample without any expression in these genes has zeros for all types and residual 0.
    """
    expression = sp.csr_matrix(expression)
    if method == "negative_binomial":
        coefficients = bulk_model.fit(expression, profile.means, sparsity=sparsity).coefficients
    elif method == "log_nnls":
        coefficients = log_values.fit(expression, profile.log_means)
    else:
        raise ValueError(f"method is one of {METHODS}, not {method}")
    rna, cells = fractions_of(coefficients, profile.mrna_content)
    return Fractions(rna, cells, misfit(expression, rna, profile.means))
