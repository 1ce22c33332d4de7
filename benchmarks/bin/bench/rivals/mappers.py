"""Ways to map imaged cells onto generated ones: the pipeline's, each of its mappers, the published one, baselines."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Layers, Obs
from bulk2space.images.choice import WEIGHTED
from bulk2space.images.confidence import Mapped, learned, mapped_cells
from bulk2space.images.mappers import CANDIDATES, COMBAT
from bulk2space.images.matched import Matched, matched_cells
from bulk2space.numerics.groups import indicator
from bulk2space.numerics.scaling import log_normalize

from ..cases.imaged import DEFAULT, DRAWN, MEAN_OF_ALL, PUBLISHED, SHUFFLED, SINGLE, Task, lacking


class Predicted(NamedTuple):
    """What a way says of a task's imaged cells.

    Attributes
    ----------
    expression
        Log expression of the genes to predict, imaged cells × genes.
    types
        Types of the imaged cells, (imaged cells,); None where the task's are not known.
    """

    expression: np.ndarray
    types: np.ndarray | None


class Files(NamedTuple):
    """A task as the pipeline's files have it."""

    cells: ad.AnnData
    section: ad.AnnData
    genes: list[str]
    reference: ad.AnnData | None


def trusted(task: Task, seed: int, mapper: str = WEIGHTED) -> Mapped:
    """Map a task's section as the pipeline does, with probabilities of types and trust in genes."""
    files, rng = _files(task), np.random.default_rng(seed)
    return mapped_cells(*files[:3], mapper, rng, reference=files.reference)


def by_pipeline(task: Task, seed: int, mapper: str) -> tuple[Matched, np.ndarray | None]:
    """Return the neighbours of the imaged cells by one of the pipeline's mappers, and types where they are known."""
    files, rng = _files(task), np.random.default_rng(seed)
    found = matched_cells(*files[:3], mapper, rng, reference=files.reference)
    if task.truth is None:
        return found, None
    if mapper == COMBAT:  # as published: the neighbours vote
        votes = found.matches.neighbors @ indicator(found.cells.codes, len(found.cells.types)).T
        return found, found.cells.types[votes.toarray().argmax(axis=1)]
    probability = learned(found, files.cells, files.section, rng)[0]
    return found, found.cells.types[probability.argmax(axis=1)]


@contextmanager
def left_out(mapper: str) -> Iterator[None]:
    """Take a mapper from those that a section weighs."""
    kept = dict(CANDIDATES)
    del CANDIDATES[mapper]
    try:
        yield
    finally:
        CANDIDATES.clear()
        CANDIDATES.update(kept)


def predictions(task: Task, seed: int, *, without: str | None = None) -> dict[str, Predicted]:
    """Return what each way predicts, by name; also the default without a mapper, where one is named."""
    found = {}
    for name, mapper in {DEFAULT: WEIGHTED, **{name: name for name in SINGLE}, PUBLISHED: COMBAT}.items():
        matched, types = by_pipeline(task, seed, mapper)
        neighbors, cells = matched.matches.neighbors, matched.cells
        found[name] = Predicted(cells.expected.predicted(neighbors)[:, task.predicted], types)
        if name == DEFAULT:
            found[DRAWN] = Predicted((neighbors @ cells.expression[:, task.predicted]).toarray(), types)
    if without:
        with left_out(without):
            matched, types = by_pipeline(task, seed, WEIGHTED)
        expression = matched.cells.expected.predicted(matched.matches.neighbors)[:, task.predicted]
        found[lacking(without)] = Predicted(expression, types)
    return found | baselines(task, found[DEFAULT], seed)


def baselines(task: Task, of_default: Predicted, seed: int) -> dict[str, Predicted]:
    """Return the predictions of the default dealt to the imaged cells at random, and the mean of all cells."""
    order = np.random.default_rng(seed).permutation(len(task.section))
    mean = np.asarray(log_normalize(sp.csr_matrix(task.cells)).mean(axis=0)).reshape(1, -1)[:, task.predicted]
    names, numbers = np.unique(task.types, return_counts=True)
    known = task.truth is not None
    return {
        SHUFFLED: Predicted(of_default.expression[order], of_default.types[order] if known else None),
        MEAN_OF_ALL: Predicted(
            np.repeat(mean, len(order), axis=0), np.repeat(names[numbers.argmax()], len(order)) if known else None
        ),
    }


def _files(task: Task) -> Files:
    genes = pd.Index([f"gene{number}" for number in range(task.cells.shape[1])])
    cells = _file(task.cells, genes)
    cells.obs[Obs.CELL_TYPE] = task.types
    if task.sources is not None:
        cells.obs[Obs.SOURCE_CELL] = task.sources
    reference = task.reference
    if reference is not None:
        reference.var_names = genes
    section = _file(task.section[:, task.measured], genes[task.measured])
    return Files(cells, section, list(section.var_names), reference)


def _file(counts: np.ndarray, genes: pd.Index) -> ad.AnnData:
    """Return counts as one of the pipeline's files has them."""
    matrix = sp.csr_matrix(counts)
    names = pd.Index([f"cell{number}" for number in range(len(counts))])
    made = ad.AnnData(log_normalize(matrix), obs=pd.DataFrame(index=names), var=pd.DataFrame(index=genes))
    made.layers[Layers.COUNTS] = matrix
    return made
