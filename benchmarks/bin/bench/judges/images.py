"""Metrics of imaged cells: correlation of predicted genes, and accuracy of predicted types."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from bulk2space.images.validate import correlations
from bulk2space.numerics.scaling import log_normalize

from ..cases.imaged import Task
from .votes import vote

METRICS = ["mean PCC", "median PCC", "accuracy"]


def judge(
    tasks: list[Task],
    mapper: Callable[[Task, np.random.Generator], sp.csr_matrix],
    seed: int,
    *,
    types: Callable[[Task, int], np.ndarray] | None = None,
) -> dict[str, float]:
    """Return mean and median correlation over the predicted genes of all tasks, and the mean accuracy of types.

    Parameters
    ----------
    tasks
        What is to be predicted.
    mapper
        Function from a task to the weights of the neighbours, imaged × reference cells.
    seed
        Seed of the mapper.
    types
        Function from a task and the seed to the types of its imaged cells; without it the neighbours vote.
    """
    found, right = [], []
    for task in tasks:
        neighbors = mapper(task, np.random.default_rng(seed))
        predicted = neighbors @ log_normalize(task.cells)[:, task.predicted].toarray()
        found.append(correlations(predicted, log_normalize(task.section)[:, task.predicted].toarray()))
        if task.truth is not None:
            found_types = types(task, seed) if types else vote(neighbors, task.types).cell_type
            right.append((found_types == task.truth).mean())
    of_genes = np.concatenate(found)
    values = (of_genes.mean(), np.median(of_genes), np.mean(right) if right else np.nan)
    return dict(zip(METRICS, map(float, values), strict=True))
