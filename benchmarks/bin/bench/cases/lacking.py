"""Bulk samples beside references that lack one of their cell types, or none."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import seeds
from bulk2space.contract.expression import counts_or_linear, linear
from bulk2space.contract.keys import Obs
from bulk2space.inputs import door
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.scaling import totals

from .bulks import LINES, MIXTURES, halves, labels_of, mixtures, summed, types_of
from .data_sets import BLOOD, path

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Of the mRNA, that the removed type has in a simulation."""
CELLS = 1000
REAL_MIXTURES = 30
HAO, FACS = "sc_pbmc_hao_small", "bulk_pbmc_finotello_facs"
COARSE = {
    BLOOD: {
        "Naive CD4 T": "T", "Memory CD4 T": "T", "CD8 T": "T", "CD14+ Mono": "Monocytes", "FCGR3A+ Mono": "Monocytes",
    },
    HAO: {
        "T cells CD4 conv": "T", "T cells CD8": "T", "Tregs": "T", "NK cells": "NK", "B cells": "B", "mDC": "DC",
        "ILC": "", "Plasma cells": "", "pDC": "",
    },
}  # fmt: skip
"""Names that both references of blood share; empty for types that only one of them has."""
SORTED = {
    "T": ["frac_T cells CD8", "frac_T cells CD4 conv", "frac_Tregs"], "Monocytes": ["frac_Monocytes"],
    "NK": ["frac_NK cells"], "B": ["frac_B cells"],
}  # fmt: skip
"""Columns of the sorted fractions of each removed type: proportions of cells, not of mRNA."""


class Case(NamedTuple):
    """A bulk sample and a reference that may lack a type.

    Attributes
    ----------
    kind
        Where sample and reference come from.
    reference
        Name of the reference.
    removed
        The type that the reference lacks; empty for none.
    truth
        The type's proportion in the sample.
    values
        Linear expression of the sample, by gene.
    profile
        Mean expression of the types that the reference has, types × genes.
    likeness
        Largest correlation of the removed type with one that is left, in log expression; NaN for none.
    """

    kind: str
    reference: str
    removed: str
    truth: float
    values: pd.Series
    profile: pd.DataFrame
    likeness: float


def simulated(data: Path, name: str, seed: int) -> Iterator[Case]:
    """Yield bulks of one half of a reference's cells; the other half, without one type, is the reference."""
    known, hidden = halves(data, name, seed)
    groups = {one: [one] for one in types_of(known)}
    yield from _with_shares("the reference's other half", name, hidden, _profile(known), groups, seed)


def other_laboratory(data: Path, name: str, other: str, seed: int) -> Iterator[Case]:
    """Yield bulks of another laboratory's cells of blood, by types that both have; one of them is removed."""
    known = door.reference(path(data, name), None)
    cells = _coarse(door.reference(path(data, other), None), COARSE[other])
    groups = {one: [t for t in types_of(known) if COARSE[name].get(t, t) == one] for one in types_of(cells)}
    yield from _with_shares(f"cells of {other}", name, cells, _profile(known), groups, seed)


def real_mixtures(data: Path, seed: int) -> Iterator[Case]:
    """Yield mixtures of the RNA of cell lines in known proportions, with each line removed and none."""
    case = mixtures(data)
    profile, types = _profile(case.reference), types_of(case.reference)
    chosen = np.sort(seeds.generator(seed, "lacking").permutation(case.bulk.shape[0])[:REAL_MIXTURES])
    for row in chosen:
        values = pd.Series(case.bulk[row].toarray()[0], case.reference.var_names)
        for number, name in enumerate(types):
            if case.rna_fraction[row, number] > 0:
                truth = float(case.rna_fraction[row, number])
                yield _without(MIXTURES, LINES, [name], name, truth, values, profile)
        yield _without(MIXTURES, LINES, [], "", 0.0, values, profile)


def sorted_blood(data: Path, name: str) -> Iterator[Case]:
    """Yield bulks of blood whose cells were counted by sorting, with each common type removed and none."""
    known, bulk = door.reference(path(data, name), None), ad.read_h5ad(path(data, FACS))
    profile = _profile(known)
    for row in range(bulk.n_obs):
        values = pd.Series(bulk.X[row].toarray()[0], bulk.var_names)
        for kind, columns in SORTED.items():
            gone = [t for t in types_of(known) if COARSE[name].get(t, t) == kind]
            yield _without(FACS, name, gone, kind, float(bulk.obs[columns].iloc[row].sum()), values, profile)
        yield _without(FACS, name, [], "", 0.0, values, profile)


def _with_shares(
    kind: str, name: str, cells: ad.AnnData, profile: pd.DataFrame, groups: dict[str, list[str]], seed: int
) -> Iterator[Case]:
    """Yield a bulk for each type and share, and two without an unknown type: the type absent, and nothing removed."""
    types, contents = types_of(cells), _contents(cells)
    for number, removed in enumerate(types):
        rng = seeds.generator(seed, "lacking", kind, removed)
        for share in (0.0, *SHARES):
            wanted = rng.dirichlet(np.ones(len(types)))
            everything = wanted.copy()
            wanted[number] = 0
            wanted = wanted / wanted.sum() * (1 - share)
            wanted[number] = share
            values, truth = _mixed(cells, wanted / contents, rng)
            yield _without(kind, name, groups[removed], removed if share else "", truth[number], values, profile)
            if not share:
                yield _without(kind, name, [], "", 0.0, _mixed(cells, everything / contents, rng)[0], profile)


def _mixed(cells: ad.AnnData, weights: np.ndarray, rng: np.random.Generator) -> tuple[pd.Series, np.ndarray]:
    """Return the sum of cells drawn in proportion to weights by type, and the types' proportions of its mRNA."""
    values, rna = summed(cells, rng.multinomial(CELLS, weights / weights.sum())[None], rng)
    return pd.Series(values.toarray()[0], cells.var_names), rna[0]


def _without(
    kind: str, name: str, gone: list[str], removed: str, truth: float, values: pd.Series, profile: pd.DataFrame
) -> Case:
    left = profile.drop(index=gone)
    logs = np.log1p(profile.to_numpy())
    places = [profile.index.get_loc(one) for one in gone]
    others = [place for place in range(len(profile)) if place not in places]
    likeness = float(np.corrcoef(logs)[np.ix_(places, others)].max()) if removed and places else np.nan
    return Case(kind, name, removed, float(truth), values, left, likeness)


def _profile(cells: ad.AnnData) -> pd.DataFrame:
    types, means = type_means(linear(cells), labels_of(cells))
    return pd.DataFrame(means, types, cells.var_names)


def _contents(cells: ad.AnnData) -> np.ndarray:
    """Return the mean mRNA of a cell of each type, (types,)."""
    labels, sums = labels_of(cells), totals(counts_or_linear(cells))
    return np.array([sums[labels == one].mean() for one in types_of(cells)])


def _coarse(cells: ad.AnnData, names: dict[str, str]) -> ad.AnnData:
    """Return cells under the names that both references share, without those that have none."""
    labels = np.array([names.get(one, one) for one in labels_of(cells)])
    kept = cells[labels != ""].copy()
    kept.obs[Obs.CELL_TYPE] = pd.Categorical(labels[labels != ""])
    return kept
