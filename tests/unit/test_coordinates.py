"""x and y are found in whatever form a section has them, or one sentence says what to store."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.formats.places import as_table
from bulk2space.inputs.places.coordinate_columns import PAIRS, pair_in_obsm, pair_of
from bulk2space.inputs.places.coordinates import numbers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from inputs import counts, write_h5ad, write_table
from logged import sentences, severities

NAMES = pd.Index(["c1", "c2", "c3", "c4"])
X, Y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 5.0, 6.0, 6.0])
XY = np.column_stack([X, Y])


def section(folder, **parts):
    return door.section(write_h5ad(folder / "s.h5ad", counts(4), **parts), None, platform="spot")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.x)
def test_known_pairs_are_found_in_any_order_and_case(pair):
    assert pair_of([pair.y, "fov", pair.x]) == pair
    assert pair_of([pair.x.upper(), pair.y.upper()]) == (pair.x.upper(), pair.y.upper(), pair.unit)
    assert pair_of([pair.x, "fov"]) is None


def test_the_likelier_pair_goes_first():
    assert pair_of(["x", "y", "CenterX_global_px", "CenterY_global_px"]).unit == "pixel"
    assert pair_of(["array_col", "array_row", "CenterX_local_px", "CenterY_local_px"]) is None


@pytest.mark.parametrize(
    "values",
    [
        XY,
        XY.astype(int),
        sp.csr_matrix(XY),
        sp.csc_matrix(XY),
        XY.astype(str),
        XY.astype(str).astype(object),
        pd.DataFrame({"fov": list("aabb"), "y": Y, "z": 0.0, "x": X}, index=NAMES),
        pd.DataFrame({"imagerow": Y, "imagecol": X}, index=NAMES),
        pd.DataFrame(XY, index=NAMES, columns=["0", "1"]),
    ],
    ids=["float", "integer", "csr", "csc", "text", "objects", "named", "row first", "numbered"],
)
def test_places_are_read_in_any_form(tmp_path, values):
    np.testing.assert_array_equal(section(tmp_path, obsm={"spatial": values}).obsm["spatial"], XY)


STRUCTURED = np.array(list(zip(Y, X, strict=True)), dtype=[("y", float), ("x", float)])


@pytest.mark.parametrize("values", [STRUCTURED, XY.tolist(), np.array([*map(tuple, XY), None], dtype=object)[:4]])
def test_forms_that_only_memory_holds(values):
    table = as_table(values, NAMES)
    assert np.array_equal(numbers(table, pair_in_obsm(table, ""), source="s", matrix="s", thing="spot"), XY)


WORDS = XY.astype(str).astype(object)
WORDS[1, 0] = "pxl_row"
GAP = XY.copy()
GAP[2, 1] = np.nan
Z_FIRST = np.column_stack([np.zeros(4), XY])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (Z_FIRST, "obsm['spatial'] has 3 columns without names, so which are x and y is not known; store two columns"),
        (sp.csr_matrix(Z_FIRST), "obsm['spatial'] has 3 columns without names"),
        (XY[:, :1], "obsm['spatial'] has 1 column without names"),
        (XY[:, :, np.newaxis], "obsm['spatial'] has no columns, so which are"),
        (
            pd.DataFrame(Z_FIRST, index=NAMES, columns=["in_tissue", "array_row", "array_col"]),
            "obsm['spatial'] has the columns 'in_tissue', 'array_row', 'array_col', none of which are known as x and",
        ),
        (WORDS, "the x coordinate of spot 'c2' is 'pxl_row', which is not a number; give numbers or remove the spots"),
        (GAP, "1 spots have no coordinates, such as 'c3'; give numbers or remove the spots from s.h5ad"),
        (np.where(np.isnan(GAP), np.inf, GAP), "the y coordinate of spot 'c3' is 'inf', which is not a number"),
    ],
    ids=["z first", "sparse z", "one", "3-d", "grid", "word", "missing", "infinite"],
)
def test_unknown_places_are_one_sentence(tmp_path, values, sentence):
    with pytest.raises(InputError) as refused:
        section(tmp_path, obsm={"spatial": values})
    assert str(refused.value).startswith(f"s.h5ad: {sentence}")
    assert "\n" not in str(refused.value)


MIXED = st.none() | st.text(max_size=2) | st.binary(max_size=2) | st.lists(st.floats(), max_size=3) | st.floats()


def objects(values):
    """Return a column of objects, whatever they are."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


KINDS = st.sampled_from(["f4", "i8", "U3", "S3", "?", "c8", "M8[s]"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    npst.arrays(KINDS, npst.array_shapes(max_dims=3, max_side=4)) | st.lists(MIXED, min_size=1, max_size=4).map(objects)
)
def test_no_array_is_a_traceback(values):
    names = pd.Index([f"c{n}" for n in range(len(values))])
    try:
        table = as_table(values, names)
        found = numbers(table, pair_in_obsm(table, "s: obsm"), source="s", matrix="s", thing="cell")
    except InputError:
        return
    assert found.shape == (len(values), 2)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("key", ["X_spatial", "spatial_coords"])
def test_other_keys_are_taken_and_said(tmp_path, caplog, key):
    found = section(tmp_path, obsm={key: XY})
    assert np.array_equal(found.obsm["spatial"], XY)
    assert list(found.obsm) == ["spatial"]
    assert sentences(caplog) == [f"s.h5ad: has no obsm['spatial']; the coordinates are obsm['{key}']"]


def test_columns_of_obs_are_taken_and_said(tmp_path, caplog):
    found = section(tmp_path, obs={"y_centroid": Y, "x_centroid": X})
    assert np.array_equal(found.obsm["spatial"], XY)
    assert found.uns["coordinate_unit"] == "micrometer"
    assert sentences(caplog) == [
        "s.h5ad: has no obsm['spatial']; the coordinates are the columns x_centroid and y_centroid of obs"
    ]
    assert severities(caplog) == {"coordinates_found": "note"}


@pytest.mark.parametrize(
    ("header", "unit"), [("Spot,xcoord,ycoord", ""), ("Spot,imagecol,imagerow", "pixel"), ("Spot,X,Y", "")]
)
def test_a_table_names_its_coordinates_in_several_ways(tmp_path, header, unit):
    matrix = write_table(tmp_path / "s.csv", counts(4), list(NAMES))
    meta = tmp_path / "m.csv"
    meta.write_text(f"{header}\n" + "".join(f"{name},{x},{y}\n" for name, (x, y) in zip(NAMES, XY, strict=True)))
    found = door.section(matrix, meta, platform="spot")
    assert np.array_equal(found.obsm["spatial"], XY)
    assert found.uns["coordinate_unit"] == unit
    assert list(found.obs) == []


def test_a_table_without_coordinates_adds_to_a_file_that_has_them(tmp_path, caplog):
    matrix = write_h5ad(tmp_path / "s.h5ad", counts(4), obsm={"spatial": XY})
    meta = tmp_path / "m.csv"
    meta.write_text("Spot,n_nuclei\nc1,1\nc2,2\nc3,3\nc4,4\n")
    found = door.section(matrix, meta, platform="spot")
    assert np.array_equal(found.obsm["spatial"], XY)
    assert list(found.obs["n_nuclei"]) == ["1", "2", "3", "4"]
    assert sentences(caplog) == ["m.csv: has no columns of coordinates, so those of s.h5ad are used"]


def test_coordinates_of_a_table_are_in_their_own_unit(tmp_path):
    places = {"spatial": XY * 100}
    matrix = write_h5ad(
        tmp_path / "s.h5ad", counts(4), obsm=places, uns={"spot_diameter": 50.0, "coordinate_unit": "µm"}
    )
    assert door.section(matrix, None, platform="spot").uns["spot_diameter"] == 50
    meta = tmp_path / "m.csv"
    meta.write_text("Spot,xcoord,ycoord\n" + "".join(f"{name},{n},1\n" for n, name in enumerate(NAMES)))
    found = door.section(matrix, meta, platform="spot")
    assert "spot_diameter" not in found.uns
    assert found.uns["coordinate_unit"] == ""
