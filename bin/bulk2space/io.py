"""Reading what users bring, reading and writing what passes between the pipeline's steps.

The readers return the file as it is: observations × genes, names, labels or coordinates. Values are neither checked nor
converted here; that is the work of ``door.py``.
"""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from .problems import InputError, few
from .tables import read_metadata, read_numbers, separator

UNLABELLED = ("", "NA", "N/A", "NaN", "nan", "None", "none")


def read_h5ad(path: Path) -> ad.AnnData:
    """Read one of the pipeline's own files."""
    return ad.read_h5ad(path)


def read_table(path: Path) -> pd.DataFrame:
    """Read one of the pipeline's own tables, or one of the same columns: names stay text, whatever they look like."""
    text = dict.fromkeys(("sample", "spot", "cell", "cell_type", "gene"), str)
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values={"validation_loss": [""]})


def write_h5ad(adata: ad.AnnData, path: Path) -> None:
    """Write one of the pipeline's own files, compressed."""
    adata.write_h5ad(path, compression="gzip")


def read_bulk(matrix: Path) -> ad.AnnData:
    """Read bulk samples (samples × genes) from an h5ad with samples in obs or a table of genes × samples.

    Raises
    ------
    InputError
        If the file cannot be read or a sample's name stands twice.
    """
    bulk = _read_matrix(matrix)
    if bulk.n_obs == 0:
        raise InputError(f"{matrix.name}: holds no bulk sample; give samples in obs, or in the columns of a table")
    _require_unique(bulk, matrix, "bulk sample")
    return bulk


def read_reference(matrix: Path, meta: Path | None, *, celltype_key: str) -> ad.AnnData:
    """Read annotated single cells (cells × genes) with ``obs["cell_type"]``, None where a cell has no label.

    Parameters
    ----------
    matrix
        h5ad, or a table of genes × cells.
    meta
        Table with the columns ``Cell`` and ``Cell_type``; needed beside a table, and allowed beside an h5ad.
    celltype_key
        Column of the h5ad's obs that holds the labels when there is no ``meta``.

    Raises
    ------
    InputError
        If labels are missing or belong to other cells.
    """
    reference = _read_matrix(matrix)
    _require_unique(reference, matrix, "cell")
    if meta is not None:
        table = read_metadata(meta, ("Cell",), ("Cell_type",))
        labels = _by_name(reference, table, matrix, meta)["Cell_type"]
    elif separator(matrix) is not None:
        raise InputError(
            f"{matrix.name}: a reference given as a table needs its cell types; "
            f"name a table with the columns Cell and Cell_type under reference_meta"
        )
    elif celltype_key not in reference.obs:
        raise InputError(
            f"{matrix.name}: obs has no column '{celltype_key}' for the cell types; it has "
            f"{', '.join(map(repr, reference.obs.columns)) or 'none'}: set --celltype_key to one of them"
        )
    else:
        labels = reference.obs[celltype_key]
    labels = labels.astype(object)
    labels = labels.where(labels.notna() & ~labels.astype(str).str.strip().isin(UNLABELLED), None)
    obs = pd.DataFrame({"cell_type": labels.to_numpy()}, index=reference.obs_names)
    return ad.AnnData(reference.X, obs=obs, var=reference.var[[]], uns=reference.uns)


def read_section(matrix: Path, meta: Path | None, *, platform: str) -> ad.AnnData:
    """Read a section (spots or cells × genes) with ``obsm["spatial"]``.

    Parameters
    ----------
    matrix
        h5ad with ``obsm["spatial"]``, or a table of genes × spots or cells.
    meta
        Table with ``Spot`` or ``Cell``, ``xcoord`` and ``ycoord``; needed beside a table.
    platform
        ``spot`` or ``image``.

    Raises
    ------
    InputError
        If a coordinate is missing or is no number.
    """
    section = _read_matrix(matrix)
    thing = "spot" if platform == "spot" else "cell"
    _require_unique(section, matrix, thing)
    if meta is not None:
        section.obsm["spatial"] = _coordinates(section, matrix, meta)
    elif "spatial" not in section.obsm:
        remedy = f"name a table with the columns {thing.capitalize()}, xcoord and ycoord under spatial_meta"
        raise InputError(f"{matrix.name}: no coordinates (obsm['spatial']) of the {thing}s; {remedy}")
    places = np.asarray(section.obsm["spatial"], dtype=float)
    if places.ndim != 2 or places.shape[1] < 2:
        raise InputError(f"{matrix.name}: obsm['spatial'] has the shape {places.shape}; give two columns, x and y")
    places = places[:, :2]
    lost = ~np.isfinite(places).all(axis=1)
    if lost.any():
        raise InputError(
            f"{(meta or matrix).name}: {lost.sum()} {thing}s have no coordinates, such as "
            f"'{section.obs_names[lost][0]}'; give numbers or leave them out of {matrix.name}"
        )
    section.obsm["spatial"] = places
    return section


def read_mrna_content(path: Path | None) -> dict[str, float] | None:
    """Read the user's table of mRNA per cell of each type: NaN for a value that is no number.

    Raises
    ------
    InputError
        If one of the columns `cell_type` and `mrna_content` is missing or a type stands twice.
    """
    if path is None:
        return None
    table = read_metadata(path, ("cell_type",), ("mrna_content",))
    return pd.to_numeric(table["mrna_content"], errors="coerce").to_dict()


def _read_matrix(path: Path) -> ad.AnnData:
    """Read values, names and metadata of an h5ad or a table; ``uns["matrix"]`` says which matrix it was."""
    if separator(path) is not None:
        matrix, observations, genes = read_numbers(path)
        obs, var = pd.DataFrame(index=observations), pd.DataFrame(index=genes)
        return ad.AnnData(matrix, obs=obs, var=var, uns={"matrix": "table"})
    if path.suffix.lower() != ".h5ad":
        raise InputError(f"{path.name}: unknown format; give .h5ad, .csv or .tsv (also .csv.gz, .tsv.gz)")
    try:
        adata = ad.read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path.name}: cannot be read as h5ad ({str(error).splitlines()[0]}); check that it is whole"
        ) from None
    if "counts" in adata.layers:
        values, var, origin = adata.layers["counts"], adata.var, "layers['counts']"
    elif adata.X is None and adata.raw is None:
        raise InputError(f"{path.name}: has neither X nor layers['counts']; store the expression in X")
    elif adata.raw is not None and (adata.X is None or adata.X.min() < 0):
        values, var, origin = adata.raw.X, adata.raw.var, "raw.X"
    else:
        values, var, origin = adata.X, adata.var, "X"
    uns = {
        "matrix": origin,
        **{key: adata.uns[key] for key in ("spot_diameter", "coordinate_unit") if key in adata.uns},
    }
    return ad.AnnData(sp.csr_matrix(values), obs=adata.obs, var=var[[]], obsm=dict(adata.obsm), uns=uns)


def _require_unique(adata: ad.AnnData, path: Path, thing: str) -> None:
    twice = adata.obs_names.duplicated()
    if twice.any():
        raise InputError(
            f"{path.name}: {twice.sum()} {thing} names stand more than once, such as "
            f"'{adata.obs_names[twice][0]}'; make them unique"
        )


def _by_name(adata: ad.AnnData, table: pd.DataFrame, matrix: Path, meta: Path) -> pd.DataFrame:
    """Return the metadata in the matrix's order, rows of missing values where a name is not in the table."""
    if not adata.obs_names.isin(table.index).any():
        raise InputError(
            f"{meta.name}: none of its {len(table)} names is in {matrix.name}: it has "
            f"{few(table.index)}, the matrix has {few(adata.obs_names)}; give the same names in both"
        )
    strangers = ~table.index.isin(adata.obs_names)
    if strangers.any():
        names = few(list(table.index[strangers]))
        adata.uns["notes"] = [f"{meta.name}: {strangers.sum()} rows name nothing in {matrix.name}, such as {names}"]
    return table.reindex(adata.obs_names)


def _coordinates(section: ad.AnnData, matrix: Path, meta: Path) -> np.ndarray:
    table = _by_name(section, read_metadata(meta, ("Spot", "Cell"), ("xcoord", "ycoord")), matrix, meta)
    return table[["xcoord", "ycoord"]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
