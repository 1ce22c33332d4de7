"""Compositions of real spots without the pipeline's model: marker scores, and the published least squares."""

import anndata as ad
import pandas as pd
from bulk2space.composition import markers
from bulk2space.composition.bulk import estimate
from bulk2space.composition.profile import reference_profile
from bulk2space.contract.expression import linear, shared_genes
from bulk2space.numerics.axes import standardize

SCORED_MARKERS, PUBLISHED_MARKERS = 50, 500  # of each type


def marker_scores(ranking: pd.DataFrame, section: ad.AnnData) -> pd.DataFrame:
    """Return the mean z-score of each type's 50 best markers, spots × types: no deconvolution at all."""
    ranking = ranking[ranking["gene"].isin(section.var_names)].sort_values("rank")
    scores = {
        name: standardize(section[:, rows["gene"].head(SCORED_MARKERS)].X.toarray()).mean(axis=1)
        for name, rows in ranking.groupby("cell_type")
    }
    return pd.DataFrame(scores, index=section.obs_names)


def log_nnls(ranking: pd.DataFrame, section: ad.AnnData, reference: ad.AnnData) -> pd.DataFrame:
    """Return the published composition, spots × types: least squares on log values of 500 markers per type."""
    genes = markers.select(ranking, shared_genes(reference, section), per_type=PUBLISHED_MARKERS)
    profile = reference_profile(reference, genes)
    values = linear(section)[:, section.var_names.get_indexer(genes)]
    fit = estimate(values, profile, method="log_nnls")
    return pd.DataFrame(fit.proportion, index=section.obs_names, columns=profile.types)
