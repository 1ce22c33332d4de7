"""The door for annotated single cells."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import remarks
from ..contract.keys import Obs, Uns
from ..contract.problems import InputError
from ..numerics.scaling import log_normalize, totals
from . import cell_labels
from .labelled import Labels, read_labelled
from .values import LinearValues, Naming, linear, log_normalized

log = logging.getLogger(__name__)


def reference(
    matrix: Path,
    meta: Path | None,
    *,
    labels: Labels | None = None,
    naming: Naming | None = None,
    units: str | None = None,
    combat: bool = False,
    seed: int = 0,
) -> ad.AnnData:
    """Return annotated cells × genes: ``X`` log1p of counts per 10 000, ``layers["counts"]`` where counts are known.

    Cells without a label or without any expression and types of too few cells are left out; remarks count them. Of a
    type with more than ``labels.max_cells`` cells, so many are chosen at random.

    Parameters
    ----------
    matrix, meta
        The cells, and a table of their types, which may be None where the format holds labels.
    labels
        Where types and libraries are, and which types are too small or too large.
    naming
        How genes are named.
    units
        Unit of the values as the user states it; None: recognised.
    combat
        Whether to remove differences between the libraries by ComBat, as the paper does.
    seed
        Of the choice of cells and of the clustering.

    Raises
    ------
    InputError
        For unreadable files, bad values, labels that are missing or belong to other cells.
    """
    labels = labels or Labels()
    raw = read_labelled(matrix, meta, labels, seed=seed)
    if Obs.CELL_TYPE in raw.obs:  # first, so that what is no cell has no part in the unit
        raw = _kept(raw, raw.obs[Obs.CELL_TYPE].notna().to_numpy(), "a cell type", matrix)
    cells, are_counts = linear(raw[np.argsort(raw.obs_names)], matrix, naming or Naming(), units, kind="reference")
    cells = _kept(cells, totals(cells.X) > 0, "any expression", matrix)
    if Obs.CELL_TYPE not in cells.obs:
        cells.obs[Obs.CELL_TYPE] = _clusters(cells, matrix, seed)
    cells = _of_large_types(cells, matrix, labels)
    cells = log_normalized(LinearValues(cells, are_counts))
    if Uns.THINNED in raw.uns:
        cells.uns[Uns.THINNED] = raw.uns[Uns.THINNED]
    if labels.batch_key:
        cells.obs[Obs.BATCH] = cell_labels.libraries(cells.obs[Obs.BATCH], labels.batch_key, (meta or matrix).name)
        if combat:
            _remove_differences_of_libraries(cells)
    return cells


def _kept(cells: ad.AnnData, fit: np.ndarray, lack: str, path: Path) -> ad.AnnData:
    """Keep the cells that fit, (cells,) bool; a remark counts the others, which lack something."""
    if not fit.any():
        raise InputError(f"{path.name}: all {cells.n_obs} cells are without {lack}; check the file and its labels")
    if fit.all():
        return cells
    cell_labels.say_left_out(int((~fit).sum()), cells.n_obs, lack, path.name)
    return cells[fit].copy()


def _clusters(cells: ad.AnnData, matrix: Path, seed: int) -> np.ndarray:
    """Return the cells' clusters as their types, (cells,) text."""
    from .annotate import leiden  # here: scanpy is slow to import

    clusters = leiden(log_normalize(cells.X), seed=seed)
    number = len(np.unique(clusters))
    remarks.warn(
        log,
        "clusters_for_types",
        f"{matrix.name}: has no cell types; {number} Leiden clusters are used in their place",
        clusters=number,
    )
    return clusters


def _of_large_types(cells: ad.AnnData, matrix: Path, labels: Labels) -> ad.AnnData:
    """Keep the cells whose type has enough cells; make the types a categorical column."""
    types = cell_labels.large_types(
        cells.obs[Obs.CELL_TYPE].to_numpy(), matrix.name, fewest=labels.min_cells, action=labels.min_cells_action
    )
    cells.obs[Obs.CELL_TYPE] = types
    large = pd.notna(types)
    if not large.any():
        raise InputError(f"{matrix.name}: no type with {labels.min_cells} cells is left; lower --min_cells")
    cells = cells if large.all() else cells[large].copy()
    cells.obs[Obs.CELL_TYPE] = pd.Categorical(cells.obs[Obs.CELL_TYPE].astype(str))
    if len(cells.obs[Obs.CELL_TYPE].cat.categories) == 1:
        remarks.warn(
            log,
            "one_cell_type",
            f"{matrix.name}: all cells are of one type, so every bulk consists of that type alone",
        )
    return cells


def _remove_differences_of_libraries(cells: ad.AnnData) -> None:
    from ..numerics.combat import harmonize

    cells.X = harmonize(cells.X, cells.obs[Obs.BATCH].to_numpy(dtype=str))
    cells.uns[Uns.UNITS]["libraries"] = "brought together by ComBat"
