"""How often intervals of proportions hold the truth, and how wide they are."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import intervals, markers
from bulk2space.composition.bulk import marker_genes
from bulk2space.composition.profile import reference_profile
from bulk2space.contract import seeds
from bulk2space.contract.expression import shared_genes
from bulk2space.numerics.scaling import normalize_total
from bulk2space.numerics.shares import rows_to_one

from ..cases.bulks import labels_of, types_of
from ..cases.known_bulk import KnownBulk
from ..rivals.estimators import Estimator

ROUNDING = 1e-9  # by which the truth may lie outside an interval
MISSED = 2 / 0.05  # what each unit of distance from a 95 % interval costs in its score


def ranked(case: KnownBulk) -> pd.DataFrame:
    """Return the markers of the case's reference."""
    values = sp.csr_matrix(case.reference.X)
    return markers.rank(values, labels_of(case.reference), list(case.reference.var_names))


def judged(
    case: KnownBulk, ranking: pd.DataFrame, estimator: Estimator, *, most: int, fits: int = intervals.FITS
) -> dict[str, float]:
    """Return how good the intervals of a case are.

    Parameters
    ----------
    case
        The reference and its bulk.
    ranking
        Markers of the reference.
    estimator
        One that has intervals.
    most
        Samples of a file, at most.
    fits
        Number of fits to genes and cells that are drawn anew.

    Returns
    -------
    Means over samples and groups: `coverage`, `width`, `score` (the interval score of Gneiting and Raftery 2007, J Am
    Stat Assoc 102:359: width plus what lies outside, small is good) and the `error` of the estimate.
    """
    files = [slice(start, start + most) for start in range(0, case.bulk.n_obs, most)]
    parts = [_of_file(case._replace(bulk=case.bulk[rows]), ranking, estimator, fits) for rows in files]
    found, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    true = case.truth.to_numpy()
    outside = np.maximum(low - true, 0) + np.maximum(true - high, 0)
    return {
        "coverage": float((outside <= ROUNDING).mean()),
        "width": float((high - low).mean()),
        "score": float((high - low + MISSED * outside).mean()),
        "error": float(np.abs(found - true).mean()),
    }


def _of_file(
    case: KnownBulk, ranking: pd.DataFrame, estimator: Estimator, fits: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return estimates and bounds of the groups in one file, samples × groups each."""
    shared = shared_genes(case.reference, case.bulk)
    genes = marker_genes(ranking, shared, per_type=estimator.markers_per_type, method=estimator.method)
    expression = normalize_total(case.bulk.X)[:, case.bulk.var_names.get_indexer(genes)]
    profile = reference_profile(case.reference, genes, mrna_content=case.content)
    fit = estimator.fit(expression, profile)
    drawn = intervals.draws(
        expression, case.reference, profile, fit, shared=shared, method=estimator.method,
        mrna_content=case.content, rng=seeds.generator(0, "intervals"), fits=fits,
    )  # fmt: skip
    proportion = grouped(fit.proportion, case)
    return proportion, *intervals.bounds(grouped(drawn, case), proportion)


def grouped(proportions: np.ndarray, case: KnownBulk) -> np.ndarray:
    """Return proportions of the groups among the types that have one, … × the truth's groups.

    Parameters
    ----------
    proportions
        … × types of the reference.
    case
        Names the groups.
    """
    names = sorted(set(case.groups.values()))
    member = np.array([[case.groups.get(one) == name for name in names] for one in types_of(case.reference)], float)
    return rows_to_one(proportions @ member)[..., [names.index(name) for name in case.truth.columns]]
