"""The door for spatial sections: spots, or cells of an image."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.keys import Obs, Obsm, Uns
from ..contract.problems import InputError, few
from ..numerics.scaling import totals
from . import cell_labels, metadata
from .joining import joined
from .upright import read_upright
from .values import LinearValues, Naming, linear, log_normalized

log = logging.getLogger(__name__)

COUNTS_PER_VOLUME = 1000  # paper, Methods, "Data processing": counts by cell volume, times 1000
COORDINATES = ("xcoord", "ycoord")  # columns of a table of spots or cells


def section(
    matrix: Path,
    meta: Path | None,
    *,
    platform: str,
    celltype_key: str = "cell_type",
    naming: Naming | None = None,
    units: str | None = None,
) -> ad.AnnData:
    """Return spots or imaged cells × genes with ``obsm["spatial"]``, normalised like a reference.

    Spots without any expression stay. Labels of imaged cells (``celltype_key``) become ``obs["cell_type"]``. Imaged
    cells whose ``volume`` is known are normalised by it instead of by their total.

    Parameters
    ----------
    matrix, meta
        The spots or cells, and a table of their coordinates, which may be None where the format has coordinates.
    platform
        ``spot`` or ``image``.
    celltype_key
        Column of the labels of imaged cells.
    naming
        How genes are named.
    units
        Unit of the values as the user states it; None: recognised.

    Raises
    ------
    InputError
        For unreadable files, bad values, and missing coordinates.
    """
    thing = "spot" if platform == "spot" else "cell"
    naming = naming or Naming()
    raw = _with_coordinates(matrix, meta, thing, naming)
    if platform == "spot":  # imaged cells keep their order: they are the rows of the result
        raw = raw[np.argsort(raw.obs_names)]
    values = linear(raw, matrix, naming, units, kind="spatial")
    _check_expression(values.adata, matrix, thing)
    if platform == "image" and celltype_key in values.adata.obs:
        values.adata.obs[Obs.CELL_TYPE] = pd.Categorical(cell_labels.cell_types(values.adata.obs[celltype_key]))
    values.adata.uns[Uns.PLATFORM] = platform
    values.adata.uns.setdefault(Uns.COORDINATE_UNIT, "")
    if platform == "image" and Obs.VOLUME in values.adata.obs:
        return _by_volume(values, matrix, meta)
    return log_normalized(values)


def _with_coordinates(matrix: Path, meta: Path | None, thing: str, naming: Naming) -> ad.AnnData:
    """Read the section as it is in its file, with coordinates in ``obsm`` and everything known of it in ``obs``."""
    source = meta or matrix
    raw, table = read_upright(matrix, thing, meta=meta, genes=naming.known)
    if table is not None:
        if thing == "cell" and table.index.name in ("Spot", "spot"):
            remarks.warn(
                log,
                "spots_given_as_image",
                f"{source.name}: its rows are spots, but the samplesheet says image; check the platform",
            )
        obs = joined(raw, table, matrix.name, source.name)
        raw.obsm[Obsm.SPATIAL] = metadata.coordinates(obs)
        raw.obs = obs.drop(columns=list(COORDINATES))
    _check_coordinates(raw, source, matrix, thing)
    raw.obsm = {Obsm.SPATIAL: np.asarray(raw.obsm[Obsm.SPATIAL], dtype=float)[:, :2]}
    raw.obs = metadata.storable(raw.obs)
    return raw


def _check_coordinates(section: ad.AnnData, source: Path, matrix: Path, thing: str) -> None:
    if Obsm.SPATIAL not in section.obsm:
        remedy = f"name a table with the columns {thing.capitalize()}, xcoord and ycoord under spatial_meta"
        raise InputError(f"{matrix.name}: no coordinates (obsm['spatial']) of the {thing}s; {remedy}")
    coordinates = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    if coordinates.ndim != 2 or coordinates.shape[1] < 2:
        raise InputError(f"{matrix.name}: obsm['spatial'] has the shape {coordinates.shape}; give two columns, x and y")
    lost = ~np.isfinite(coordinates[:, :2]).all(axis=1)
    if lost.any():
        raise InputError(
            f"{source.name}: {lost.sum()} {thing}s have no coordinates, such as "
            f"{few(list(section.obs_names[lost]))}; give numbers or remove the {thing}s from {matrix.name}"
        )


def _check_expression(section: ad.AnnData, matrix: Path, thing: str) -> None:
    empty = int((totals(section.X) == 0).sum())
    if empty == section.n_obs:
        raise InputError(f"{matrix.name}: all {empty} {thing}s are without expression; check the file")
    if empty:
        remarks.note(
            log,
            "empty_observations",
            f"{matrix.name}: {empty} of {section.n_obs} {thing}s have no counts; they stay empty",
            empty=empty,
            observations=section.n_obs,
        )


def _by_volume(values: LinearValues, matrix: Path, meta: Path | None) -> ad.AnnData:
    """Return imaged cells normalised by their volume; by their total where the values are not counts."""
    counts = values.adata.X
    cells = log_normalized(values)
    if not values.are_counts:
        remarks.warn(
            log,
            "volumes_unused",
            f"{matrix.name}: its values are not counts, so the cells' volumes are not used",
        )
        return cells
    volumes = metadata.volumes(cells.obs[Obs.VOLUME], (meta or matrix).name)
    cells.obs[Obs.VOLUME] = volumes
    cells.X = sp.csr_matrix(sp.diags_array(COUNTS_PER_VOLUME / volumes) @ counts, dtype=np.float32).log1p()
    cells.uns[Uns.UNITS]["normalised"] = "by cell volume"
    remarks.note(log, "normalised_by_volume", f"{matrix.name}: cells are normalised by their volume")
    return cells
