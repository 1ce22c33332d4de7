"""Small files in vendors' formats: Cell Ranger, Space Ranger, Xenium, SpatialData. Values are observations × genes."""

import gzip
import io
import json
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sp

GENE = "Gene Expression"
SCALE = {"spot_diameter_fullres": 88.5, "tissue_hires_scalef": 0.15, "fiducial_diameter_fullres": 143.0}


def names(stem: str, number: int) -> list[str]:
    """Return names such as spot1, spot2."""
    return [f"{stem}{count}" for count in range(1, number + 1)]


def ensembl(number: int) -> list[str]:
    """Return gene ids."""
    return [f"ENSG{count:011d}" for count in range(1, number + 1)]


def write_10x_h5(
    path: Path,
    counts: np.ndarray,
    barcodes: Sequence[str],
    symbols: Sequence[str],
    ids: Sequence[str],
    feature_types: Sequence[str] | None = None,
) -> Path:
    """Write an HDF5 file as Cell Ranger does since version 3."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        _write_values(group, counts, barcodes)
        features = group.create_group("features")
        features["id"] = np.array(ids, dtype="S")
        features["name"] = np.array(symbols, dtype="S")
        features["feature_type"] = np.array(feature_types or [GENE] * len(ids), dtype="S")
    return path


def write_10x_h5_v2(
    path: Path,
    counts: np.ndarray,
    barcodes: Sequence[str],
    symbols: Sequence[str],
    ids: Sequence[str],
    genomes: Sequence[str] = ("GRCh38",),
) -> Path:
    """Write an HDF5 file as Cell Ranger did before version 3: one group a genome."""
    with h5py.File(path, "w") as file:
        for genome in genomes:
            group = file.create_group(genome)
            _write_values(group, counts, barcodes)
            group["genes"] = np.array(ids, dtype="S")
            group["gene_names"] = np.array(symbols, dtype="S")
    return path


def write_10x_mtx(
    folder: Path,
    counts: np.ndarray,
    barcodes: Sequence[str],
    symbols: Sequence[str],
    ids: Sequence[str],
    feature_types: Sequence[str] | None = None,
    *,
    version: int = 3,
) -> Path:
    """Write the three text files: version 3 gzipped with ``features.tsv.gz``, version 2 plain with ``genes.tsv``."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = {"id": ids, "name": symbols, "type": feature_types or [GENE] * len(ids)}
    features = pd.DataFrame(columns) if version == 3 else pd.DataFrame(columns)[["id", "name"]]
    matrix = io.BytesIO()
    scipy.io.mmwrite(matrix, sp.coo_matrix(np.asarray(counts).T))
    texts = {
        "matrix.mtx": matrix.getvalue(),
        "barcodes.tsv": pd.Series(list(barcodes)).to_csv(index=False, header=False).encode(),
        "features.tsv" if version == 3 else "genes.tsv": features.to_csv(sep="\t", index=False, header=False).encode(),
    }
    for name, text in texts.items():
        (folder / (f"{name}.gz" if version == 3 else name)).write_bytes(gzip.compress(text) if version == 3 else text)
    return folder


def write_spaceranger(
    folder: Path,
    counts: np.ndarray,
    barcodes: Sequence[str],
    symbols: Sequence[str],
    ids: Sequence[str],
    places: np.ndarray,
    feature_types: Sequence[str] | None = None,
    *,
    positions: str = "new",
    matrix: str = "h5",
    flat: bool = False,
    in_tissue: Sequence[int] | None = None,
    scale: dict | None = SCALE,
) -> Path:
    """Write Space Ranger's ``outs``: places are x, y in pixels; one more spot lies off the tissue.

    Parameters
    ----------
    positions
        ``new`` (csv with header), ``old`` (csv without) or ``parquet``.
    matrix
        ``h5`` or ``mtx``.
    flat
        Whether all files lie side by side in the folder.
    scale
        The scale factors, None for no such file.
    """
    spatial = folder if flat else folder / "spatial"
    spatial.mkdir(parents=True, exist_ok=True)
    write_matrix(folder, "filtered_feature_bc_matrix", matrix, flat, counts, barcodes, symbols, ids, feature_types)
    number = len(barcodes)
    table = pd.DataFrame(
        {
            "barcode": [*barcodes, "OFFTISSUE-1"],
            "in_tissue": [*(in_tissue or [1] * number), 0],
            "array_row": range(number + 1),
            "array_col": range(10, number + 11),
            "pxl_row_in_fullres": [*np.asarray(places)[:, 1], 1.0],
            "pxl_col_in_fullres": [*np.asarray(places)[:, 0], 1.0],
        }
    )
    if positions == "parquet":
        table.to_parquet(spatial / "tissue_positions.parquet", index=False)
    elif positions == "old":
        table.to_csv(spatial / "tissue_positions_list.csv", index=False, header=False)
    else:
        table.to_csv(spatial / "tissue_positions.csv", index=False)
    if scale is not None:
        (spatial / "scalefactors_json.json").write_text(json.dumps(scale))
    return folder


def write_xenium(
    folder: Path,
    counts: np.ndarray,
    cells: Sequence,
    symbols: Sequence[str],
    ids: Sequence[str],
    places: np.ndarray,
    feature_types: Sequence[str] | None = None,
    *,
    table: str = "cells.parquet",
    matrix: str = "h5",
    flat: bool = False,
) -> Path:
    """Write a Xenium folder: places are x, y in micrometers; the cells may be text, bytes or integers."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [cell.decode() if isinstance(cell, bytes) else str(cell) for cell in cells]
    write_matrix(folder, "cell_feature_matrix", matrix, flat, counts, words, symbols, ids, feature_types)
    columns = {
        "cell_id": list(cells),
        "x_centroid": np.asarray(places)[:, 0],
        "y_centroid": np.asarray(places)[:, 1],
        "transcript_counts": np.asarray(counts).sum(axis=1),
        "cell_area": np.linspace(20, 80, len(words)),
    }
    if table.endswith(".parquet"):
        pd.DataFrame(columns).to_parquet(folder / table, index=False)
    else:
        pd.DataFrame(columns | {"cell_id": words}).to_csv(folder / table, index=False)
    return folder


def write_matrix(
    folder: Path, stem: str, kind: str, flat: bool, counts: np.ndarray, barcodes: Sequence[str], *features
) -> None:
    """Write a matrix into a vendor's folder, as HDF5 or as three text files."""
    if kind == "h5":
        write_10x_h5(folder / f"{stem}.h5", counts, barcodes, *features)
    else:
        write_10x_mtx(folder if flat else folder / stem, counts, barcodes, *features)


def write_spatialdata(
    path: Path,
    counts: np.ndarray,
    instances: Sequence,
    symbols: Sequence[str],
    places: np.ndarray,
    *,
    element: str = "circles",
    in_obsm: bool = False,
    radius: float = 5.0,
    scale: float = 1.0,
    tables: Sequence[str] = ("table",),
    table: ad.AnnData | None = None,
) -> Path:
    """Write a SpatialData store with the elements in reverse order of the table's rows.

    Parameters
    ----------
    element
        What the table annotates: ``circles``, ``polygons``, ``points``, ``labels`` (instances and places are whole
        numbers then) or ``none``.
    in_obsm
        Whether the places stand in ``obsm["spatial"]`` too.
    scale
        From the element's own coordinates to the global ones.
    tables
        The tables' names; all hold the same.
    table
        What the tables hold, in place of counts and symbols.
    """
    import spatialdata
    from spatialdata.models import Labels2DModel, PointsModel, ShapesModel, TableModel
    from spatialdata.transformations import Scale

    if path.exists():
        shutil.rmtree(path)
    places = np.asarray(places, dtype=float)
    turned, order = places[::-1], list(instances)[::-1]
    to_global = {"transformations": {"global": Scale([scale, scale], axes=("x", "y"))}}
    if element == "circles":
        part = ShapesModel.parse(turned, geometry=0, radius=radius, index=pd.Index(order), **to_global)
    elif element == "polygons":
        part = ShapesModel.parse(_squares(turned, order), **to_global)
    elif element == "points":
        part = PointsModel.parse(pd.DataFrame(turned, columns=["x", "y"], index=order), **to_global)
    elif element == "labels":
        image = np.zeros(places.max(axis=0).astype(int)[::-1] + 2, dtype=np.int32)
        for number, (x, y) in zip(instances, places.astype(int), strict=True):
            image[y, x] = number
        part = Labels2DModel.parse(image, dims=("y", "x"), **to_global)
    if table is None:
        rows, var = pd.Index([f"row{number}" for number in instances]), pd.DataFrame(index=list(symbols))
        table = ad.AnnData(sp.csr_matrix(counts, dtype=np.float32), obs=pd.DataFrame(index=rows), var=var)
    if in_obsm:
        table.obsm["spatial"] = places
    if element != "none":
        table.obs["region"] = pd.Categorical(["section"] * len(table))
        table.obs["instance"] = list(instances)
        table = TableModel.parse(table, region="section", region_key="region", instance_key="instance")
    kind = element if element in ("points", "labels", "none") else "shapes"
    elements = {} if kind == "none" else {kind: {"section": part}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spatialdata.SpatialData(tables=dict.fromkeys(tables, table), **elements).write(path)
    return path


def _squares(centres: np.ndarray, index: list):
    import geopandas
    import shapely

    squares = [shapely.box(x - 1, y - 1, x + 1, y + 1) for x, y in centres]
    return geopandas.GeoDataFrame(geometry=squares, index=index)


def _write_values(group: h5py.Group, counts: np.ndarray, barcodes: Sequence[str]) -> None:
    values = sp.csr_matrix(np.asarray(counts, dtype=np.int32))
    group["data"], group["indices"], group["indptr"] = values.data, values.indices.astype(np.int64), values.indptr
    group["shape"] = np.array(values.shape[::-1], dtype=np.int32)
    group["barcodes"] = np.array(barcodes, dtype="S")
