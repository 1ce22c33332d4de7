"""Types of imaged cells with their probabilities, as the pipeline gives them."""

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Layers, Obs
from bulk2space.images.confidence import Mapped, mapped_cells
from bulk2space.images.mappers import MAPPERS, Way
from bulk2space.numerics.scaling import log_normalize

from ..cases.imaged import Task


def trusted(task: Task, seed: int, mapper: str = "neighbors") -> Mapped:
    """Map a task's section as the pipeline does, with probabilities of types and trust in genes."""
    genes = pd.Index([f"gene{number}" for number in range(task.cells.shape[1])])
    cells = _file(task.cells, genes)
    cells.obs[Obs.CELL_TYPE] = task.types
    if task.sources is not None:
        cells.obs[Obs.SOURCE_CELL] = task.sources
    reference = task.reference
    if reference is not None:
        reference.var_names = genes
    section = _file(task.section[:, task.measured], genes[task.measured])
    way, rng = Way(MAPPERS[mapper]), np.random.default_rng(seed)
    return mapped_cells(cells, section, list(section.var_names), way, rng, reference=reference)


def _file(counts: np.ndarray, genes: pd.Index) -> ad.AnnData:
    """Return counts as one of the pipeline's files has them."""
    matrix = sp.csr_matrix(counts)
    names = pd.Index([f"cell{number}" for number in range(len(counts))])
    made = ad.AnnData(log_normalize(matrix), obs=pd.DataFrame(index=names), var=pd.DataFrame(index=genes))
    made.layers[Layers.COUNTS] = matrix
    return made


def most_probable(task: Task, seed: int) -> np.ndarray:
    """Return the most probable type of each imaged cell, (imaged cells,)."""
    found = trusted(task, seed)
    return found.types[found.probability.argmax(axis=1)]


TYPES: dict[str, Callable[[Task, int], np.ndarray]] = {"default": most_probable}
"""From a task and a seed to types, where they do not come from the votes of the neighbours."""
