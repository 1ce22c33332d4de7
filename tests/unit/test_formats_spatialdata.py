import shutil
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats import spatialdata_store
from bulk2space.inputs.formats.folders import recognise
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import counts
from logged import sentences, severities
from vendor_inputs import ensembl, names, write_spatialdata

SYMBOLS = names("Gene", 8)
VALUES = counts(5, genes=8)
PLACES = np.array([[10, 2], [8, 4], [6, 6], [4, 8], [2, 1]])
SPOTS = names("spot", 5)
NUMBERS = [7, 3, 5, 1, 9]


def annotated(**parts):
    return ad.AnnData(
        VALUES.astype(np.float32), obs=pd.DataFrame(index=SPOTS), var=pd.DataFrame(index=SYMBOLS), **parts
    )


def same(section, places=PLACES):
    assert section.X.format == "csr"
    assert section.X.dtype == np.float32
    assert np.array_equal(section.X.toarray(), VALUES)
    assert list(section.var_names) == SYMBOLS
    np.testing.assert_allclose(section.obsm["spatial"], places)


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("instances", [SPOTS, NUMBERS])
@pytest.mark.parametrize("element", ["circles", "polygons", "points", "labels"])
def test_centroids_are_joined_by_name_in_global_coordinates(tmp_path, element, instances, scale):
    if element in ("labels", "points"):
        instances = NUMBERS
    path = write_spatialdata(tmp_path / "s.zarr", VALUES, instances, SYMBOLS, PLACES, element=element, scale=scale)
    section = spatialdata_store.read(path)
    half = 0.5 if element == "labels" else 0  # the centre of a pixel
    same(section, scale * (PLACES + half))
    assert list(section.obs_names) == [f"row{number}" for number in instances]
    assert section.obs["instance"].tolist() == instances
    assert section.uns == {"matrix": "X"} | ({"spot_diameter": 10 * scale} if element == "circles" else {})
    assert recognise(path) == "spatialdata"


@pytest.mark.parametrize(("element", "diameter"), [("circles", 10), ("polygons", None), ("none", None)])
def test_coordinates_of_the_table_go_first(tmp_path, element, diameter):
    path = tmp_path / "s.zarr"
    write_spatialdata(path, VALUES, SPOTS, SYMBOLS, PLACES, element=element, in_obsm=True, scale=3)
    section = spatialdata_store.read(path)
    same(section)
    assert section.uns.get("spot_diameter") == diameter


@settings(max_examples=5, deadline=None)
@given(order=st.permutations(range(5)))
def test_order_of_rows_changes_nothing(order):
    order = list(order)
    with tempfile.TemporaryDirectory() as folder:
        instances = [SPOTS[place] for place in order]
        path = write_spatialdata(Path(folder) / "s.zarr", VALUES[order], instances, SYMBOLS, PLACES[order])
        section = spatialdata_store.read(path)
    same(section[np.argsort(order)])


def test_names_of_genes_and_counts_are_kept(tmp_path):
    table = annotated(layers={"counts": VALUES.astype(np.float32)})
    table.X = np.log1p(table.X)
    table.var["gene_ids"] = ensembl(8)
    table.var["genome"] = pd.Categorical(["GRCh38"] * 8)
    table.var["n_cells"] = range(8)
    section = spatialdata_store.read(write_spatialdata(tmp_path / "s.zarr", None, SPOTS, None, PLACES, table=table))
    same(section)
    assert section.uns["matrix"] == "layers['counts']"
    assert section.var.columns.tolist() == ["gene_ids", "genome", "gene_id"]
    assert section.var["gene_id"].tolist() == ensembl(8)


def test_features_that_are_not_genes_are_left_out_and_said(tmp_path, caplog):
    table = annotated()
    table.var["feature_types"] = ["Gene Expression"] * 6 + ["Antibody Capture"] * 2
    section = spatialdata_store.read(write_spatialdata(tmp_path / "s.zarr", None, SPOTS, None, PLACES, table=table))
    assert np.array_equal(section.X.toarray(), VALUES[:, :6])
    assert sentences(caplog) == ["s.zarr: 2 features that are not genes (Antibody Capture) are left out"]


def test_the_table_called_table_takes_precedence(tmp_path, caplog):
    path = tmp_path / "s.zarr"
    section = spatialdata_store.read(write_spatialdata(path, VALUES, SPOTS, SYMBOLS, PLACES, tables=("a", "table")))
    same(section)
    assert sentences(caplog) == ["s.zarr: the table 'table' is read; the tables a are left out"]
    assert severities(caplog) == {"tables_left_out": "note"}
    write_spatialdata(path, VALUES, SPOTS, SYMBOLS, PLACES, tables=("fine", "coarse"))
    with pytest.raises(InputError, match=r"^s.zarr: has the tables coarse, fine; keep one, or name one of them"):
        spatialdata_store.read(path)


def test_regions_are_told_from_each_other(tmp_path):
    import spatialdata
    from spatialdata.models import ShapesModel, TableModel

    left, right = (
        ShapesModel.parse(PLACES + shift, geometry=0, radius=1, index=pd.Index(SPOTS)) for shift in (0.0, 100.0)
    )
    table = annotated()
    table.obs["region"] = pd.Categorical(["left", "left", "left", "right", "right"])
    table.obs["instance"] = SPOTS
    table = TableModel.parse(table, region=["left", "right"], region_key="region", instance_key="instance")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = spatialdata.SpatialData(tables={"table": table}, shapes={"left": left, "right": right})
        store.write(tmp_path / "s.zarr")
    section = spatialdata_store.read(tmp_path / "s.zarr")
    same(section, PLACES + np.array([[0], [0], [0], [100], [100]]))
    assert section.uns == {"matrix": "X", "section_column": "region", "spot_diameter": 2.0}


def without_places(path):
    shutil.rmtree(path / "shapes" / "section")


def fewer_places(path):
    import geopandas

    circles = path / "shapes" / "section" / "shapes.parquet"
    geopandas.read_parquet(circles).iloc[1:].to_parquet(circles)


def no_places(path):
    import geopandas

    circles = path / "shapes" / "section" / "shapes.parquet"
    geopandas.read_parquet(circles).iloc[:0].to_parquet(circles)


def anndata_store(path):
    shutil.rmtree(path)
    ad.AnnData(VALUES.astype(np.float32)).write_zarr(path)


def empty_folder(path):
    shutil.rmtree(path)
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (shutil.rmtree, "cannot be read as a SpatialData store"),
        (empty_folder, "cannot be read as a SpatialData store"),
        (anndata_store, "has no table of a SpatialData store; give a store with one table"),
        (lambda path: shutil.rmtree(path / "tables" / "table" / "obs"), "cannot be read as a SpatialData store"),
        (lambda path: (path / "zarr.json").write_text("{"), "cannot be read as a SpatialData store"),
        (
            without_places,
            r"its table has no obsm\['spatial'\] and annotates no shapes, points or labels of the store; ",
        ),
        (fewer_places, "1 of 5 spots or cells of the table have no position, such as 'spot5'; give the file"),
        (no_places, "cannot be read as"),
        (lambda path: (path / "shapes/section/shapes.parquet").write_bytes(b"no"), "cannot be read as a SpatialData"),
    ],
)
def test_bad_store_is_one_sentence(tmp_path, spoil, sentence):
    path = write_spatialdata(tmp_path / "s.zarr", VALUES, SPOTS, SYMBOLS, PLACES)
    spoil(path)
    with pytest.raises(InputError, match=rf"^s.zarr: {sentence}[^\n]*$"):
        spatialdata_store.read(path)


def test_places_in_obsm_are_handed_on_as_they_are(tmp_path):
    places = np.column_stack([np.arange(5), PLACES.astype(float)])
    places[2, 0] = np.nan
    path = tmp_path / "s.zarr"
    write_spatialdata(path, VALUES, SPOTS, SYMBOLS, places, element="none", in_obsm=True)
    assert np.array_equal(spatialdata_store.read(path).obsm["spatial"], places, equal_nan=True)


def test_matrix_that_lacks_files_is_refused(tmp_path):
    path = write_spatialdata(tmp_path / "s.zarr", VALUES, SPOTS, SYMBOLS, PLACES)
    shutil.rmtree(path / "tables" / "table" / "X" / "data" / "c")
    with pytest.raises(InputError, match=r"^s.zarr: has only 0 of 1 parts of the array X/data; copy the whole store$"):
        spatialdata_store.read(path)
