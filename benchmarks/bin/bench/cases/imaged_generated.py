"""Tasks of imaged sections through generated cells: the pipeline's network is trained, and its cells are mapped."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.generate import CellGenerator
from bulk2space.generator.prepare import configuration
from bulk2space.numerics.scaling import log_normalize

from .imaged import Task


def through_generator(tasks: list[Task], seed: int) -> list[Task]:
    """Return the tasks with as many generated cells of each type as the reference has; all share the reference."""
    reference = _reference(tasks[0])
    config = configuration("counts", reference, epochs=None, beta=None)
    trained, _ = fit_reference(reference, config, seed=seed, device=torch.device("cpu"))
    numbers = dict(zip(*np.unique(tasks[0].types, return_counts=True), strict=True))
    generator = CellGenerator(trained, reference, list(reference.var_names))
    cells = generator.generate({name: int(number) for name, number in numbers.items()}, rng=np.random.default_rng(seed))
    return [
        task._replace(
            cells=cells.layers[Layers.COUNTS].toarray(),
            types=cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str),
            sources=cells.obs[Obs.SOURCE_CELL].to_numpy(dtype=str),
            reference=reference.copy(),
        )
        for task in tasks
    ]


def _reference(task: Task) -> ad.AnnData:
    """Return a task's reference as the pipeline's file has it."""
    counts = sp.csr_matrix(task.cells, dtype=np.float32)
    names = [f"cell{number}" for number in range(counts.shape[0])]
    made = ad.AnnData(log_normalize(counts), obs=pd.DataFrame({Obs.CELL_TYPE: task.types}, index=names))
    made.var_names = [f"gene{number}" for number in range(counts.shape[1])]
    made.layers[Layers.COUNTS] = counts
    return made
