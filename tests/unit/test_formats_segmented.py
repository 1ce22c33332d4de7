import json

import numpy as np
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats import outlines
from bulk2space.inputs.formats.folders import recognise
from bulk2space.inputs.formats.reader import read
from inputs import counts
from logged import sentences, severities
from vendor_inputs import ensembl, names, square, write_10x_h5, write_segmented

NUMBERS = [0, 1, 7, 40, 12345, 9]
CELLS = [f"cellid_{number:09d}-1" for number in NUMBERS]
SYMBOLS, IDS = names("Gene", 8), ensembl(8)
VALUES = counts(6, genes=8)
PLACES = np.array([[100, 7], [200, 6], [300, 5], [400, 4], [500, 3], [600, 2.5]])
PARTS = (VALUES, NUMBERS, SYMBOLS, IDS, PLACES)
GEOJSON = "cell_segmentations.geojson"


def same(section, kept=slice(None)):
    assert np.array_equal(section.X.toarray(), VALUES[kept])
    assert list(section.obs_names) == list(np.array(CELLS)[kept])
    assert list(section.var_names) == SYMBOLS
    assert np.allclose(section.obsm["spatial"], PLACES[kept])
    assert section.uns["coordinate_unit"] == "pixel"
    assert "spot_diameter" not in section.uns, "cells are no spots"
    assert "spot_micrometers" not in section.uns


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("matrix", ["h5", "mtx"])
def test_every_layout_is_read(tmp_path, matrix, flat, caplog):
    image = np.full((3, 4, 3), 7, np.uint8)
    folder = write_segmented(tmp_path, *PARTS, matrix=matrix, flat=flat, images={"hires": image})
    section = read(folder)
    same(section)
    assert np.array_equal(section.uns["image"], image)
    assert section.uns["image_scale"] == 0.15
    assert sentences(caplog) == []
    assert recognise(folder) == "segmented"


def changed(folder, change):
    path = folder / GEOJSON
    collection = json.loads(path.read_text())
    collection["features"] = change(collection["features"])
    path.write_text(json.dumps(collection))
    return folder


def of(cell, **geometry):
    return {"type": "Feature", "properties": {"cell_id": cell}, "geometry": geometry}


def test_cells_and_outlines_without_the_other_are_said(tmp_path, caplog):
    extra = [of(number, type="Polygon", coordinates=[square(0, 0)]) for number in (100, 101)]
    folder = changed(write_segmented(tmp_path, *PARTS), lambda features: extra + features[1:])  # without the last cell
    same(read(folder), slice(5))
    assert sentences(caplog) == [
        f"{GEOJSON}: 1 of 6 cells of filtered_feature_cell_matrix.h5 have no position, such as '{CELLS[5]}'; "
        f"they are left out",
        f"{GEOJSON}: 2 cells that are not in filtered_feature_cell_matrix.h5, such as '100', are left out",
    ]
    assert severities(caplog) == {"cells_without_position": "warning", "cells_not_in_matrix": "note"}


def test_outlines_may_have_the_names_of_the_matrix(tmp_path):
    def named(feature):
        return feature | {"properties": {"cell_id": f"cellid_{feature['properties']['cell_id']:09d}-1"}}

    same(read(changed(write_segmented(tmp_path, *PARTS), lambda features: list(map(named, features)))))


def test_every_form_of_outline_has_its_centroid(tmp_path):
    path = tmp_path / GEOJSON
    hole = [[1, 1], [5, 1], [5, 3], [1, 3], [1, 1]]
    crossed = [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]
    features = [
        of("parts", type="MultiPolygon", coordinates=[[square(0, 0)], [square(10, 6)]]),
        of("open", type="Polygon", coordinates=[square(3, 4)[:-1]]),
        of("hole", type="Polygon", coordinates=[[[0, 0], [12, 0], [12, 4], [0, 4], [0, 0]], hole]),
        of("crossed", type="Polygon", coordinates=[crossed]),
        of("line", type="Polygon", coordinates=[[[0, 0], [2, 2], [0, 0], [0, 0]]]),
    ]
    path.write_text(json.dumps({"features": features}))
    found = outlines.centroids(path)
    expected = {"parts": (5, 3), "open": (3, 4), "hole": (6.6, 2), "crossed": (1, 1), "line": (1, 1)}
    assert {
        name: tuple(np.round(place, 6)) for name, place in zip(found.index, found.to_numpy(), strict=True)
    } == expected


def text(content):
    return lambda folder: (folder / GEOJSON).write_text(content)


def features(change):
    return lambda folder: changed(folder, change)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / GEOJSON).unlink(), f"s: has no {GEOJSON}; give Space Ranger's whole folder seg"),
        (
            lambda folder: (folder / "filtered_feature_cell_matrix.h5").unlink(),
            "s: has no filtered_feature_cell_matrix.h5 and no folder of that name; give",
        ),
        (
            lambda folder: (folder / "filtered_feature_cell_matrix.h5").write_bytes(b"\x89HDF\r\n\x1a\n"),
            "filtered_feature_cell_matrix.h5: cannot be read as a 10x HDF5 file",
        ),
        (
            lambda folder: (folder / GEOJSON).write_bytes((folder / GEOJSON).read_bytes()[:-100]),
            f"{GEOJSON}: cannot be read as outlines of cells .GeoJSON. .*; check that the file is complete",
        ),
        (text("[]"), f"{GEOJSON}: cannot be read as outlines"),
        (text('{"features": [1]}'), f"{GEOJSON}: cannot be read as outlines"),
        (text('{"features": []}'), f"{GEOJSON}: has no outlines of cells; check"),
        (
            features(lambda old: [one | {"properties": {"id": 1}} for one in old[:2]] + old[2:]),
            f"{GEOJSON}: 2 of 6 outlines have no property cell_id, such as outline 1; give",
        ),
        (features(lambda old: [old[0] | {"geometry": None}, *old[1:]]), f"{GEOJSON}: 1 outlines are empty, such as"),
        (
            features(lambda old: [of(9, type="Polygon", coordinates=[[["a", 1], [2, 2], [3, 3]]])]),
            f"{GEOJSON}: cannot be read as outlines",
        ),
        (features(lambda old: [*old, old[0]]), f"{GEOJSON}: 1 cells appear more than once, such as '{CELLS[5]}'; keep"),
        (
            features(lambda old: old[:2]),
            f"{GEOJSON}: 4 of 6 cells of filtered_feature_cell_matrix.h5 have no position, such as '{CELLS[0]}'; give",
        ),
    ],
)
def test_bad_folder_is_one_sentence(tmp_path, spoil, sentence):
    folder = write_segmented(tmp_path / "s", *PARTS)
    spoil(folder)
    with pytest.raises(InputError, match=rf"^{sentence}[^\n]*$"):
        read(folder)


def test_cells_of_several_sections_are_refused(tmp_path):
    folder = write_segmented(tmp_path, *PARTS)
    cells = [*CELLS[:5], "cellid_000000001-2"]
    write_10x_h5(folder / "filtered_feature_cell_matrix.h5", VALUES, cells, SYMBOLS, IDS)
    with pytest.raises(InputError, match=r"h5: 1 cells have the number of another, such as 'cellid_000000001-2'; give"):
        read(folder)
