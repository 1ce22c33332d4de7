"""Cell-type fractions of bulk samples and spots as non-negative sums of profiles (paper, Methods, eq. 1 and 2)."""

import logging

import scipy.sparse as sp

from ..numerics.nnls import nnls_gram
from . import count_model
from .fractions import Fractions, fractions_of
from .profile import ReferenceProfile
from .residual import misfit

log = logging.getLogger(__name__)

METHODS = ("negative_binomial", "log_nnls")


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
