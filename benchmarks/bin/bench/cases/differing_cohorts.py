"""Bulk samples of known differences, to draw cohorts from: composition follows age, and in some samples a type falls.

A sample is a sum of cells of one half of a set. The other half is the reference, with which the pipeline estimates the
proportions.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from bulk2space.composition.bulk import proportions_with_intervals
from bulk2space.contract import seeds

from . import pairs
from .bulks import halves, labels_of, summed, types_of
from .known_bulk import as_bulk

SAMPLES = 150  # of each kind
CELLS = 2000  # that a sample is the sum of
CONCENTRATION = 5.0  # of the Dirichlet distribution around the set's composition, times the number of types
FALL = -1.0  # log2 fold change of the type that falls
AGE, AGE_SD = 50.0, 12.0  # mean and standard deviation, years
PER_YEAR = 0.03  # log2 fold change of the type that follows age
NONE, COMMON, RARE = "none", "common", "rare"  # which type falls


class Pool(NamedTuple):
    """Samples to draw cohorts from.

    Attributes
    ----------
    proportion, high
        Estimates and upper ends of their intervals, samples × types.
    falls
        Which type falls, by sample: NONE, COMMON or RARE.
    age
        By sample.
    changed
        Name of the common and of the rare type that falls.
    follows
        Name of the type that follows age.
    """

    proportion: pd.DataFrame
    high: pd.DataFrame
    falls: np.ndarray
    age: np.ndarray
    changed: dict[str, str]
    follows: str


def simulate(data: Path, name: str, *, samples: int = SAMPLES, seed: int = 0) -> Pool:
    """Make samples of a set, and estimate their proportions as the pipeline does."""
    cells, held_out = halves(data, name, seed)
    rng = seeds.generator(seed, "differing cohorts", name)
    types, sizes = np.unique(labels_of(held_out), return_counts=True)
    falls, age, numbers, changed, follows = _composed(types, sizes, samples, rng)
    bulk = as_bulk(summed(held_out, numbers, rng)[0], held_out)
    reference = pairs.with_markers(cells)
    table = proportions_with_intervals(
        bulk, reference.cells, reference.ranking, source=name, markers_per_type=100, method="negative_binomial",
        mrna_content=None, rng=seeds.generator(seed, "estimate_proportions"),
    )  # fmt: skip
    wide, high = (
        table.pivot(index="sample", columns="cell_type", values=column).loc[bulk.obs_names, types_of(held_out)]
        for column in ("proportion", "ci_high")
    )
    return Pool(wide, high, falls, age, changed, follows)


def _composed(
    types: np.ndarray, sizes: np.ndarray, samples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, str], str]:
    """Return which type falls and the age of each sample, its cells by type, and which types these are."""
    order = np.argsort(-sizes)
    changed = {COMMON: order[1], RARE: order[len(order) // 2 + 1]}
    follows = order[2]
    falls = np.repeat([NONE, COMMON, RARE], samples)
    age = rng.normal(AGE, AGE_SD, len(falls))
    drawn = rng.dirichlet(CONCENTRATION * len(types) * sizes / sizes.sum(), len(falls))
    drawn[:, follows] *= 2 ** (PER_YEAR * (age - AGE))
    for kind, place in changed.items():
        drawn[falls == kind, place] *= 2**FALL
    numbers = rng.multinomial(CELLS, drawn / drawn.sum(axis=1, keepdims=True))
    return falls, age, numbers, {kind: types[place] for kind, place in changed.items()}, types[follows]
