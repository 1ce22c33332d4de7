"""How a section is mapped: which mappers count how much in predictions, and which tells the types."""

from typing import NamedTuple

import scipy.sparse as sp

from .mappers import MAPPERS, Found, Mapper
from .neighbors import heaviest
from .states import Target


class Way(NamedTuple):
    """How a section is mapped.

    Attributes
    ----------
    weights
        Of each mapper in predictions, by name; they sum to 1.
    types_by
        Name of the mapper by which types are told.
    single
        Whether the heaviest neighbour alone predicts.
    """

    weights: dict[str, float]
    types_by: str
    single: bool = False

    @property
    def first(self) -> str:
        """Name of the heaviest mapper."""
        return max(self.weights, key=lambda name: self.weights[name])

    def fit(self, cells: sp.csr_matrix, section: sp.csr_matrix, target: Target) -> "Fitted":
        """Fit all mappers that count; parameters are those of :meth:`.mappers.Mapper.fit`."""
        names = dict.fromkeys([*self.weights, self.types_by])
        return Fitted(self, {name: MAPPERS[name]().fit(cells, section, target) for name in names})


class Fitted(NamedTuple):
    """The fitted mappers of a way."""

    way: Way
    mappers: dict[str, Mapper]

    @property
    def k(self) -> int:
        """Largest number of neighbours by one mapper."""
        return max(mapper.k for mapper in self.mappers.values())

    def find(self, section: sp.csr_matrix) -> "Matches":
        """Find the neighbours of imaged cells, given by their log expression, imaged cells × shared genes."""
        found = {name: mapper.find(section) for name, mapper in self.mappers.items()}
        neighbors = mixed({name: one.neighbors for name, one in found.items()}, self.way.weights)
        predicting = heaviest(neighbors) if self.way.single else neighbors
        return Matches(neighbors, predicting, found[self.way.types_by], found[self.way.first])


class Matches(NamedTuple):
    """Neighbours of some imaged cells by a way.

    Attributes
    ----------
    neighbors
        Weighted mean of the mappers' weights, imaged cells × cells; rows sum to 1.
    predicting
        The weights that predict expression, imaged cells × cells.
    of_types, first
        What the mapper of types and the heaviest mapper found.
    """

    neighbors: sp.csr_matrix
    predicting: sp.csr_matrix
    of_types: Found
    first: Found


def mixed(neighbors: dict[str, sp.csr_matrix], weights: dict[str, float]) -> sp.csr_matrix:
    """Return the weighted mean of neighbours by several mappers, imaged cells × cells."""
    if len(weights) == 1:
        return neighbors[next(iter(weights))]
    first, *others = (neighbors[name] * weight for name, weight in weights.items())
    return sp.csr_matrix(sum(others, start=first))
