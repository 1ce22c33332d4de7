"""Composition of each spot of a section."""

import anndata as ad
import numpy as np

from ..contract.expression import has_counts, linear
from ..contract.keys import Layers, Obs
from ..numerics.scaling import totals
from . import spot_model
from .bulk import estimate
from .cell_noise import cell_noise
from .fractions import Fractions, fractions_of
from .profile import ReferenceProfile
from .residual import misfit


def of_spots(
    section: ad.AnnData, reference: ad.AnnData, profile: ReferenceProfile, cells: np.ndarray, *, method: str
) -> Fractions:
    """Fit each spot as a non-negative sum of the types' profiles (paper, Methods, eq. 1 and 2, per spot).

    Parameters
    ----------
    section, reference
        Spots, and the annotated cells.
    profile
        Mean expression of the reference's types, over the genes to use.
    cells
        Number of cells that each spot holds, (spots,). A spot of 0 cells is not fitted and has zeros.
    method
        ``negative_binomial`` is the model of :mod:`.spot_model`; ``log_nnls`` is least squares on log values, as
        published.

    Returns
    -------
    Fractions, spots × types, with the residual of each spot.
    """
    expression = linear(section)[:, section.var_names.get_indexer(profile.genes)]
    used = (cells > 0) & (np.diff(expression.indptr) > 0)
    if method == "negative_binomial":
        labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        codes = np.searchsorted(profile.types, labels)
        noise = cell_noise(linear(reference[:, profile.genes]), codes, profile.means)
        counts = np.full(used.sum(), np.inf)
        if has_counts(section):
            counts = totals(section[used, profile.genes].layers[Layers.COUNTS])
        coefficients = spot_model.fit(expression[used], profile.means, noise, cells[used].astype(float), counts)[0]
        rna, proportion = fractions_of(coefficients, profile.mrna_content)
        fit = Fractions(rna, proportion, misfit(expression[used], rna @ profile.means))
    else:
        fit = estimate(expression[used], profile, method=method)
    return Fractions(*(_at(used, part) for part in fit))


def _at(used: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Return the fitted rows at the positions of the used spots, and zeros elsewhere."""
    whole = np.zeros((len(used), *fitted.shape[1:]))
    whole[used] = fitted
    return whole
