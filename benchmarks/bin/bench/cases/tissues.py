"""Simulated tissues of one layout: the tissue that a section measures, and those that bulk samples measure.

The tissues are made of real cells. Cells of several kinds carry the name of one type; the kinds are the hidden states
of the type. Smooth fields over a hexagonal lattice decide what each spot of the section's tissue is made of. A bulk's
tissue has the same spots, but each type and state is multiplied by a factor, in some spots more than in others.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

TYPES = {
    "Naive CD4 T": "T", "Memory CD4 T": "T", "CD8 T": "T", "CD14+ Mono": "Mono", "FCGR3A+ Mono": "Mono",
    "B": "B", "NK": "NK", "DC": "DC", "Platelet": "Platelet",
}  # fmt: skip
KINDS = list(TYPES)
SECTION = {"T": 0.45, "Mono": 0.22, "B": 0.18, "NK": 0.10, "DC": 0.03, "Platelet": 0.02}  # proportions of cells
STATES = {"Naive CD4 T": 0.5, "Memory CD4 T": 0.3, "CD8 T": 0.2, "CD14+ Mono": 0.8, "FCGR3A+ Mono": 0.2}  # within types
OF_TYPES = {"T": 0.5, "Mono": 2.5, "B": 0.6, "NK": 1.5}
OF_STATES = {"Naive CD4 T": 0.2, "Memory CD4 T": 1.5, "CD8 T": 2.5, "CD14+ Mono": 0.3, "FCGR3A+ Mono": 3.0}
SCENARIOS = {  # factors of types and of states between the section's tissue and the bulk's
    "composition": (OF_TYPES, {}),
    "states": ({}, OF_STATES),
    "both": (OF_TYPES, OF_STATES),
    "neither": ({}, {}),
}
COMPANY = {  # further samples in the bulk's file, as in a cohort
    "more B": ({"B": 3.0, "NK": 0.5}, {"Naive CD4 T": 2.0, "FCGR3A+ Mono": 0.5}),
    "more T": ({"T": 2.0, "B": 0.5}, {"Memory CD4 T": 0.5, "CD8 T": 1.5}),
}
ROWS, COLUMNS, CELLS_PER_SPOT = 17, 18, 10
SPOTS = ROWS * COLUMNS
DISTANCE = 100.0  # of neighbouring spots, in coordinate units
UNEVENNESS = 1.2  # standard deviation over spots of the log abundance of a type or state
PATCHINESS = 0.4  # standard deviation over spots of the exponent of a shift: some spots shift more than others


class Tissue(NamedTuple):
    """Cells in the spots of a lattice.

    Attributes
    ----------
    spot
        Spot of each cell, (cells,).
    cell
        Its row among the real cells, (cells,).
    """

    spot: np.ndarray
    cell: np.ndarray


def lattice() -> np.ndarray:
    """Return the centres of the spots on a hexagonal lattice, spots × 2."""
    row, column = np.divmod(np.arange(SPOTS), COLUMNS)
    return DISTANCE * np.column_stack([column + 0.5 * (row % 2), row * np.sqrt(0.75)])


def fields(places: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw smooth fields with mean 0 and variance 1, spots × number.

    Each is a sum of two waves about as long as the section.

    Parameters
    ----------
    places
        Centres of the spots, spots × 2.
    number
        How many fields to draw.
    rng
        Random generator.
    """
    unit = places / np.ptp(places, axis=0).max()
    angle, phase = rng.uniform(0, 2 * np.pi, (2, 2, number))
    length = rng.uniform(0.7, 1.5, (2, number))
    waves = np.stack([np.cos(angle), np.sin(angle)]) * length  # axes × waves × fields
    values = np.cos(2 * np.pi * np.einsum("sa,awf->swf", unit, waves) + phase).sum(axis=1)
    return (values - values.mean(axis=0)) / values.std(axis=0)


def kinds_of(types: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return the proportion of each kind in each spot, spots × kinds; rows sum to 1.

    Parameters
    ----------
    types
        Weights of the types in the order of ``SECTION``, spots × types.
    states
        Weights of the kinds within their types, in the order of ``KINDS``, spots × kinds.
    """
    of = np.array([list(SECTION).index(TYPES[kind]) for kind in KINDS])
    member = of[:, None] == np.arange(len(SECTION))
    return (types / types.sum(axis=1, keepdims=True))[:, of] * states / (states @ member)[:, of]


class Layout:
    """What the spots of the section's tissue, and of tissues shifted from it, are made of.

    Parameters
    ----------
    places
        Centres of the spots, spots × 2.
    rng
        Random generator of the fields.
    """

    def __init__(self, places: np.ndarray, rng: np.random.Generator):
        base = np.array(list(SECTION.values()))
        self.types_ = base * np.exp(UNEVENNESS * fields(places, len(base), rng))
        self.states_ = _of_kinds(STATES) * np.exp(UNEVENNESS * fields(places, len(KINDS), rng))
        self.strength_ = 1 + PATCHINESS * fields(places, 1, rng)
        self.offset_ = rng.random(len(places))

    def proportions(self, of_types: dict[str, float], of_states: dict[str, float]) -> np.ndarray:
        """Return the proportion of each kind in each spot after a shift, spots × kinds."""
        types = np.array([of_types.get(name, 1.0) for name in SECTION]) ** self.strength_
        return kinds_of(self.types_ * types, self.states_ * _of_kinds(of_states) ** self.strength_)

    def numbers(self, of_types: dict[str, float], of_states: dict[str, float]) -> np.ndarray:
        """Return whole cells of each kind in each spot, spots × kinds.

        Expected numbers are rounded up or down. The offset that decides belongs to the spot, so tissues of equal
        proportions have equal numbers.
        """
        edges = np.cumsum(self.proportions(of_types, of_states), axis=1) * CELLS_PER_SPOT
        edges[:, -1] = CELLS_PER_SPOT
        return np.diff(np.floor(edges + self.offset_[:, None]), axis=1, prepend=0).astype(int)


def _of_kinds(values: dict[str, float]) -> np.ndarray:
    return np.array([values.get(kind, 1.0) for kind in KINDS])


def tissue(numbers: np.ndarray, kinds: np.ndarray, rng: np.random.Generator) -> Tissue:
    """Fill spots with real cells; a cell repeats only after all cells of its kind have been used.

    Parameters
    ----------
    numbers
        Whole cells of each kind in each spot, spots × kinds.
    kinds
        Kind of each real cell, (real cells,).
    rng
        Random generator of the order in which cells are used.
    """
    spot = [np.repeat(np.arange(len(numbers)), column) for column in numbers.T]
    cell = [
        np.resize(rng.permutation(np.flatnonzero(kinds == kind)), len(own))
        for kind, own in zip(KINDS, spot, strict=True)
    ]
    return Tissue(np.concatenate(spot), np.concatenate(cell))


def halves(kinds: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of the reference's cells and of the tissues' cells; each kind is split into halves."""
    order = rng.permutation(len(kinds))
    number = pd.Series(order).groupby(kinds[order]).cumcount().to_numpy()
    return np.sort(order[number % 2 == 0]), np.sort(order[number % 2 == 1])
