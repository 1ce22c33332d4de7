"""Intervals of proportions: genes and cells drawn anew, and what differs between laboratories."""

import anndata as ad
import numpy as np
import scipy.sparse as sp

from .fractions import Fractions, fractions_of
from .laboratory import disturbed, type_error
from .profile import ReferenceProfile
from .redrawn import by_count_model, cells_of, log_nnls

LEVEL = (0.025, 0.975)  # quantiles of a 95 % interval
FITS = 100  # to genes and cells that are drawn anew
ERRORS_PER_FIT = 4  # between laboratories, that are drawn for each fit


def bootstrap(
    expression: sp.csr_matrix,
    reference: ad.AnnData,
    profile: ReferenceProfile,
    fit: Fractions,
    *,
    shared: list[str],
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    fits: int = FITS,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of each sample's `proportion`: lower and upper bounds, samples × types each.

    The estimate itself always lies inside. Parameters as in :func:`draws`.
    """
    drawn = draws(
        expression, reference, profile, fit, shared=shared, method=method, mrna_content=mrna_content, rng=rng, fits=fits
    )
    return bounds(drawn, fit.proportion)


def bounds(drawn: np.ndarray, proportion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of draws, which holds the estimate.

    Parameters
    ----------
    drawn
        Draws × samples × types, or groups of types.
    proportion
        The estimate, samples × types or groups.

    Returns
    -------
    Lower and upper bounds, samples × types or groups each.
    """
    low, high = np.quantile(drawn, LEVEL, axis=0)
    return np.minimum(low, proportion), np.maximum(high, proportion)


def draws(
    expression: sp.csr_matrix,
    reference: ad.AnnData,
    profile: ReferenceProfile,
    fit: Fractions,
    *,
    shared: list[str],
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    fits: int = FITS,
) -> np.ndarray:
    """Return proportions as they might be, draws × samples × types.

    Each fit takes the genes with replacement and, within each type, the cells with replacement. Means and mRNA content
    are computed anew. All samples share the draws. The count model's sparse prior is not used: it decides on one best
    composition, while a type that it leaves out may well be present. Then errors between laboratories are drawn for
    each fit (:mod:`.laboratory`).

    Parameters
    ----------
    expression
        Linear expression per 10 000, samples × the profile's genes.
    reference
        The pipeline's own file.
    profile, method
        As in :func:`.bulk.estimate`.
    fit
        The estimate itself.
    mrna_content
        The user's mRNA per cell of each type; None to take it from the reference's counts.
    shared
        Genes that the reference shares with the bulk.
    rng
        Source of the draws.
    fits
        Number of fits.
    """
    proportions = fits_to_draws(
        expression, reference, profile.genes, method=method, mrna_content=mrna_content, rng=rng, fits=fits
    )
    mean, content_is_given = fit.rna_fraction @ profile.means, mrna_content is not None
    error = type_error(expression, mean, reference, shared, content_is_given=content_is_given)
    return disturbed(np.repeat(proportions, ERRORS_PER_FIT, axis=0), error, rng)


def fits_to_draws(
    expression: sp.csr_matrix,
    reference: ad.AnnData,
    genes: list[str],
    *,
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
    fits: int,
) -> np.ndarray:
    """Return proportions fitted to genes and cells that are drawn anew, fits × samples × types.

    Parameters as in :func:`draws`.
    """
    published = method == "log_nnls"
    cells = cells_of(reference, genes, mrna_content, log_values=published)
    expression = sp.csr_matrix(expression, dtype=float)
    coefficients = log_nnls(expression) if published else by_count_model(expression, cells.means)
    proportions = np.empty((fits, expression.shape[0], len(cells.means)))
    for number in range(fits):
        draw = cells.draw(rng)
        proportions[number] = fractions_of(coefficients(draw), draw.mrna_content)[1]
    return proportions
