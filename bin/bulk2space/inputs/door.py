"""From a user's file to one of the pipeline's own: read, checked, brought to counts or linear values, normalised.

What was left out or changed on the way stands in ``uns["notes"]``, one sentence each; the units that came in and what
was done in ``uns["units"]``. Genes are sorted by name, and so are a reference's cells and a section's spots: no result
depends on the order of a file.
"""

from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.keys import Layers, Obs, Obsm, Uns
from ..contract.problems import InputError, few
from ..contract.user_tables import read_metadata
from ..numerics.scaling import log_normalize, totals
from . import metadata
from .formats.reader import has_metadata, read
from .genes import Genes
from .orientation import turned
from .values import Naming, linear

VOLUME_SCALE = 1000  # paper, Methods, "Data processing": counts by cell volume, times 1000


@dataclass(frozen=True)
class Labels:
    """Where a reference's cell types and libraries stand, and which types are too small."""

    celltype_key: str = "cell_type"
    batch_key: str | None = None
    min_cells: int = 1
    min_cells_action: str = "drop"
    annotate: bool = False


def bulk(
    matrix: Path, *, naming: Naming | None = None, units: str | None = None, lengths: Path | None = None
) -> ad.AnnData:
    """Return bulk samples × genes, linear: counts as they came in, or TPM where gene lengths are given.

    Raises
    ------
    InputError
        For unreadable files, bad values, and samples without any expression.
    """
    naming = naming or Naming()
    raw, notes = _turned(read(matrix), matrix, genes=naming.known)
    _require_unique(raw, matrix, "bulk sample")
    adata = linear(raw, matrix, naming, units, notes, kind="bulk", lengths=lengths)
    empty = totals(adata.X) == 0
    if empty.any():
        raise InputError(
            f"{matrix.name}: bulk sample '{adata.obs_names[empty][0]}' has no expression at all; "
            f"correct it or leave it out"
        )
    del adata.uns["is_counts"]
    return _noted(adata, notes)


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

    Cells without a label or without any expression and types of too few cells are left out and counted in the notes.

    Parameters
    ----------
    matrix, meta
        The cells, and a table of their types, which may be None where the format holds labels.
    labels
        Where types and libraries stand, and which types are too small.
    naming
        How genes are to be called.
    units
        What the user says of the values; None: recognised.
    combat
        Whether to bring the libraries together by ComBat, as the paper does.
    seed
        Of the clustering.

    Raises
    ------
    InputError
        For unreadable files, bad values, labels that are missing or belong to other cells.
    """
    labels = labels or Labels()
    table = read_metadata(meta, metadata.KEYS["cell"], ()) if meta else None
    raw, notes = _turned(read(matrix), matrix, observations=table)
    _require_unique(raw, matrix, "cell")
    obs = raw.obs
    if table is not None:
        obs, said = metadata.joined(raw, table, matrix.name, meta.name)
        notes += said
    column = _celltype_column(obs, [] if table is None else list(table), matrix, meta, labels)
    raw.obs = pd.DataFrame(index=raw.obs_names)
    if column is not None:
        raw.obs[Obs.CELL_TYPE] = metadata.cell_types(obs[column])
    if labels.batch_key:
        raw.obs[Obs.BATCH] = metadata.cell_types(_library_column(obs, matrix, meta, labels))
    adata = linear(raw[np.argsort(raw.obs_names)], matrix, naming or Naming(), units, notes, kind="reference")

    adata = _kept(adata, totals(adata.X) > 0, "any expression", matrix, notes)
    if column is None:
        from .annotate import leiden  # here: scanpy is slow to import

        adata.obs[Obs.CELL_TYPE] = leiden(log_normalize(adata.X), seed=seed)
        notes.append(f"{matrix.name}: has no cell types; {adata.obs['cell_type'].nunique()} Leiden clusters stand in")
    adata = _kept(adata, adata.obs[Obs.CELL_TYPE].notna().to_numpy(), "a cell type", matrix, notes)
    types, said = metadata.large_types(
        adata.obs[Obs.CELL_TYPE].to_numpy(), fewest=labels.min_cells, action=labels.min_cells_action
    )
    if said:
        notes.append(f"{matrix.name}: {said} (--min_cells, --min_cells_action)")
    adata.obs[Obs.CELL_TYPE] = types
    large = pd.notna(types)
    if not large.any():
        raise InputError(f"{matrix.name}: no type with {labels.min_cells} cells is left; lower --min_cells")
    adata = adata if large.all() else adata[large].copy()
    adata.obs[Obs.CELL_TYPE] = pd.Categorical(adata.obs[Obs.CELL_TYPE].astype(str))
    if len(adata.obs[Obs.CELL_TYPE].cat.categories) == 1:
        notes.append(f"{matrix.name}: all cells are of one type, so every bulk is made of that type alone")
    adata = _log_normalized(adata)
    if Obs.BATCH in adata.obs:
        adata.obs[Obs.BATCH] = metadata.libraries(adata.obs[Obs.BATCH], labels.batch_key, (meta or matrix).name)
        if combat:
            from ..numerics.combat import harmonize

            adata.X = harmonize(adata.X, adata.obs[Obs.BATCH].to_numpy(dtype=str))
            adata.uns[Uns.UNITS]["libraries"] = "brought together by ComBat"
    return _noted(adata, notes)


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

    Raises
    ------
    InputError
        For unreadable files, bad values, and missing coordinates.
    """
    naming = naming or Naming()
    thing = "spot" if platform == "spot" else "cell"
    table = (
        read_metadata(
            meta, (*metadata.KEYS[thing], *metadata.KEYS["spot"], *metadata.KEYS["cell"]), ("xcoord", "ycoord")
        )
        if meta
        else None
    )
    raw, notes = _turned(read(matrix), matrix, observations=table, genes=naming.known)
    _require_unique(raw, matrix, thing)
    if table is not None:
        if thing == "cell" and table.index.name in ("Spot", "spot"):
            notes.append(f"{meta.name}: its rows are spots, the samplesheet says image; is the platform right?")
        obs, said = metadata.joined(raw, table, matrix.name, meta.name)
        notes += said
        raw.obsm[Obsm.SPATIAL] = metadata.coordinates(obs)
        raw.obs = obs.drop(columns=["xcoord", "ycoord"])
    _check_places(raw, meta or matrix, matrix, thing)
    raw.obsm = {"spatial": np.asarray(raw.obsm[Obsm.SPATIAL], dtype=float)[:, :2]}
    raw.obs = metadata.storable(raw.obs)
    if platform == "spot":  # imaged cells keep their order: they are the rows of the result
        raw = raw[np.argsort(raw.obs_names)]
    adata = linear(raw, matrix, naming, units, notes, kind="spatial")

    empty = int((totals(adata.X) == 0).sum())
    if empty == adata.n_obs:
        raise InputError(f"{matrix.name}: all {empty} {thing}s are without expression; check the file")
    if empty:
        notes.append(f"{matrix.name}: {empty} of {adata.n_obs} {thing}s hold no counts; they stay empty")
    if platform == "image" and celltype_key in adata.obs:
        adata.obs[Obs.CELL_TYPE] = pd.Categorical(metadata.cell_types(adata.obs[celltype_key]))
    adata.uns[Uns.PLATFORM] = platform
    adata.uns.setdefault(Uns.COORDINATE_UNIT, "")
    values, is_counts = adata.X, adata.uns["is_counts"]
    adata = _log_normalized(adata)
    if platform == "image" and Obs.VOLUME in adata.obs and not is_counts:
        notes.append(f"{matrix.name}: its values are no counts, so the cells' volumes are not used")
    elif platform == "image" and Obs.VOLUME in adata.obs:
        volumes = metadata.volumes(adata.obs[Obs.VOLUME], (meta or matrix).name)
        adata.obs[Obs.VOLUME] = volumes
        adata.X = sp.csr_matrix(sp.diags_array(VOLUME_SCALE / volumes) @ values, dtype=np.float32).log1p()
        adata.uns[Uns.UNITS]["normalised"] = "by cell volume"
        notes.append(f"{matrix.name}: cells are normalised by their volume")
    return _noted(adata, notes)


def _celltype_column(
    obs: pd.DataFrame, of_table: list[str], matrix: Path, meta: Path | None, labels: Labels
) -> str | None:
    """Return the column of the cell types; None where there is none and the cells are to be clustered.

    The table that the user names goes before what the file itself says.
    """
    fit = [name for name in (labels.celltype_key, "Cell_type") if name in of_table]
    fit += [labels.celltype_key] if labels.celltype_key in obs else []
    column = next(iter(fit), None)
    if column is not None or labels.annotate:
        return column
    if meta is None and not has_metadata(matrix):
        raise InputError(
            f"{matrix.name}: a reference in this format needs its cell types; name a table with the columns Cell and "
            f"Cell_type under reference_meta, or set --annotate leiden"
        )
    if meta is not None:
        raise InputError(
            f"{meta.name}: no column Cell_type; it has {', '.join(obs.columns) or 'none beside the names'}: "
            f"rename the column of the cell types, or name it with --celltype_key"
        )
    raise InputError(
        f"{matrix.name}: obs has no column '{labels.celltype_key}' for the cell types; it has "
        f"{', '.join(map(repr, obs.columns)) or 'none'}: set --celltype_key to one of them, or --annotate leiden"
    )


def _library_column(obs: pd.DataFrame, matrix: Path, meta: Path | None, labels: Labels) -> pd.Series:
    if labels.batch_key not in obs:
        raise InputError(
            f"{(meta or matrix).name}: no column '{labels.batch_key}' for the cells' libraries; it has "
            f"{', '.join(map(repr, obs.columns)) or 'none'}: set --batch_key to one of them"
        )
    return obs[labels.batch_key]


def _turned(
    raw: ad.AnnData, path: Path, *, observations: pd.DataFrame | None = None, genes: Genes | None = None
) -> tuple[ad.AnnData, list[str]]:
    notes = list(raw.uns.pop(Uns.REMARKS, []))
    index = None if observations is None else observations.index
    raw, said = turned(raw, observations=index, genes=None if genes is None else genes.all_names())
    return raw, notes + ([f"{path.name}: {said}"] if said else [])


def _kept(adata: ad.AnnData, fit: np.ndarray, lack: str, path: Path, notes: list[str]) -> ad.AnnData:
    """Keep the cells that fit; count the others, which lack something, in the notes."""
    if not fit.any():
        raise InputError(f"{path.name}: all {adata.n_obs} cells are without {lack}; check the file and its labels")
    if fit.all():
        return adata
    notes.append(f"{path.name}: {(~fit).sum()} of {adata.n_obs} cells without {lack} are left out")
    return adata[fit].copy()


def _require_unique(adata: ad.AnnData, path: Path, thing: str) -> None:
    twice = adata.obs_names.duplicated()
    if twice.any():
        raise InputError(
            f"{path.name}: {twice.sum()} {thing} names stand more than once, such as "
            f"'{adata.obs_names[twice][0]}'; make them unique"
        )


def _check_places(section: ad.AnnData, source: Path, matrix: Path, thing: str) -> None:
    if Obsm.SPATIAL not in section.obsm:
        remedy = f"name a table with the columns {thing.capitalize()}, xcoord and ycoord under spatial_meta"
        raise InputError(f"{matrix.name}: no coordinates (obsm['spatial']) of the {thing}s; {remedy}")
    places = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    if places.ndim != 2 or places.shape[1] < 2:
        raise InputError(f"{matrix.name}: obsm['spatial'] has the shape {places.shape}; give two columns, x and y")
    lost = ~np.isfinite(places[:, :2]).all(axis=1)
    if lost.any():
        raise InputError(
            f"{source.name}: {lost.sum()} {thing}s have no coordinates, such as "
            f"{few(list(section.obs_names[lost]))}; give numbers or leave them out of {matrix.name}"
        )


def _log_normalized(adata: ad.AnnData) -> ad.AnnData:
    if adata.uns.pop("is_counts"):
        adata.layers[Layers.COUNTS] = adata.X
    adata.X = log_normalize(adata.X)
    return adata


def _noted(adata: ad.AnnData, notes: list[str]) -> ad.AnnData:
    adata.uns[Uns.REMARKS] = np.array(notes, dtype=object)
    return adata
