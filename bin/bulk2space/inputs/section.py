"""The door for spatial sections: spots, or cells of an image."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import expression, remarks
from ..contract.keys import Obs, Obsm, Uns
from ..contract.problems import InputError
from ..numerics.scaling import totals
from . import cell_labels, metadata
from .formats import folders
from .joining import joined
from .places import coordinates, tissue
from .places.stacked import one_section, refuse_overlapping
from .upright import read_upright, require_unique
from .values import LinearValues, Naming, linear, log_normalized

log = logging.getLogger(__name__)

COUNTS_PER_VOLUME = 1000  # paper, Methods, "Data processing": counts by cell volume, times 1000
IN_COORDINATES = (Uns.COORDINATE_UNIT, Uns.SPOT_DIAMETER, Uns.IMAGE, Uns.IMAGE_SCALE)
"""What a file says in its own coordinates, and what is not known in those of a table."""


def section(
    matrix: Path,
    meta: Path | None,
    *,
    platform: str,
    celltype_key: str = "cell_type",
    naming: Naming | None = None,
    units: str | None = None,
    name: str | None = None,
) -> ad.AnnData:
    """Return spots or imaged cells × genes with ``obsm["spatial"]``, normalised like a reference.

    Spots without any expression stay; imaged cells without any are left out, as nothing tells their type. Labels of
    imaged cells (``celltype_key``) become ``obs["cell_type"]``. Imaged cells whose ``volume`` is known are normalised
    by it instead of by their total.

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
    name
        Of the section, in a file that holds several.

    Raises
    ------
    InputError
        For unreadable files, bad values, missing coordinates, and several sections of which none is named.
    """
    thing = "spot" if platform == "spot" else "cell"
    naming = naming or Naming()
    raw = _with_coordinates(matrix, meta, thing, naming, name)
    if platform == "spot" and not raw.obs_names.is_monotonic_increasing:
        raw = raw[np.argsort(raw.obs_names)].copy()  # imaged cells keep their order: they are the rows of the result
    values = linear(raw, matrix, naming, units, kind="spatial")
    del raw  # of a large section, gigabytes
    values = _expressed(values, matrix, thing)
    if platform == "image" and celltype_key in values.adata.obs:
        values.adata.obs[Obs.CELL_TYPE] = pd.Categorical(cell_labels.cell_types(values.adata.obs[celltype_key]))
    values.adata.uns[Uns.PLATFORM] = platform
    values.adata.uns.setdefault(Uns.COORDINATE_UNIT, "")
    if platform == "image" and Obs.VOLUME in values.adata.obs:
        return _by_volume(values, matrix, meta)
    return log_normalized(values)


def _with_coordinates(matrix: Path, meta: Path | None, thing: str, naming: Naming, name: str | None) -> ad.AnnData:
    """Read the section as it is in its file, with coordinates in ``obsm`` and everything known of it in ``obs``."""
    source = meta or matrix
    raw, table = read_upright(matrix, thing, meta=meta, genes=naming.known, several=True)
    if table is not None:
        if thing == "cell" and table.index.name in ("Spot", "spot"):
            remarks.warn(
                log,
                "spots_given_as_image",
                f"{source.name}: its rows are spots, but the samplesheet says image; check the platform",
            )
        raw.obs = joined(raw, table, matrix.name, source.name)
    _warn_of_other_platform(matrix, thing)
    libraries = tissue.libraries(raw.uns)
    raw, library = one_section(raw, libraries, name, matrix.name, thing)
    raw = tissue.alone(raw, matrix.name) if thing == "spot" else raw
    require_unique(raw, matrix, thing)  # now: sections of one file may have spots of the same names
    columns = None if table is None else list(table.columns)
    places = coordinates.places_of(raw, columns, source=source.name, matrix=matrix.name, thing=thing)
    refuse_overlapping(places.values, raw.obs, source.name if places.in_table else matrix.name, thing)
    uns = dict(raw.uns)
    for entry in (tissue.IN_FILE, Uns.SECTION_COLUMN):
        uns.pop(entry, None)
    if places.in_table:
        uns = {key: value for key, value in uns.items() if key not in IN_COORDINATES}
    elif library in libraries:
        on_grid = {"array_row", "array_col"} <= set(raw.obs)
        uns |= tissue.of_library(libraries[library], places.values, thing=thing, on_grid=on_grid, file=matrix.name)
    uns |= {Uns.COORDINATE_UNIT: places.unit} if places.unit else {}
    obs = raw.obs.drop(columns=list(places.columns)) if places.in_table else raw.obs
    return ad.AnnData(raw.X, obs=metadata.storable(obs), var=raw.var, obsm={Obsm.SPATIAL: places.values}, uns=uns)


def _warn_of_other_platform(matrix: Path, thing: str) -> None:
    """Warn where a folder is of an instrument that sees cells, but is given as spots, or the other way round."""
    kind = folders.recognise(matrix) if matrix.is_dir() else ""
    if thing == "spot" and kind in folders.OF_CELLS:
        remarks.warn(
            log,
            "cells_given_as_spots",
            f"{matrix.name}: is a folder of single cells ({kind}), but the samplesheet says spot, so that each is "
            f"taken for a spot of several cells; check the platform",
        )
    if thing == "cell" and kind == "spaceranger":
        remarks.warn(
            log,
            "spots_given_as_image",
            f"{matrix.name}: is a folder of spots or bins (Space Ranger), but the samplesheet says image, so that each "
            f"is taken for one cell; check the platform",
        )


def _expressed(values: LinearValues, matrix: Path, thing: str) -> LinearValues:
    """Return the section without imaged cells that have no counts; spots without counts stay, and are counted."""
    section = values.adata
    filled = totals(section.X) > 0
    empty = int((~filled).sum())
    if empty == section.n_obs:
        raise InputError(f"{matrix.name}: all {empty} {thing}s are without expression; check the file")
    if not empty:
        return values
    said = f"{matrix.name}: {empty} of {section.n_obs} {thing}s have no counts; they"
    numbers = {"empty": empty, "observations": section.n_obs}
    if thing == "spot":
        remarks.note(log, "empty_observations", f"{said} stay empty", **numbers)
        return values
    why = "because nothing tells their type"
    remarks.warn(log, "empty_cells_left_out", f"{said} are left out, {why}", **numbers)
    return values._replace(adata=section[filled].copy())


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
    cells.uns[Uns.UNITS][expression.NORMALISED] = expression.BY_VOLUME
    remarks.note(log, "normalised_by_volume", f"{matrix.name}: cells are normalised by their volume")
    return cells
