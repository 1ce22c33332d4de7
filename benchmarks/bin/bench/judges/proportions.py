"""Protocols by which estimators of proportions are compared with bulks of known composition.

Every protocol yields rows of one table: data set, method, cell type (or ``all``), metric, value and seconds.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.composition.bulk import marker_genes
from bulk2space.composition.fractions import Fractions
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.residual import LARGE_RESIDUAL
from bulk2space.contract.problems import InputError
from bulk2space.numerics.metrics import rmse
from bulk2space.numerics.scaling import normalize_total
from scipy.stats import spearmanr

from ..cases import bulks
from ..cases.bulks import Case, labels_of, types_of
from ..cases.data_sets import JUDGING
from ..rivals.estimators import Estimator

ALL = "all"  # the cell type of rows that judge all types together
LARGE_PROPORTION = 0.25  # of the mRNA: a missing type above it should raise a warning


class Result(NamedTuple):
    """What an estimator returned for a case.

    Attributes
    ----------
    fit
        Estimated proportions, samples × types.
    genes
        The genes it used.
    expression
        Their expression per 10 000, samples × genes.
    seconds
        Time that it took.
    """

    fit: Fractions
    genes: list[str]
    expression: sp.csr_matrix
    seconds: float


def estimate(case: Case, estimator: Estimator, ranking: pd.DataFrame) -> Result:
    """Run an estimator on a case, on markers ranked by :func:`markers.rank`."""
    genes = marker_genes(
        ranking, list(case.reference.var_names), per_type=estimator.markers_per_type,
        method=estimator.method or "negative_binomial",
    )  # fmt: skip
    expression = normalize_total(case.bulk)[:, case.reference.var_names.get_indexer(genes)]
    started = time.perf_counter()
    fit = estimator.fit(expression, reference_profile(case.reference, genes))
    return Result(fit, genes, expression, time.perf_counter() - started)


def ranked(case: Case) -> pd.DataFrame:
    """Return the ranking of all genes of the case's reference."""
    reference = case.reference
    return markers.rank(reference.X, labels_of(reference), list(reference.var_names))


def row(case: Case, method: str, cell_type: str, metric: str, value: float, seconds: float) -> dict:
    """Return one row of the table, without its protocol."""
    role = "judging" if case.source in JUDGING else "tuning"
    return {
        "task": "proportions", "set": case.name, "role": role, "method": method, "cell_type": cell_type,
        "metric": metric, "value": float(value), "seconds": seconds,
    }  # fmt: skip


def rnamix(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield error and slope of the lines that were mixed, and the proportion given to lines that were not."""
    case = bulks.mixtures(data)
    ranking, true = ranked(case), case.rna_fraction
    there = true.any(axis=0)
    for method, estimator in methods.items():
        result = estimate(case, estimator, ranking)
        found = result.fit.rna_fraction
        rows = [
            (ALL, "rmse", rmse(found[:, there], true[:, there])),
            (ALL, "decoy_proportion", found[:, ~there].sum(1).mean()),
        ]
        for t in np.flatnonzero(there):
            line = types_of(case.reference)[t]
            rows.append((line, "slope", np.polyfit(true[:, t], found[:, t], 1)[0]))
            rows.append((line, "pcc", np.corrcoef(true[:, t], found[:, t])[0, 1]))
            rows.append((line, "rmse", rmse(found[:, t], true[:, t])))
        yield from (row(case, method, *each, result.seconds) for each in rows)


def between_labs(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield the error of every pair of technologies, its median, and in how many pairs it is below the paper's."""
    errors, seconds = {method: [] for method in methods}, dict.fromkeys(methods, 0.0)
    for case in bulks.technologies(data, seed):
        ranking = ranked(case)
        for method, estimator in methods.items():
            result = estimate(case, estimator, ranking)
            errors[method].append(rmse(result.fit.rna_fraction, case.rna_fraction))
            seconds[method] += result.seconds
            yield row(case, method, ALL, "rmse", errors[method][-1], result.seconds)
    case = case._replace(name="panc8")
    for method, values in errors.items():
        yield row(case, method, ALL, "median_rmse", np.median(values), seconds[method])
        if "paper" in errors and method != "paper":
            better = np.mean(np.array(values) < np.array(errors["paper"]))
            yield row(case, method, ALL, "pairs_better_than_paper", better, seconds[method])


def paired(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield correlations and error of the proportions of cells in three compositions of one half of a set."""
    if name is None:
        raise InputError("--protocol paired needs --set, the name of a set without its ending")
    case = bulks.paired(data, name, seed)
    ranking = ranked(case)
    for method, estimator in methods.items():
        result = estimate(case, estimator, ranking)
        for composition, found, true in zip(bulks.PAIRED, result.fit.proportion, case.proportion, strict=True):
            named = case._replace(name=f"{name} {composition}")
            yield row(named, method, ALL, "rmse", rmse(found, true), result.seconds)
            if composition != "even":  # equal proportions correlate with nothing
                yield row(named, method, ALL, "pcc", np.corrcoef(found, true)[0, 1], result.seconds)
                yield row(named, method, ALL, "srcc", spearmanr(found, true).statistic, result.seconds)


def missing_type(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield residuals and warnings with the whole reference, and with one from which a common type was removed."""
    for case in (bulks.mixtures(data), bulks.blood(data, seed, samples=60), *bulks.technologies(data, seed)):
        types = types_of(case.reference)
        for method, estimator in methods.items():
            whole = estimate(case, estimator, ranked(case))
            missing = []
            for t in np.flatnonzero((case.rna_fraction > LARGE_PROPORTION).any(axis=0)):
                lacking = case._replace(reference=case.reference[labels_of(case.reference) != types[t]].copy())
                found = estimate(lacking, estimator, ranked(lacking)).fit.residual
                missing.append(found[case.rna_fraction[:, t] > LARGE_PROPORTION])
            for kind, values in (("complete", whole.fit.residual), ("missing", np.concatenate(missing))):
                for metric, value in (
                    ("median_residual", np.median(values)),
                    ("warned", np.mean(values > LARGE_RESIDUAL)),
                ):
                    yield row(case, method, ALL, f"{metric}_{kind}", value, whole.seconds)


Protocol = Callable[[Path, dict[str, Estimator], int, str | None], Iterator[dict]]
PROTOCOLS: dict[str, Protocol] = {each.__name__: each for each in (rnamix, between_labs, paired, missing_type)}
