"""The difference of a bulk sample and a section in each type, with an interval: both are fitted to the same draws.

Most errors of an estimate are those of the reference: its mRNA content, its few cells, its laboratory. Bulk and section
have them in common, so they mostly cancel in the difference. It keeps the errors of genes, and what differs between the
laboratories of bulk and section. Their expression itself says how large the latter is: how far its log ratio scatters
around the ratio of the two fits.
"""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import shared_genes
from ..contract.problems import InputError
from ..numerics.scaling import normalize_total
from . import laboratory, markers
from .bulk import estimate
from .intervals import ERRORS_PER_FIT, bounds, fits_to_draws
from .profile import reference_profile

FITS = 50  # to genes and cells that are drawn anew


def difference(
    bulk: ad.AnnData,
    total: ad.AnnData,
    reference: ad.AnnData,
    ranking: pd.DataFrame,
    *,
    markers_per_type: int,
    method: str,
    mrna_content: dict[str, float] | None,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the difference of each sample and a section on their shared marker genes, with its 95 % interval.

    Parameters
    ----------
    bulk, total, reference
        The pipeline's own files, and the sum of the section (:mod:`.section_sum`). The bulk has so few
        samples that no gene factors are estimated
        (:data:`.count_model.FEWEST_SAMPLES`): bulk and section would not have them in common.
    ranking, markers_per_type, method, mrna_content, rng
        As in :func:`.bulk.proportions_with_intervals`.

    Returns
    -------
    Columns `sample`, `cell_type` and, of bulk minus section, `difference`, `ci_low` and `ci_high`: proportions of
    cells, -1 to 1. One row per sample and type.

    Raises
    ------
    InputError
        If no marker gene is shared, or these have no expression that any type could explain.
    """
    shared = [gene for gene in shared_genes(reference, bulk) if gene in total.var_names]
    genes = markers.select(ranking, shared, per_type=markers_per_type)
    rows = [normalize_total(one.X)[:, one.var_names.get_indexer(genes)] for one in (bulk, total)]
    expression = sp.csr_matrix(sp.vstack(rows), dtype=float)
    profile = reference_profile(reference, genes, mrna_content=mrna_content)
    fit = estimate(expression, profile, method=method)
    drawn = fits_to_draws(expression, reference, genes, method=method, mrna_content=mrna_content, rng=rng, fits=FITS)
    drawn = np.repeat(drawn, ERRORS_PER_FIT, axis=0)
    error = between(expression.toarray(), fit.rna_fraction @ profile.means)[:, None] / np.sqrt(2)  # half of it in each
    if (fit.proportion.sum(axis=1) == 0).any():
        raise InputError(f"bulk or section matches no cell type of the reference in their {len(genes)} marker genes")
    found = fit.proportion[:-1] - fit.proportion[-1]
    both = (drawn[:, :-1], np.repeat(drawn[:, -1:], len(error), axis=1))
    of_bulk, of_section = (laboratory.disturbed(one, error, rng) for one in both)
    low, high = bounds(of_bulk - of_section, found)
    names, types = list(bulk.obs_names), profile.types
    return pd.DataFrame(
        {
            "sample": np.repeat(names, len(types)),
            "cell_type": np.tile(types, len(names)),
            "difference": found.ravel(),
            "ci_low": low.ravel(),
            "ci_high": high.ravel(),
        }
    )


def between(expression: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return how far the log ratio of samples to the last one scatters around that of their fits, (samples - 1,).

    Parameters
    ----------
    expression, mean
        Expression and its fit per 10 000, samples × genes.

    Returns
    -------
    Robust standard deviations, at most :data:`.laboratory.LARGEST_SPREAD`.
    """
    scaled = mean * (expression.sum(axis=1) / np.maximum(mean.sum(axis=1), np.finfo(float).tiny))[:, None]
    logs = np.log(expression + laboratory.OFFSET_OF_GENES) - np.log(scaled + laboratory.OFFSET_OF_GENES)
    clear = scaled > laboratory.CLEAR
    ratios = logs[:-1] - logs[-1]
    both = clear[:-1] & clear[-1]
    found = [laboratory.robust_spread(row[chosen]) for row, chosen in zip(ratios, both, strict=True)]
    return np.minimum(found, laboratory.LARGEST_SPREAD)
