"""A file of bulk beside a reference, as the model of expression by type sees both: values, fractions, expectations."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import shared_genes
from ..contract.problems import InputError
from ..numerics.scaling import TARGET_SUM, normalize_total, totals
from ..numerics.values import is_whole
from .steady_fractions import SteadyFractions, steady_fractions
from .type_profiles import type_profiles

OFFSET = 0.3  # expression per 10 000 that is added before logarithms
SAMPLES_FOR_FACTORS = 4  # fewer cannot tell a gene's factor from the samples' own deviations
LARGEST_LOG_FACTOR = 3.0
CLEAR = 0.3  # expression per 10 000 from which a gene says how far bulk and reference differ
NORMAL_MEDIAN = 0.6745  # median distance of a normal variable from its mean, in standard deviations
SMALLEST_SPREAD = 0.02
ASSUMED_COUNTS = 2e6  # of a sample whose values are no counts


class CohortData(NamedTuple):
    """A file of bulk and what its reference leads one to expect.

    Attributes
    ----------
    genes
        Names of the genes that both have.
    bulk
        Linear expression per 10 000 of these genes, samples × genes.
    count_noise
        Variance of the counts of each sample over their mean, in this unit, (samples, 1).
    fractions
        Proportions of the mRNA of these genes.
    means
        Expected mean expression of the types as the bulk measures it, types × genes.
    variance
        Of these because the reference has few cells, types × genes.
    spread
        Typical difference of bulk and expectation in a gene, in logarithms.
    """

    genes: list[str]
    bulk: sp.csc_matrix
    count_noise: np.ndarray
    fractions: SteadyFractions
    means: np.ndarray
    variance: np.ndarray
    spread: float


def cohort_data(bulk: ad.AnnData, reference: ad.AnnData, estimates: pd.DataFrame) -> CohortData:
    """Bring bulk, reference and estimates to the same genes, samples and unit.

    Parameters
    ----------
    bulk, reference
        The pipeline's own files.
    estimates
        The table ESTIMATES of the bulk by the reference.

    Raises
    ------
    InputError
        If a sample has no expression in the genes that both have.
    """
    genes = shared_genes(reference, bulk)
    counts = sp.csr_matrix(bulk.X)[:, bulk.var_names.get_indexer(genes)]
    sums = totals(counts)
    if (sums == 0).any():
        name = bulk.obs_names[sums == 0][0]
        raise InputError(f"bulk sample {name} has no expression in the {len(genes)} genes of the reference, remove it")
    depth = sums if is_whole(counts.data) else np.full(len(sums), ASSUMED_COUNTS)
    profiles = type_profiles(reference, genes)
    fractions = steady_fractions(in_order(estimates, bulk.obs_names)).among(profiles.part)
    values = normalize_total(counts)
    factors = np.exp(gene_factors(values.toarray(), fractions.steady @ profiles.means))
    means = profiles.means * factors
    spread = spread_of(np.asarray(values.mean(axis=0)).ravel(), (fractions.steady @ means).mean(axis=0))
    return CohortData(
        genes, sp.csc_matrix(values), (TARGET_SUM / depth)[:, None], fractions, means, profiles.variance * factors**2,
        spread,
    )  # fmt: skip


def in_order(estimates: pd.DataFrame, columns: pd.Index) -> pd.DataFrame:
    """Return the estimates with their samples in the order of the bulk's columns."""
    return estimates.assign(sample=pd.Categorical(estimates["sample"], list(columns), ordered=True))


def gene_factors(values: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the log of how much more of each gene the file's samples hold on average than expected, (genes,).

    It is drawn to 0 by how uncertain the average is. Files of fewer than SAMPLES_FOR_FACTORS samples get 0.

    Parameters
    ----------
    values, expected
        Linear expression per 10 000, measured and by the types' fractions and means, samples × genes.
    """
    n = len(values)
    if n < SAMPLES_FOR_FACTORS:
        return np.zeros(values.shape[1])
    logs = np.log((values + OFFSET) / (expected + OFFSET))
    mean, error = logs.mean(axis=0), logs.var(axis=0, ddof=1) / n
    between = np.maximum(mean**2 - error, 0).mean()
    return np.clip(mean * between / np.maximum(between + error, 1e-12), -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)


def spread_of(values: np.ndarray, expected: np.ndarray) -> float:
    """Return the typical size of the log ratio of mean bulk, (genes,), and its expectation."""
    clear = expected > CLEAR
    if not clear.any():
        return SMALLEST_SPREAD
    logs = np.log((values[clear] + OFFSET) / (expected[clear] + OFFSET))
    return max(float(np.median(np.abs(logs))) / NORMAL_MEDIAN, SMALLEST_SPREAD)
