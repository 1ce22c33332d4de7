"""Bulk samples of known composition, and the protocols by which estimators of proportions are held against them."""

import itertools
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.composition.fractions import Fractions
from bulk2space.composition.intervals import bootstrap
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.residual import LARGE_RESIDUAL
from bulk2space.contract import seeds
from bulk2space.contract.expression import counts_or_linear
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.numerics.scaling import normalize_total
from bulk2space.numerics.shares import largest_remainder
from scipy.stats import spearmanr

from .estimators import Estimator

log = logging.getLogger(__name__)

ALL = "all"
JUDGING = {"sc_lymphoid_ref", "sc_pancreas_baron_subset", "sc_brain_zeisel_subset"}
LINES, BLOOD, ISLETS = "sc_celllines_celseq2_5cl", "sc_pbmc3k_10x", "sc_pancreas_panc8_small"
MIXTURES = "bulk_celllines_rnamix_celseq2"
FEWEST_CELLS = 8  # of a type in both technologies
LARGE_SHARE = 0.25  # of a missing type, from which a warning should come


class Case(NamedTuple):
    """A reference and bulk samples of known composition.

    Attributes
    ----------
    name
        What the table's column `set` shows.
    source
        Name of the data set, which tells its role.
    reference
        Cells, as the door hands them on.
    bulk
        Linear expression, samples × the reference's genes.
    rna_fraction, proportion
        The truth, samples × sorted types; ``None`` where it is not known.
    """

    name: str
    source: str
    reference: ad.AnnData
    bulk: sp.csr_matrix
    rna_fraction: np.ndarray | None
    proportion: np.ndarray | None


def types_of(reference: ad.AnnData) -> list[str]:
    """Return the sorted names of the cell types."""
    return sorted(set(labels_of(reference)))


def labels_of(cells: ad.AnnData) -> np.ndarray:
    """Return the cell type of every cell, (cells,)."""
    return cells.obs["cell_type"].to_numpy(dtype=str)


def mixtures(data: Path) -> Case:
    """Return RNA of three cell lines in 340 known mixtures; the reference has two lines more."""
    reference, bulk = door.reference(data / f"{LINES}.h5ad", None), ad.read_h5ad(data / f"{MIXTURES}.h5ad")
    shared = [gene for gene in reference.var_names if gene in bulk.var_names]
    reference = reference[:, shared].copy()
    truth = np.column_stack([bulk.obs.get(f"frac_{name}", np.zeros(bulk.n_obs)) for name in types_of(reference)])
    return Case("celllines", LINES, reference, sp.csr_matrix(bulk[:, shared].X), truth, None)


def halves(data: Path, name: str, seed: int) -> tuple[ad.AnnData, ad.AnnData]:
    """Return two random halves of the cells of a set."""
    path = data / f"{name}.h5ad"
    if not path.is_file():
        raise InputError(f"{path.name}: is not in {data}, check --set")
    cells = door.reference(path, None)
    order = seeds.generator(seed, "halves", name).permutation(cells.n_obs)
    middle = cells.n_obs // 2
    first, second = cells[order[:middle]].copy(), cells[order[middle:]].copy()
    both = [t for t in types_of(first) if t in set(labels_of(second))]
    return tuple(half[half.obs["cell_type"].isin(both)].copy() for half in (first, second))


def summed(cells: ad.AnnData, numbers: np.ndarray, rng: np.random.Generator) -> tuple[sp.csr_matrix, np.ndarray]:
    """Sum the counts of cells drawn with replacement; return samples × genes, and mRNA by type, samples × types.

    Parameters
    ----------
    numbers
        Cells of each type, samples × sorted types.
    """
    labels, counts = labels_of(cells), counts_or_linear(cells)
    totals = np.asarray(counts.sum(axis=1)).ravel()
    often = np.zeros((len(numbers), cells.n_obs))  # how often each cell is drawn
    for t, name in enumerate(types_of(cells)):
        members = np.flatnonzero(labels == name)
        often[:, members] = rng.multinomial(numbers[:, t], np.full(len(members), 1 / len(members)))
    codes = np.searchsorted(types_of(cells), labels)
    rna = (often * totals) @ np.eye(codes.max() + 1)[codes]
    return sp.csr_matrix(sp.csr_matrix(often) @ counts), rna / rna.sum(axis=1, keepdims=True)


def blood(data: Path, seed: int, *, samples: int = 200, cells: int = 500) -> Case:
    """Return bulks of one half of a blood sample, Dirichlet(1) over nine types; the other half is the reference."""
    reference, held_out = halves(data, BLOOD, seed)
    rng = seeds.generator(seed, "blood")
    drawn = rng.dirichlet(np.ones(len(types_of(reference))), samples)
    numbers = rng.multinomial(cells, drawn)
    bulk, rna = summed(held_out, numbers, rng)
    return Case("pbmc3k", BLOOD, reference, bulk, rna, numbers / cells)


def technologies(data: Path, seed: int, *, samples: int = 20, cells: int = 100) -> Iterator[Case]:
    """Yield every ordered pair of technologies of the islets: library-normalised cells, Dirichlet(1) compositions."""
    path = data / f"{ISLETS}.h5ad"
    everything, technology = door.reference(path, None), ad.read_h5ad(path).obs["tech"].astype(str)
    technology = technology.loc[everything.obs_names].to_numpy()
    sizes = pd.crosstab(technology, labels_of(everything))
    for first, second in itertools.permutations(sorted(sizes.index), 2):
        types = [t for t in sorted(sizes.columns) if sizes.loc[[first, second], t].min() >= FEWEST_CELLS]
        kept = np.isin(labels_of(everything), types)
        reference = everything[kept & (technology == first)].copy()
        held_out = everything[kept & (technology == second)].copy()
        held_out.layers.pop("counts", None)
        held_out.X = sp.csr_matrix(held_out.X)
        rng = seeds.generator(seed, "technologies", first, second)
        shares = rng.dirichlet(np.ones(len(types)), samples)
        bulk, _ = summed(held_out, rng.multinomial(cells, shares), rng)
        yield Case(f"panc8 {first} to {second}", ISLETS, reference, bulk, shares, None)


def paired(data: Path, name: str, seed: int) -> Case:
    """Return three bulks of one half of a set: its own composition, an even one, one of Dirichlet(1)."""
    reference, held_out = halves(data, name, seed)
    rng = seeds.generator(seed, "paired", name)
    own = np.unique(labels_of(held_out), return_counts=True)[1]
    drawn = rng.dirichlet(np.ones(len(own)))
    wanted = np.vstack([own / own.sum(), np.full(len(own), 1 / len(own)), drawn])
    numbers = largest_remainder(wanted, np.full(3, 500))
    bulk, rna = summed(held_out, numbers, rng)
    return Case(name, name, reference, bulk, rna, numbers / 500)


class Result(NamedTuple):
    """What an estimator made of a case: fractions, the genes it used, their expression, and its seconds."""

    fit: Fractions
    genes: list[str]
    expression: sp.csr_matrix
    seconds: float


def estimate(case: Case, estimator: Estimator, ranking: pd.DataFrame) -> Result:
    """Run an estimator on a case, on markers ranked by :func:`markers.rank`."""
    genes = markers.select(ranking, list(case.reference.var_names), per_type=estimator.markers_per_type)
    expression = normalize_total(case.bulk)[:, case.reference.var_names.get_indexer(genes)]
    started = time.perf_counter()
    fit = estimator.fit(expression, reference_profile(case.reference, genes))
    return Result(fit, genes, expression, time.perf_counter() - started)


def ranked(reference: ad.AnnData) -> pd.DataFrame:
    """Return the ranking of all genes."""
    return markers.rank(reference.X, labels_of(reference), list(reference.var_names))


def row(case: Case, cell_type: str, metric: str, value: float, seconds: float) -> dict:
    """Return one row of the table, but for protocol and method."""
    role = "judging" if case.source in JUDGING else "tuning"
    return {
        "task": "proportions", "set": case.name, "role": role, "cell_type": cell_type, "metric": metric,
        "value": float(value), "seconds": seconds,
    }  # fmt: skip


def rmse(found: np.ndarray, true: np.ndarray) -> float:
    """Return the root of the mean squared difference."""
    return float(np.sqrt(np.mean((found - true) ** 2)))


def judge_rnamix(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield error and slope of the true lines, and the share that goes to the lines that are not there."""
    case = mixtures(data)
    ranking, true = ranked(case.reference), case.rna_fraction
    there = true.any(axis=0)
    for method, estimator in methods.items():
        result = estimate(case, estimator, ranking)
        found = result.fit.rna_fraction
        rows = [
            (ALL, "rmse", rmse(found[:, there], true[:, there])),
            (ALL, "decoy_share", found[:, ~there].sum(1).mean()),
        ]
        for t in np.flatnonzero(there):
            line = types_of(case.reference)[t]
            rows.append((line, "slope", np.polyfit(true[:, t], found[:, t], 1)[0]))
            rows.append((line, "pcc", np.corrcoef(true[:, t], found[:, t])[0, 1]))
            rows.append((line, "rmse", rmse(found[:, t], true[:, t])))
        yield from ({"method": method} | row(case, *each, result.seconds) for each in rows)


def judge_between_labs(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield the error of every pair of technologies, its median, and the share of pairs better than the paper's way."""
    errors, seconds = {method: [] for method in methods}, dict.fromkeys(methods, 0.0)
    for case in technologies(data, seed):
        ranking = ranked(case.reference)
        for method, estimator in methods.items():
            result = estimate(case, estimator, ranking)
            errors[method].append(rmse(result.fit.rna_fraction, case.rna_fraction))
            seconds[method] += result.seconds
            yield {"method": method} | row(case, ALL, "rmse", errors[method][-1], result.seconds)
    case = case._replace(name="panc8")
    for method, values in errors.items():
        yield {"method": method} | row(case, ALL, "median_rmse", np.median(values), seconds[method])
        if "paper" in errors and method != "paper":
            better = np.mean(np.array(values) < np.array(errors["paper"]))
            yield {"method": method} | row(case, ALL, "pairs_better_than_paper", better, seconds[method])


def judge_coverage(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield how often the truth lies inside the 95 % interval, and how wide that is."""
    for case in (blood(data, seed), *technologies(data, seed)):
        ranking = ranked(case.reference)
        for method, estimator in methods.items():
            if estimator.method is None:
                continue
            inside, width, seconds = covered(case, estimator, ranking, seed)
            yield {"method": method} | row(case, ALL, "coverage", inside.mean(), seconds)
            yield {"method": method} | row(case, ALL, "width", width, seconds)
            for cell_type, share in zip(types_of(case.reference), inside.mean(axis=0), strict=True):
                yield {"method": method} | row(case, cell_type, "coverage", share, seconds)


def covered(case: Case, estimator: Estimator, ranking: pd.DataFrame, seed: int) -> tuple[np.ndarray, float, float]:
    """Return where the truth lies inside (samples × types), the mean width, and the seconds of the intervals.

    Where only shares of mRNA are known, cells count as having equal mRNA.
    """
    known = case.proportion is not None
    content = None if known else dict.fromkeys(types_of(case.reference), 1.0)
    result = estimate(case, estimator, ranking)
    fit = result.fit if known else result.fit._replace(proportion=result.fit.rna_fraction)
    started = time.perf_counter()
    low, high = bootstrap(
        result.expression, case.reference, result.genes, fit, method=estimator.method, mrna_content=content,
        rng=seeds.generator(seed, "coverage"),
    )  # fmt: skip
    true = case.proportion if known else case.rna_fraction
    inside = (low <= true + 1e-9) & (true <= high + 1e-9)
    return inside, float((high - low).mean()), time.perf_counter() - started


def judge_paired(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield correlations and error of shares of cells in three compositions of one half of a set."""
    if name is None:
        raise InputError("--protocol paired needs --set, the name of a set without its ending")
    case = paired(data, name, seed)
    ranking = ranked(case.reference)
    for method, estimator in methods.items():
        result = estimate(case, estimator, ranking)
        for composition, found, true in zip(
            ("own", "even", "dirichlet"), result.fit.proportion, case.proportion, strict=True
        ):
            named = case._replace(name=f"{name} {composition}")
            yield {"method": method} | row(named, ALL, "rmse", rmse(found, true), result.seconds)
            if composition != "even":  # nothing to correlate with
                yield {"method": method} | row(named, ALL, "pcc", np.corrcoef(found, true)[0, 1], result.seconds)
                yield {"method": method} | row(named, ALL, "srcc", spearmanr(found, true).statistic, result.seconds)


def judge_missing_type(data: Path, methods: dict[str, Estimator], seed: int, name: str | None) -> Iterator[dict]:
    """Yield residuals and warnings with the whole reference, and where a type of more than a quarter is left out."""
    for case in (mixtures(data), blood(data, seed, samples=60), *technologies(data, seed)):
        types = types_of(case.reference)
        for method, estimator in methods.items():
            whole = estimate(case, estimator, ranked(case.reference))
            missing = []
            for t in np.flatnonzero((case.rna_fraction > LARGE_SHARE).any(axis=0)):
                left = case.reference[labels_of(case.reference) != types[t]].copy()
                found = estimate(case._replace(reference=left), estimator, ranked(left)).fit.residual
                missing.append(found[case.rna_fraction[:, t] > LARGE_SHARE])
            for kind, values in (("complete", whole.fit.residual), ("missing", np.concatenate(missing))):
                for metric, value in (
                    ("median_residual", np.median(values)),
                    ("warned", np.mean(values > LARGE_RESIDUAL)),
                ):
                    yield {"method": method} | row(case, ALL, f"{metric}_{kind}", value, whole.seconds)


PROTOCOLS = {
    "rnamix": judge_rnamix,
    "between_labs": judge_between_labs,
    "coverage": judge_coverage,
    "paired": judge_paired,
    "missing_type": judge_missing_type,
}
