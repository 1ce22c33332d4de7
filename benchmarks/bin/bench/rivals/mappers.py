"""Ways to find neighbours of imaged cells among generated ones: the pipeline's, the published one, two baselines."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from bulk2space.images.mappers import MAPPERS as OF_PIPELINE
from bulk2space.images.states import states
from bulk2space.numerics.scaling import log_normalize

from ..cases.imaged import Task

Mapper = Callable[[Task, np.random.Generator], sp.csr_matrix]
"""From a task to the weights of the neighbours, imaged × reference cells; rows sum to 1."""


def by_pipeline(name: str) -> Mapper:
    """Return one of the pipeline's mappers."""

    def neighbors(task: Task, rng: np.random.Generator) -> sp.csr_matrix:
        cells = log_normalize(task.cells)
        panel = log_normalize(task.section[:, task.measured])
        return OF_PIPELINE[name]().fit(cells[:, task.measured], panel, states(cells, task.types)).neighbors_

    return neighbors


def shuffled(task: Task, rng: np.random.Generator) -> sp.csr_matrix:
    """Return the neighbours of the default, dealt to the imaged cells at random."""
    return by_pipeline("neighbors")(task, rng)[rng.permutation(len(task.section))]


def mean_of_all(task: Task, rng: np.random.Generator) -> sp.csr_matrix:
    """Return equal weights of all cells."""
    return sp.csr_matrix(np.full((len(task.section), len(task.cells)), 1 / len(task.cells)))


MAPPERS: dict[str, Mapper] = {
    "default": by_pipeline("neighbors"),
    "published": by_pipeline("combat"),
    "shuffled neighbours": shuffled,
    "mean of all": mean_of_all,
}
