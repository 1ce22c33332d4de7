"""A reference's cells as a network takes them: which likelihood, which values, which genes and cells."""

import dataclasses
import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch

from ..contract import remarks
from ..contract.expression import has_counts
from ..contract.keys import Layers, Obs
from .configuration import PRESETS, Configuration
from .data import Cells
from .likelihoods import LIKELIHOODS

log = logging.getLogger(__name__)

FEWEST_CELLS_WITH_A_GENE = 3  # a gene seen in fewer cells says nothing that could be learned


class TrainingCells(NamedTuple):
    """The cells to train on, with the names of the codes in them."""

    cells: Cells
    genes: list[str]
    types: list[str]
    libraries: list[str]


def configuration(model: str, reference: ad.AnnData, *, epochs: int | None, beta: float | None) -> Configuration:
    """Return a preset with what the user asked for, and with a likelihood that suits the reference's values.

    Parameters
    ----------
    model
        Name of the preset.
    reference
        The reference; a likelihood of counts needs `layers['counts']`.
    epochs, beta
        In place of the preset's own, if given.
    """
    config = PRESETS[model]
    if epochs is not None:
        config = dataclasses.replace(config, epochs=epochs)
    if beta is not None:
        config = dataclasses.replace(config, beta=beta)
    if LIKELIHOODS[config.likelihood].of_counts and not has_counts(reference):
        remarks.warn(
            log,
            "reference_without_counts",
            "the reference has no counts: a Gaussian likelihood on its log values is trained instead",
        )
        config = dataclasses.replace(config, likelihood="censored_gaussian")
    return config


def values(reference: ad.AnnData, *, counts: bool) -> sp.csr_matrix:
    """Return counts, or log1p of expression per 10 000, as cells × genes, float32."""
    return sp.csr_matrix(reference.layers[Layers.COUNTS] if counts else reference.X, dtype=np.float32)


def training_cells(reference: ad.AnnData, config: Configuration, device: torch.device) -> TrainingCells:
    """Return the reference's cells without rare genes, and without cells that have none of the other genes.

    A gene is rare if fewer than FEWEST_CELLS_WITH_A_GENE cells have it, unless all cells of a type do: a type of one or
    two cells would lose its own genes.
    """
    matrix = values(reference, counts=LIKELIHOODS[config.likelihood].of_counts)
    matrix.eliminate_zeros()
    types, codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
    seen = _seen(matrix, codes)
    log.info("%d genes seen in fewer than %d cells are left out of training", (~seen).sum(), FEWEST_CELLS_WITH_A_GENE)
    matrix = matrix[:, np.flatnonzero(seen)]

    libraries, library = library_codes(reference.obs)
    if len(libraries) > 1:
        sizes = dict(zip(libraries, np.bincount(library).tolist(), strict=True))
        log.info("%d libraries, cells in each: %s", len(libraries), sizes)

    filled = np.diff(matrix.indptr) > 0  # (cells,)
    n_empty = int((~filled).sum())
    if n_empty:
        remarks.warn(
            log,
            "cells_without_counts",
            f"{n_empty} cells without any count in these genes are left out of training",
            n_cells=n_empty,
        )
    cells = Cells.from_csr(matrix[np.flatnonzero(filled)], codes[filled], library[filled], device)
    return TrainingCells(cells, reference.var_names[seen].tolist(), types.tolist(), libraries)


def _seen(matrix: sp.csr_matrix, codes: np.ndarray) -> np.ndarray:
    """Tell which genes are seen in enough cells, or in all cells of a type that has fewer, (genes,) bool.

    Parameters
    ----------
    matrix
        Cells × genes, without stored zeros.
    codes
        Type of each cell, (cells,).
    """
    seen = matrix.getnnz(axis=0) >= FEWEST_CELLS_WITH_A_GENE
    sizes = np.bincount(codes)
    for small in np.flatnonzero(sizes < FEWEST_CELLS_WITH_A_GENE):
        seen |= matrix[codes == small].getnnz(axis=0) == sizes[small]
    return seen


def library_codes(cells: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return the sorted names of the libraries in a table of cells, and each cell's position among them, (cells,).

    Without a column `batch` all cells are of one library, which has an empty name.
    """
    labels = cells[Obs.BATCH].to_numpy(dtype=str) if Obs.BATCH in cells else np.full(len(cells), "")
    names, codes = np.unique(labels, return_inverse=True)
    return names.tolist(), codes
