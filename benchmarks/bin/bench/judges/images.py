"""Metrics of imaged cells: correlation of predicted genes, and accuracy of predicted types."""

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp
from bulk2space.images.validate import correlations
from bulk2space.numerics.scaling import log_normalize

from ..cases.imaged import Task
from ..rivals.mappers import Predicted

MEAN, MEDIAN, ACCURACY = METRICS = ["mean PCC", "median PCC", "accuracy"]


def judge(tasks: Iterable[Task], predicted: Iterable[Predicted]) -> dict[str, float]:
    """Return mean and median correlation over the predicted genes of all tasks, and the mean accuracy of types."""
    found, right = [], []
    for task, given in zip(tasks, predicted, strict=True):
        measured = log_normalize(sp.csr_matrix(task.section))[:, task.predicted].toarray()
        found.append(correlations(given.expression, measured))
        if given.types is not None:
            right.append((given.types == task.truth).mean())
    of_genes = np.concatenate(found)
    values = (of_genes.mean(), np.median(of_genes), np.mean(right) if right else np.nan)
    return dict(zip(METRICS, map(float, values), strict=True))
