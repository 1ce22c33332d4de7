"""Small files in vendors' formats: 10x Genomics, CosMx, MERSCOPE, STARmap, SpatialData, MuData.

Values are observations × genes.
"""

import gzip
import io
import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sp
from PIL import Image

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
    images: Mapping[str, np.ndarray] | None = None,
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
    images
        Images of the tissue by size, ``lowres`` or ``hires``.
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
    write_spatial(spatial, scale, images or {})
    return folder


def write_spatial(folder: Path, scale: dict | None, images: Mapping[str, np.ndarray]) -> None:
    """Write scale factors and images of the tissue by size."""
    folder.mkdir(parents=True, exist_ok=True)
    if scale is not None:
        (folder / "scalefactors_json.json").write_text(json.dumps(scale))
    for size, pixels in images.items():
        Image.fromarray(pixels).save(folder / f"tissue_{size}_image.png")


def write_segmented(
    folder: Path,
    counts: np.ndarray,
    numbers: Sequence[int],
    symbols: Sequence[str],
    ids: Sequence[str],
    places: np.ndarray,
    *,
    matrix: str = "h5",
    flat: bool = False,
    images: Mapping[str, np.ndarray] | None = None,
) -> Path:
    """Write Visium HD's segmented outputs: places are the centres of square outlines, which are in reverse order."""
    barcodes = [f"cellid_{number:09d}-1" for number in numbers]
    write_matrix(folder, "filtered_feature_cell_matrix", matrix, flat, counts, barcodes, symbols, ids)
    features = [
        {
            "type": "Feature",
            "properties": {"cell_id": number},
            "geometry": {"type": "Polygon", "coordinates": [square(x, y)]},
        }
        for number, (x, y) in zip(numbers, np.asarray(places, dtype=float), strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features[::-1]}
    (folder / "cell_segmentations.geojson").write_text(json.dumps(collection))
    write_spatial(folder if flat else folder / "spatial", SCALE | {"bin_size_um": 2.0}, images or {})
    return folder


def square(x: float, y: float) -> list[list[float]]:
    """Return the ring of a square with this centre."""
    return [[x - 2, y - 2], [x + 2, y - 2], [x + 2, y + 2], [x - 2, y + 2], [x - 2, y - 2]]


def write_cosmx(
    folder: Path,
    counts: np.ndarray,
    cells: Sequence[tuple[int, int]],
    symbols: Sequence[str],
    places: np.ndarray,
    *,
    prefix: str = "Lung5_",
    suffix: str = "",
) -> Path:
    """Write CosMx flat files, the metadata in reverse order: cells are (field of view, number); each field has a row 0.

    ``suffix`` is nothing or ``.gz``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(counts, columns=list(symbols))
    table.insert(0, "fov", [fov for fov, _number in cells])
    table.insert(1, "cell_ID", [number for _fov, number in cells])
    outside = table.groupby("fov", as_index=False).first().assign(cell_ID=0)
    pd.concat([outside, table]).to_csv(folder / f"{prefix}exprMat_file.csv{suffix}", index=False)
    known = table[["fov", "cell_ID"]].assign(
        Area=range(100, 100 + len(table)),
        CenterX_local_px=1,
        CenterY_local_px=2,
        CenterX_global_px=np.asarray(places)[:, 0],
        CenterY_global_px=np.asarray(places)[:, 1],
    )
    known[::-1].to_csv(folder / f"{prefix}metadata_file.csv{suffix}", index=False)
    return folder


def write_merscope(
    folder: Path,
    counts: np.ndarray,
    cells: Sequence[str],
    symbols: Sequence[str],
    places: np.ndarray,
    *,
    prefix: str = "",
    names: tuple[str, str] = ("cell", ""),
) -> Path:
    """Write a MERSCOPE folder, the metadata in reverse order; names are the headers of the columns of cells' names."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(counts, index=pd.Index(list(cells), name=names[0]), columns=list(symbols))
    table.to_csv(folder / f"{prefix}cell_by_gene.csv")
    known = {"fov": 7, "volume": np.linspace(100, 900, len(table))}
    known |= {"center_x": np.asarray(places)[:, 0], "center_y": np.asarray(places)[:, 1]}
    index = pd.Index(list(cells), name=names[1])
    pd.DataFrame(known, index=index)[::-1].to_csv(folder / f"{prefix}cell_metadata.csv")
    return folder


def write_starmap(
    folder: Path,
    counts: np.ndarray,
    cells: Sequence[str],
    symbols: Sequence[str],
    places: np.ndarray,
    *,
    kinds: bool = True,
) -> Path:
    """Write STARmap PLUS tables, the places in reverse order; ``kinds``: with the line TYPE below the header."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(np.asarray(counts).T, index=pd.Index(list(symbols), name="GENE"), columns=list(cells))
    table.to_csv(folder / "well05raw_expression_pd.csv")
    x, y = np.asarray(places, dtype=float).T
    rows = pd.DataFrame({"NAME": list(cells), "X": x, "Y": y, "Z": 1.5, "Main_molecular_cell_type": "A"})[::-1]
    text = rows.to_csv(index=False)
    if kinds:
        header, _end, body = text.partition("\n")
        text = f"{header}\nTYPE,numeric,numeric,numeric,group\n{body}"
    (folder / "well05_spatial.csv").write_text(text)
    return folder


def write_h5mu(path: Path, modalities: Mapping[str, ad.AnnData], obs: pd.DataFrame) -> Path:
    """Write a MuData file: each modality's AnnData, and what is known of the cells of all of them."""
    with h5py.File(path, "w") as file:
        for name, adata in modalities.items():
            ad.io.write_elem(file, f"mod/{name}", adata)
        ad.io.write_elem(file, "obs", obs)
        ad.io.write_elem(file, "var", pd.DataFrame(index=[]))
        file.attrs["encoding-type"] = "MuData"
    return path


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
